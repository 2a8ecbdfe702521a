//===- runtime/core/LoadedModel.cpp - the model inside this executable -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/core/LoadedModel.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qwenc::rt {
namespace {

constexpr uint64_t WeightsAlignment = 65536;
constexpr uint64_t TokenizerAlignment = 4096;

/// A file descriptor that closes itself.
struct OpenFile {
  int number;
  ~OpenFile() {
    if (number >= 0)
      close(number);
  }
};

Failure fileFailure(const char *path, const std::string &problem) {
  return Failure{std::string(path) + ": " + problem};
}

/// Whether [offset, offset + bytes) lies in the file before its trailer.
bool liesInside(uint64_t offset, uint64_t bytes, uint64_t payloadEnd) {
  return offset <= payloadEnd && bytes <= payloadEnd - offset;
}

Result<QwenTrailer> readTrailer(int file, const char *path) {
  struct stat status;
  if (fstat(file, &status) != 0)
    return fileFailure(path, std::strerror(errno));
  QwenTrailer trailer;
  const uint64_t fileBytes = static_cast<uint64_t>(status.st_size);
  if (fileBytes < sizeof(trailer))
    return fileFailure(path, "holds no model (too short)");
  ssize_t got =
      pread(file, &trailer, sizeof(trailer), static_cast<off_t>(fileBytes - sizeof(trailer)));
  if (got != static_cast<ssize_t>(sizeof(trailer)))
    return fileFailure(path, "cannot read the end of the file");
  if (std::memcmp(trailer.magic, QWEN_TRAILER_MAGIC, sizeof(trailer.magic)) != 0)
    return fileFailure(path, "holds no model: the file was cut short or stripped after it was "
                             "compiled; compile or copy it again");
  if (trailer.file_bytes != fileBytes)
    return fileFailure(path, "has " + std::to_string(fileBytes) + " bytes instead of " +
                                 std::to_string(trailer.file_bytes) + "; copy it again");
  const uint64_t payloadEnd = fileBytes - sizeof(trailer);
  if (trailer.weights_offset % WeightsAlignment != 0 ||
      trailer.tokenizer_offset % TokenizerAlignment != 0 ||
      !liesInside(trailer.weights_offset, trailer.weights_bytes, payloadEnd) ||
      !liesInside(trailer.tokenizer_offset, trailer.tokenizer_bytes, payloadEnd))
    return fileFailure(path, "has a damaged trailer; compile or copy it again");
  return trailer;
}

} // namespace

Result<void> checkModel(const QwenModel &model) {
  if (model.abi_version != QWEN_ABI_VERSION || model.struct_bytes < sizeof(QwenModel))
    return Failure{"the generated code speaks version " + std::to_string(model.abi_version) +
                   " of the model interface and the runtime version " +
                   std::to_string(QWEN_ABI_VERSION)};
  constexpr uint32_t Most = 1u << 30;
  for (uint32_t figure : {model.vocab, model.context_max, model.max_batch, model.kernel_set_count})
    if (figure == 0 || figure > Most)
      return Failure{"the generated model description is damaged"};
  return {};
}

Result<LoadedModel> LoadedModel::open(const QwenModel &model, const char *path) {
  if (Result<void> usable = checkModel(model); !usable)
    return usable.takeFailure();
  OpenFile file{::open(path, O_RDONLY | O_CLOEXEC)};
  if (file.number < 0)
    return fileFailure(path, std::string("cannot open: ") + std::strerror(errno));
  Result<QwenTrailer> trailer = readTrailer(file.number, path);
  if (!trailer)
    return trailer.takeFailure();

  LoadedModel loaded(model);
  Result<Mapping> weights =
      Mapping::view(file.number, trailer->weights_offset, trailer->weights_bytes, "the weights");
  if (!weights)
    return weights.takeFailure();
  Result<Mapping> tokenizer = Mapping::view(file.number, trailer->tokenizer_offset,
                                            trailer->tokenizer_bytes, "the tokenizer");
  if (!tokenizer)
    return tokenizer.takeFailure();
  loaded.weightPages = std::move(*weights);
  loaded.tokenizerPages = std::move(*tokenizer);
  return loaded;
}

} // namespace qwenc::rt

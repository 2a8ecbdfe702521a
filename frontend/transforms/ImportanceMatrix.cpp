//===- frontend/transforms/ImportanceMatrix.cpp - llama.cpp's profiles ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// GGUF: general.type = "imatrix"; for each matrix NAME the tensors NAME.in_sum2
// (1, columns), sums of squares, and NAME.counts (1, 1), how many inputs.
//
// .dat, little-endian: int32 entries, and for each int32 length, NAME, int32 calls,
// int32 columns, columns x float sums. The sums are of means over chunks: divided by
// the calls they are mean squares. What follows the entries does not matter here.
//===----------------------------------------------------------------------===//
#include "frontend/gguf/GGUFReader.h"
#include "frontend/transforms/ActivationStats.h"
#include "support/ByteReader.h"
#include "support/MappedFile.h"

#include "llvm/ADT/Twine.h"

#include <cmath>
#include <cstring>

using namespace qwenc;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

/// sums / count; false if one is no number or negative.
static bool toMeans(std::vector<float> &sums, double count) {
  for (float &sum : sums) {
    sum = static_cast<float>(sum / count);
    if (!std::isfinite(sum) || sum < 0)
      return false;
  }
  return count > 0;
}

static Expected<std::vector<float>> readFloats(const gguf::File &file, const gguf::Tensor &tensor,
                                               ArrayRef<uint8_t> bytes) {
  if (tensor.type != GgmlType::F32)
    return file.tensorError(tensor.name,
                            Twine("the type is ") + typeName(tensor.type) + ", expected F32");
  std::vector<float> values(tensor.bytes / sizeof(float));
  std::memcpy(values.data(), bytes.data() + tensor.offset, values.size() * sizeof(float));
  return values;
}

static Expected<ActivationStats> readGGUF(const std::string &path, ArrayRef<uint8_t> bytes) {
  auto file = gguf::readFile(path, bytes);
  if (!file)
    return file.takeError();
  auto type = file->metadata.getString("general.type");
  if (!type)
    return type.takeError();
  if (!*type || **type != "imatrix")
    return file->metadata.error("general.type", "not 'imatrix': this is no importance matrix");
  llvm::StringMap<const gguf::Tensor *> byName;
  for (const gguf::Tensor &tensor : file->tensors)
    byName[tensor.name] = &tensor;
  ActivationStats stats;
  for (const gguf::Tensor &tensor : file->tensors) {
    StringRef name = tensor.name;
    if (!name.consume_back(".in_sum2"))
      continue;
    const gguf::Tensor *counts = byName.lookup((name + ".counts").str());
    if (!counts || tensor.shape.size() > 2)
      continue; // experts: the sums of each have a row of their own
    auto sums = readFloats(*file, tensor, bytes), count = readFloats(*file, *counts, bytes);
    if (!sums)
      return sums.takeError();
    if (!count)
      return count.takeError();
    if (count->size() != 1)
      continue;
    if (!toMeans(*sums, count->front()))
      return file->tensorError(tensor.name, "sums of squares over a count that give no means");
    stats.set(name, std::move(*sums));
  }
  return stats;
}

static Expected<ActivationStats> readDat(const std::string &path, ArrayRef<uint8_t> bytes) {
  ByteReader reader({bytes.data(), bytes.size()});
  auto fail = [&](const Twine &what) {
    return llvm::createStringError(path + ": offset " + Twine(reader.offset()) + ": " + what +
                                   " (an importance matrix, .dat or .gguf?)");
  };
  auto entries = reader.read<int32_t>();
  if (!entries || *entries <= 0)
    return fail("no number of entries");
  ActivationStats stats;
  for (int32_t i = 0; i < *entries; ++i) {
    auto length = reader.read<int32_t>();
    auto name = reader.readBytes(length && *length > 0 ? uint64_t(*length) : UINT64_MAX);
    auto calls = reader.read<int32_t>(), columns = reader.read<int32_t>();
    auto data = reader.readBytes(columns && *columns > 0 ? 4 * uint64_t(*columns) : UINT64_MAX);
    if (!length || !name || !calls || !columns || !data)
      return fail("entry " + Twine(i) + " of " + Twine(*entries) + " is cut off");
    std::vector<float> sums(*columns);
    std::memcpy(sums.data(), data->data(), data->size());
    if (!toMeans(sums, *calls))
      return fail("entry " + Twine(i) + ": sums of squares that give no means");
    stats.set({reinterpret_cast<const char *>(name->data()), name->size()}, std::move(sums));
  }
  return stats;
}

Expected<ActivationStats> qwenc::readImportanceMatrix(const std::string &path) {
  auto file = MappedFile::open(path);
  if (!file)
    return llvm::createStringError(file.error());
  ArrayRef<uint8_t> bytes(file->data(), file->size());
  bool isGGUF = bytes.size() >= 4 && std::memcmp(bytes.data(), gguf::Magic, 4) == 0;
  auto stats = isGGUF ? readGGUF(path, bytes) : readDat(path, bytes);
  if (stats && stats->empty())
    return llvm::createStringError(path + ": has statistics of no tensor");
  return stats;
}

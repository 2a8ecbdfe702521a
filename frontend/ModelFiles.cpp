//===- frontend/ModelFiles.cpp - the file or files that hold a model -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/ModelFiles.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace qwenc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

/// `-00002-of-00003.gguf`, as llama.cpp's gguf-split writes it.
static std::string suffixOf(uint64_t part, uint64_t parts) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("-%05u-of-%05u.gguf", unsigned(part + 1),
                                                 unsigned(parts));
  return text;
}

namespace {
/// What a part says of itself.
struct SplitInfo {
  uint64_t number, parts, tensors;
};

class PartsReader {
public:
  explicit PartsReader(StringRef path) : path(path) {}

  Expected<ModelFiles> read();

private:
  static constexpr uint64_t MaxParts = 99999; // five digits

  Error open(const std::string &part);
  Error openOthers(const SplitInfo &named);
  Error checkPart(size_t part, const SplitInfo &named);

  StringRef path;
  ModelFiles files;
};
} // namespace

static Expected<SplitInfo> readSplit(const gguf::Metadata &metadata) {
  SplitInfo info;
  for (auto [key, field] :
       {std::pair("split.no", &info.number), std::pair("split.count", &info.parts),
        std::pair("split.tensors.count", &info.tensors)}) {
    auto value = metadata.requireUnsigned(key);
    if (!value)
      return value.takeError();
    *field = *value;
  }
  return info;
}

Error PartsReader::open(const std::string &part) {
  Result<MappedFile> map = MappedFile::open(part);
  if (!map)
    return llvm::createStringError(map.error());
  Expected<gguf::File> header =
      gguf::readFile(part, {map->data(), static_cast<size_t>(map->size())});
  if (!header)
    return header.takeError();
  files.maps.push_back(std::move(*map));
  files.headers.push_back(std::move(*header));
  return Error::success();
}

Error PartsReader::openOthers(const SplitInfo &named) {
  const gguf::Metadata &metadata = files.headers.front().metadata;
  if (named.number >= named.parts || named.parts > MaxParts)
    return metadata.error("split.no", "part number " + Twine(named.number) + " of " +
                                          Twine(named.parts) + " (parts count from 0)");
  StringRef stem = path;
  if (!stem.consume_back(suffixOf(named.number, named.parts)))
    return metadata.error(
        "split.no", "the file is part " + Twine(named.number + 1) + " of " + Twine(named.parts) +
                        " of a model; expected its name to end with '" +
                        suffixOf(named.number, named.parts) + "', so that the others are found");
  ModelFiles first = std::move(files);
  files = {};
  for (uint64_t part = 0; part < named.parts; ++part) {
    if (part == named.number) {
      files.maps.push_back(std::move(first.maps.front()));
      files.headers.push_back(std::move(first.headers.front()));
      continue;
    }
    if (Error error = open((stem + suffixOf(part, named.parts)).str()))
      return error;
  }
  return Error::success();
}

/// A part must be the one of its name, of the same split, and must not say more
/// of the model than the first part does: nobody would hear it.
Error PartsReader::checkPart(size_t part, const SplitInfo &named) {
  const gguf::Metadata &metadata = files.headers[part].metadata;
  auto split = readSplit(metadata);
  if (!split)
    return split.takeError();
  if (split->number != part)
    return metadata.error("split.no", "the value is " + Twine(split->number) +
                                          ", but the name says "
                                          "part " +
                                          Twine(part + 1) + " (counted from 1)");
  if (split->parts != named.parts || split->tensors != named.tensors)
    return metadata.error("split.count", "part of a model of " + Twine(split->tensors) +
                                             " tensors in " + Twine(split->parts) + " parts, but " +
                                             path + " is one of " + Twine(named.tensors) +
                                             " tensors in " + Twine(named.parts));
  for (const gguf::Value &value : metadata.values()) {
    if (part == 0 || value.key.starts_with("split."))
      continue;
    const gguf::Value *first = files.headers.front().metadata.find(value.key);
    if (!first || first->type != value.type || first->data != value.data)
      return metadata.error(value.key, "the first part of the model does not say the same");
  }
  return Error::success();
}

Expected<ModelFiles> PartsReader::read() {
  if (Error error = open(path.str()))
    return error;
  auto count = files.headers.front().metadata.getUnsigned("split.count");
  if (!count)
    return count.takeError();
  if (count->value_or(0) <= 1)
    return std::move(files);
  auto named = readSplit(files.headers.front().metadata);
  if (!named)
    return named.takeError();
  if (Error error = openOthers(*named))
    return error;
  uint64_t tensors = 0;
  for (size_t part = 0; part < files.headers.size(); ++part) {
    if (Error error = checkPart(part, *named))
      return error;
    tensors += files.headers[part].tensors.size();
  }
  if (tensors != named->tensors)
    return files.headers.front().metadata.error("split.tensors.count",
                                                "the model's parts hold " + Twine(tensors) +
                                                    " tensors, expected " + Twine(named->tensors));
  return std::move(files);
}

Expected<ModelFiles> qwenc::openModelFiles(StringRef path) { return PartsReader(path).read(); }

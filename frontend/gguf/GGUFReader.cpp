//===- frontend/gguf/GGUFReader.cpp ---------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The header is read front to back by one cursor; then the tensors' places are
// compared with the file's size and with each other. A count or length is
// believed only as far as the bytes that are left could hold it.
//===----------------------------------------------------------------------===//
#include "frontend/gguf/GGUFReader.h"

#include "support/ByteReader.h"
#include "support/Utf8.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MathExtras.h"

#include <functional>
#include <numeric>

using namespace qwenc;
using namespace qwenc::gguf;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

std::string gguf::shapeText(ArrayRef<uint64_t> shape) {
  return llvm::join(llvm::map_range(shape, [](uint64_t n) { return std::to_string(n); }), " x ");
}

Error File::tensorError(StringRef tensor, const Twine &message) const {
  return llvm::createStringError(Twine(name) + ": tensor '" + printable(tensor) + "': " + message);
}

namespace {
class Reader {
public:
  Reader(StringRef name, ArrayRef<uint8_t> bytes)
      : reader({bytes.data(), bytes.size()}), fileBytes(bytes.size()) {
    file.name = name.str();
    file.metadata = Metadata(name);
  }

  Expected<File> read();

private:
  Error fail(const Twine &message) const {
    return llvm::createStringError(Twine(file.name) + ": " + message);
  }
  Error failTruncated(const Twine &where) const {
    return fail("the file ends inside " + where + " (" + Twine(fileBytes) +
                " bytes; truncated or damaged?)");
  }

  Error readCounts();
  Error readPair(uint64_t number);
  Error skipValue(const Value &pair, ValueType type, unsigned depth);
  Error readAlignment();
  Error readTensor(uint64_t number);
  Error readSizes(Tensor &tensor);
  Error readType(Tensor &tensor);
  Error placeTensors();
  std::optional<StringRef> readString(uint64_t maxBytes);

  ByteReader reader;
  uint64_t fileBytes;
  uint64_t tensorCount = 0, pairCount = 0;
  llvm::StringSet<> tensorNames;
  File file;
};
} // namespace

std::optional<StringRef> Reader::readString(uint64_t maxBytes) {
  std::optional<uint64_t> length = reader.read<uint64_t>();
  if (!length || *length > maxBytes)
    return std::nullopt;
  auto bytes = reader.readBytes(*length);
  if (!bytes)
    return std::nullopt;
  return StringRef(reinterpret_cast<const char *>(bytes->data()), bytes->size());
}

Error Reader::readCounts() {
  auto magic = reader.readBytes(sizeof(Magic));
  if (!magic || std::memcmp(magic->data(), Magic, sizeof(Magic)) != 0)
    return fail("not a GGUF file (it does not begin with \"GGUF\")");
  std::optional<uint32_t> version = reader.read<uint32_t>();
  if (!version)
    return failTruncated("its header");
  // The magic is text and reads the same in both byte orders, the number not.
  if (llvm::byteswap(*version) >= 1 && llvm::byteswap(*version) <= NewestVersion)
    return fail("a big-endian GGUF file; qwenc reads little-endian ones, convert it first");
  if (*version < OldestVersion || *version > NewestVersion)
    return fail("GGUF version " + Twine(*version) + " is not supported (versions " +
                Twine(OldestVersion) + " and " + Twine(NewestVersion) + " are)");
  file.version = *version;
  std::optional<uint64_t> tensors = reader.read<uint64_t>();
  std::optional<uint64_t> pairs = reader.read<uint64_t>();
  if (!tensors || !pairs)
    return failTruncated("its header");
  tensorCount = *tensors;
  pairCount = *pairs;
  if (pairCount > reader.remaining() / MinPairBytes)
    return fail("the header announces " + Twine(pairCount) + " metadata pairs, more than the " +
                Twine(reader.remaining()) + " bytes after it can hold (truncated or damaged?)");
  if (tensorCount > reader.remaining() / MinTensorBytes)
    return fail("the header announces " + Twine(tensorCount) + " tensors, more than the " +
                Twine(reader.remaining()) + " bytes after it can hold (truncated or damaged?)");
  return Error::success();
}

/// Moves over a value (or array element) of the pair that is being read.
Error Reader::skipValue(const Value &pair, ValueType type, unsigned depth) {
  auto failPair = [&](const Twine &message) {
    return fail("metadata '" + printable(pair.key) + "' at offset " + Twine(pair.offset) + ": " +
                message);
  };
  constexpr const char *truncated =
      "the value runs past the end of the file (truncated or damaged?)";
  if (unsigned bytes = fixedBytes(type))
    return reader.skip(bytes) ? Error::success() : failPair(truncated);
  if (type == ValueType::String)
    return readString(UINT64_MAX) ? Error::success() : failPair(truncated);

  std::optional<uint32_t> element = reader.read<uint32_t>();
  std::optional<uint64_t> count = reader.read<uint64_t>();
  if (!element || !count)
    return failPair(truncated);
  if (*element >= ValueTypeCount)
    return failPair("unknown type " + Twine(*element) + " of array elements");
  ValueType elementType = static_cast<ValueType>(*element);
  if (unsigned bytes = fixedBytes(elementType))
    return reader.skip(*count, bytes) ? Error::success() : failPair(truncated);
  if (elementType == ValueType::Array && depth + 1 == MaxArrayDepth)
    return failPair("arrays are nested more than " + Twine(MaxArrayDepth) + " deep");
  if (*count > reader.remaining() / MinStringBytes)
    return failPair("an array of " + Twine(*count) + " elements does not fit into the " +
                    Twine(reader.remaining()) + " bytes that are left (truncated or damaged?)");
  for (uint64_t i = 0; i < *count; ++i)
    if (Error error = skipValue(pair, elementType, depth + 1))
      return error;
  return Error::success();
}

Error Reader::readPair(uint64_t number) {
  Value value;
  value.offset = reader.offset();
  std::optional<StringRef> key = readString(MaxKeyBytes);
  if (!key)
    return fail("metadata pair " + Twine(number) + " at offset " + Twine(value.offset) +
                ": the key is longer than " + Twine(MaxKeyBytes) +
                " bytes or than the file (truncated or damaged?)");
  if (key->empty() || !isValidUtf8(*key))
    return fail("metadata pair " + Twine(number) + " at offset " + Twine(value.offset) +
                ": the key '" + printable(*key) + "' is " + (key->empty() ? "empty" : "not UTF-8"));
  value.key = *key;
  std::optional<uint32_t> type = reader.read<uint32_t>();
  if (!type)
    return failTruncated("metadata '" + printable(*key) + "'");
  if (*type >= ValueTypeCount)
    return fail("metadata '" + printable(*key) + "' at offset " + Twine(value.offset) +
                ": unknown type " + Twine(*type) + " of the value");
  value.type = value.elementType = static_cast<ValueType>(*type);

  ByteReader start = reader;
  if (Error error = skipValue(value, value.type, 0))
    return error;
  uint64_t end = reader.offset();
  if (value.type == ValueType::Array) {
    value.elementType = static_cast<ValueType>(*start.read<uint32_t>());
    value.count = *start.read<uint64_t>();
  } else if (value.type == ValueType::String) {
    (void)start.read<uint64_t>();
  }
  auto data = *start.readBytes(end - start.offset());
  value.data = {data.data(), data.size()};
  if (const Value *first = file.metadata.find(value.key))
    return fail("metadata '" + printable(value.key) + "' at offset " + Twine(value.offset) +
                ": the key is there twice, first at offset " + Twine(first->offset));
  file.metadata.insert(value);
  return Error::success();
}

Error Reader::readAlignment() {
  Expected<std::optional<uint64_t>> alignment = file.metadata.getUnsigned("general.alignment");
  if (!alignment)
    return alignment.takeError();
  file.alignment = alignment->value_or(DefaultAlignment);
  if (!llvm::isPowerOf2_64(file.alignment) || file.alignment < 8 || file.alignment > (1u << 30))
    return file.metadata.error("general.alignment", "the alignment is " + Twine(file.alignment) +
                                                        ", expected a power of two from 8 to 2^30");
  return Error::success();
}

Error Reader::readSizes(Tensor &tensor) {
  std::optional<uint32_t> dimensions = reader.read<uint32_t>();
  if (!dimensions)
    return failTruncated("the entry of tensor '" + printable(tensor.name) + "'");
  if (*dimensions == 0 || *dimensions > MaxDimensions)
    return file.tensorError(tensor.name, Twine(*dimensions) + " dimensions, expected 1 to " +
                                             Twine(MaxDimensions));
  uint64_t elements = 1;
  for (uint32_t i = 0; i < *dimensions; ++i) {
    std::optional<uint64_t> size = reader.read<uint64_t>();
    if (!size)
      return failTruncated("the entry of tensor '" + printable(tensor.name) + "'");
    tensor.shape.insert(tensor.shape.begin(), *size);
    if (*size == 0)
      return file.tensorError(tensor.name, "dimension " + Twine(i) + " is 0");
    // Below 2^56 elements no later product of sizes can leave 64 bits.
    bool overflow = false;
    elements = llvm::SaturatingMultiply(elements, *size, &overflow);
    if (overflow || elements >> 56)
      return file.tensorError(tensor.name, "its sizes multiply to more than 2^56 elements");
  }
  return Error::success();
}

Error Reader::readType(Tensor &tensor) {
  std::optional<uint32_t> number = reader.read<uint32_t>();
  if (!number)
    return failTruncated("the entry of tensor '" + printable(tensor.name) + "'");
  const BlockFormat *format = findBlockFormat(*number);
  if (!format)
    return file.tensorError(tensor.name, "unknown type number " + Twine(*number) +
                                             "; supported types are " + supportedTypeNames());
  tensor.type = format->type;
  uint64_t row = tensor.shape.back();
  if (row % format->elements != 0)
    return file.tensorError(tensor.name, "rows of " + Twine(row) + " elements do not fill the " +
                                             format->name + " blocks of " +
                                             Twine(format->elements));
  uint64_t elements = std::accumulate(tensor.shape.begin(), tensor.shape.end(), uint64_t(1),
                                      std::multiplies<uint64_t>());
  tensor.bytes = format->rowBytes(elements);
  return Error::success();
}

Error Reader::readTensor(uint64_t number) {
  Tensor tensor;
  uint64_t entry = reader.offset();
  std::optional<StringRef> name = readString(MaxTensorNameBytes);
  if (!name)
    return fail("tensor " + Twine(number) + " at offset " + Twine(entry) +
                ": the name is longer than " + Twine(MaxTensorNameBytes) +
                " bytes or than the file (truncated or damaged?)");
  if (name->empty() || !isValidUtf8(*name))
    return fail("tensor " + Twine(number) + " at offset " + Twine(entry) + ": the name '" +
                printable(*name) + "' is " + (name->empty() ? "empty" : "not UTF-8"));
  tensor.name = *name;
  if (Error error = readSizes(tensor))
    return error;
  if (Error error = readType(tensor))
    return error;
  std::optional<uint64_t> offset = reader.read<uint64_t>();
  if (!offset)
    return failTruncated("the entry of tensor '" + printable(*name) + "'");
  tensor.offset = *offset; // from dataOffset; placeTensors makes it absolute
  if (*offset % file.alignment != 0)
    return file.tensorError(*name, "its offset " + Twine(*offset) +
                                       " is not a multiple of the file's alignment of " +
                                       Twine(file.alignment));
  if (!tensorNames.insert(*name).second)
    return file.tensorError(*name, "the name is there twice");
  file.tensors.push_back(std::move(tensor));
  return Error::success();
}

Error Reader::placeTensors() {
  file.dataOffset = llvm::alignTo(reader.offset(), file.alignment);
  std::vector<Tensor *> byOffset;
  for (Tensor &tensor : file.tensors) {
    tensor.offset = llvm::SaturatingAdd(tensor.offset, file.dataOffset);
    byOffset.push_back(&tensor);
  }
  llvm::sort(byOffset, [](Tensor *a, Tensor *b) {
    return std::pair(a->offset, a) < std::pair(b->offset, b); // ties: in the order of the file
  });
  const Tensor *previous = nullptr;
  for (const Tensor *tensor : byOffset) {
    if (tensor->offset > fileBytes || tensor->bytes > fileBytes - tensor->offset)
      return file.tensorError(tensor->name, "its " + Twine(tensor->bytes) + " bytes at offset " +
                                                Twine(tensor->offset) +
                                                " lie beyond the end of the file, which has " +
                                                Twine(fileBytes) + " bytes (truncated?)");
    if (previous && tensor->offset < previous->offset + previous->bytes)
      return file.tensorError(tensor->name, "its data at offset " + Twine(tensor->offset) +
                                                " overlaps tensor '" + printable(previous->name) +
                                                "', which ends at " +
                                                Twine(previous->offset + previous->bytes));
    previous = tensor;
  }
  return Error::success();
}

Expected<File> Reader::read() {
  if (Error error = readCounts())
    return error;
  for (uint64_t i = 0; i < pairCount; ++i)
    if (Error error = readPair(i))
      return error;
  if (Error error = readAlignment())
    return error;
  for (uint64_t i = 0; i < tensorCount; ++i)
    if (Error error = readTensor(i))
      return error;
  if (Error error = placeTensors())
    return error;
  return std::move(file);
}

Expected<File> gguf::readFile(StringRef name, ArrayRef<uint8_t> bytes) {
  return Reader(name, bytes).read();
}

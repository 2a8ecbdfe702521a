//===- frontend/safetensors/SafetensorsReader.cpp -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/safetensors/SafetensorsReader.h"

#include "frontend/gguf/GGUFMetadata.h" // printable
#include "support/ByteReader.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"

using namespace qwenc;
using namespace qwenc::safetensors;
using gguf::printable;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

Error File::tensorError(StringRef tensor, const Twine &message) const {
  return llvm::createStringError(name + ": tensor '" + printable(tensor) + "': " + message);
}

unsigned safetensors::dtypeBytes(StringRef dtype) {
  if (dtype == "F64" || dtype == "I64" || dtype == "U64")
    return 8;
  if (dtype == "F32" || dtype == "I32" || dtype == "U32")
    return 4;
  if (dtype == "F16" || dtype == "BF16" || dtype == "I16" || dtype == "U16")
    return 2;
  if (dtype == "F8_E4M3" || dtype == "F8_E5M2" || dtype == "I8" || dtype == "U8" || dtype == "BOOL")
    return 1;
  return 0;
}

bool safetensors::isShallow(StringRef json, unsigned limit) {
  unsigned depth = 0;
  bool inString = false;
  for (size_t i = 0; i < json.size(); ++i) {
    char c = json[i];
    if (inString) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        inString = false;
    } else if (c == '"') {
      inString = true;
    } else if (c == '{' || c == '[') {
      if (++depth > limit)
        return false;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return true;
}

namespace {

class Reader {
public:
  Reader(StringRef name, ArrayRef<uint8_t> bytes) : bytes(bytes) { file.name = name.str(); }

  Expected<File> read();

private:
  Error fail(const Twine &message) const {
    return llvm::createStringError(file.name + ": " + message);
  }
  Expected<llvm::json::Value> readHeader();
  Error readTensor(StringRef name, const llvm::json::Value &entry);
  Error checkPlaces();

  ArrayRef<uint8_t> bytes;
  uint64_t dataOffset = 0;
  File file;
};

} // namespace

Expected<llvm::json::Value> Reader::readHeader() {
  ByteReader reader({bytes.data(), bytes.size()});
  auto length = reader.read<uint64_t>();
  if (!length)
    return fail("shorter than the 8 bytes that a safetensors file begins with");
  if (*length > MaxHeaderBytes)
    return fail("a header of " + Twine(*length) + " bytes; this is no safetensors file");
  auto text = reader.readBytes(*length);
  if (!text)
    return fail("the header of " + Twine(*length) + " bytes ends beyond the file, which has " +
                Twine(bytes.size()) + " (truncated?)");
  dataOffset = reader.offset();
  StringRef json(reinterpret_cast<const char *>(text->data()), text->size());
  if (!isShallow(json, 4))
    return fail("the header nests deeper than a safetensors file does");
  auto value = llvm::json::parse(json);
  if (!value)
    return fail("the header is no JSON: " + printable(llvm::toString(value.takeError())));
  return value;
}

/// The numbers of a JSON array; nothing if one is negative or no integer.
static std::optional<llvm::SmallVector<uint64_t, 2>> readNumbers(const llvm::json::Array *array) {
  if (!array)
    return std::nullopt;
  llvm::SmallVector<uint64_t, 2> numbers;
  for (const llvm::json::Value &value : *array) {
    auto number = value.getAsUINT64();
    if (!number)
      return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

Error Reader::readTensor(StringRef name, const llvm::json::Value &entry) {
  const llvm::json::Object *object = entry.getAsObject();
  if (!object)
    return file.tensorError(name, "its entry is no object");
  auto dtype = object->getString("dtype");
  if (!dtype || !dtypeBytes(*dtype))
    return file.tensorError(name, dtype ? "unknown dtype '" + printable(*dtype) + "'"
                                        : std::string("it has no dtype"));
  auto shape = readNumbers(object->getArray("shape"));
  auto offsets = readNumbers(object->getArray("data_offsets"));
  if (!shape || !offsets || offsets->size() != 2)
    return file.tensorError(name, "shape or data_offsets are no lists of numbers >= 0");
  uint64_t size = dtypeBytes(*dtype);
  for (uint64_t extent : *shape) {
    bool overflow = false;
    size = llvm::SaturatingMultiply(size, extent, &overflow);
    if (overflow)
      return file.tensorError(name, "its sizes multiply to more than 64 bits");
  }
  uint64_t begin = (*offsets)[0], end = (*offsets)[1], available = bytes.size() - dataOffset;
  if (begin > end || end > available)
    return file.tensorError(name, "its data from " + Twine(begin) + " to " + Twine(end) +
                                      " lies beyond the end of the file, which has " +
                                      Twine(available) + " bytes of data (truncated?)");
  if (end - begin != size)
    return file.tensorError(name, "its data has " + Twine(end - begin) +
                                      " bytes, but type and shape make " + Twine(size));
  file.tensors.push_back({name.str(), dtype->str(), std::move(*shape), dataOffset + begin, size});
  return Error::success();
}

/// The tensors fill the data in order.
Error Reader::checkPlaces() {
  llvm::sort(file.tensors, [](const Tensor &a, const Tensor &b) {
    return std::tie(a.offset, a.bytes, a.name) < std::tie(b.offset, b.bytes, b.name);
  });
  uint64_t next = dataOffset;
  for (const Tensor &tensor : file.tensors) {
    if (tensor.offset != next)
      return file.tensorError(tensor.name, Twine("there is ") +
                                               (tensor.offset < next ? "an overlap" : "a gap") +
                                               " between its data and the tensor before");
    next += tensor.bytes;
  }
  if (next != bytes.size())
    return fail("data after the last tensor, or an entry that is there twice");
  return Error::success();
}

Expected<File> Reader::read() {
  auto header = readHeader();
  if (!header)
    return header.takeError();
  const llvm::json::Object *entries = header->getAsObject();
  if (!entries)
    return fail("the header is no JSON object");
  // An object has no order of its own that messages could rely on.
  std::vector<StringRef> names;
  for (auto &entry : *entries)
    if (StringRef(entry.first) != "__metadata__")
      names.push_back(entry.first);
  llvm::sort(names);
  for (StringRef name : names)
    if (Error error = readTensor(name, *entries->get(name)))
      return error;
  if (Error error = checkPlaces())
    return error;
  return std::move(file);
}

Expected<File> safetensors::readFile(StringRef name, ArrayRef<uint8_t> bytes) {
  return Reader(name, bytes).read();
}

//===- frontend/gguf/GGUFMetadata.cpp -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/gguf/GGUFMetadata.h"

#include "support/ByteReader.h"
#include "support/Utf8.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

#include <cassert>

using namespace qwenc;
using namespace qwenc::gguf;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

static constexpr struct {
  const char *name;
  unsigned bytes;
} ValueTypes[ValueTypeCount] = {
    {"uint8", 1},  {"int8", 1},    {"uint16", 2},  {"int16", 2},  {"uint32", 4},
    {"int32", 4},  {"float32", 4}, {"bool", 1},    {"string", 0}, {"array", 0},
    {"uint64", 8}, {"int64", 8},   {"float64", 8},
};

const char *gguf::valueTypeName(ValueType type) {
  return ValueTypes[static_cast<uint32_t>(type)].name;
}

unsigned gguf::fixedBytes(ValueType type) { return ValueTypes[static_cast<uint32_t>(type)].bytes; }

std::string gguf::printable(StringRef text) {
  constexpr size_t MaxBytes = 100;
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (out.size() >= MaxBytes)
      return out + "...";
    Utf8Char c = decodeUtf8(text.substr(at));
    uint32_t code = c.codePoint;
    // Controls, line separators and changes of writing direction would tear
    // the line apart on somebody's terminal.
    bool harmful = code < 0x20 || (code >= 0x7F && code < 0xA0) ||
                   (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
    if (c.status == Utf8Char::Valid && !harmful)
      out += text.substr(at, c.bytes);
    else
      for (size_t i = 0; i < c.bytes; ++i)
        out += "\\x" + llvm::toHex(text.substr(at + i, 1), /*LowerCase=*/true);
    at += c.bytes;
  }
  return out;
}

bool Metadata::insert(const Value &value) {
  if (!index.try_emplace(value.key, pairs.size()).second)
    return false;
  pairs.push_back(value);
  return true;
}

const Value *Metadata::find(StringRef key) const {
  auto it = index.find(key);
  return it == index.end() ? nullptr : &pairs[it->second];
}

Error Metadata::error(StringRef key, const Twine &message) const {
  std::string text = file + ": metadata '" + printable(key) + "'";
  if (const Value *value = find(key))
    text += " at offset " + std::to_string(value->offset);
  return llvm::createStringError(Twine(text) + ": " + message);
}

Error Metadata::wrongType(const Value &value, StringRef expected) const {
  std::string type = valueTypeName(value.type);
  if (value.type == ValueType::Array)
    type += std::string(" of ") + valueTypeName(value.elementType);
  return error(value.key, "the value is of type " + type + ", expected " + expected);
}

namespace {
/// An integer of any of GGUF's types.
struct Integer {
  bool negative;
  uint64_t bits; // two's complement
};
} // namespace

template <typename T> static Integer readAs(ByteReader &reader) {
  T value = *reader.read<T>(); // the file's reader has checked the length
  return {value < T(0), static_cast<uint64_t>(value)};
}

static std::optional<Integer> readInteger(ValueType type, ByteReader &reader) {
  switch (type) {
  case ValueType::UInt8:
    return readAs<uint8_t>(reader);
  case ValueType::Int8:
    return readAs<int8_t>(reader);
  case ValueType::UInt16:
    return readAs<uint16_t>(reader);
  case ValueType::Int16:
    return readAs<int16_t>(reader);
  case ValueType::UInt32:
    return readAs<uint32_t>(reader);
  case ValueType::Int32:
    return readAs<int32_t>(reader);
  case ValueType::UInt64:
    return readAs<uint64_t>(reader);
  case ValueType::Int64:
    return readAs<int64_t>(reader);
  default:
    return std::nullopt;
  }
}

Expected<std::optional<uint64_t>> Metadata::getUnsigned(StringRef key, uint64_t max) const {
  const Value *value = find(key);
  if (!value)
    return std::nullopt;
  ByteReader reader({value->data.data(), value->data.size()});
  std::optional<Integer> number = readInteger(value->type, reader);
  if (!number)
    return wrongType(*value, "an unsigned integer");
  if (number->negative)
    return error(key, "the value is " + Twine(static_cast<int64_t>(number->bits)) +
                          ", expected an unsigned integer");
  if (number->bits > max)
    return error(key, "the value is " + Twine(number->bits) + ", expected at most " + Twine(max));
  return number->bits;
}

Expected<std::optional<double>> Metadata::getFloat(StringRef key) const {
  const Value *value = find(key);
  if (!value)
    return std::nullopt;
  ByteReader reader({value->data.data(), value->data.size()});
  if (value->type == ValueType::Float32)
    return static_cast<double>(*reader.read<float>());
  if (value->type == ValueType::Float64)
    return *reader.read<double>();
  return wrongType(*value, "a floating-point number");
}

Expected<std::optional<bool>> Metadata::getBool(StringRef key) const {
  const Value *value = find(key);
  if (!value)
    return std::nullopt;
  if (value->type != ValueType::Bool)
    return wrongType(*value, "a bool");
  if (value->data[0] > 1)
    return error(key, "the value is " + Twine(unsigned(value->data[0])) + ", expected 0 or 1");
  return value->data[0] == 1;
}

Expected<std::optional<StringRef>> Metadata::getString(StringRef key) const {
  const Value *value = find(key);
  if (!value)
    return std::nullopt;
  if (value->type != ValueType::String)
    return wrongType(*value, "a string");
  StringRef text = llvm::toStringRef(value->data);
  size_t invalid = findInvalidUtf8(text);
  if (invalid != text.size())
    return error(key, "byte " + Twine(invalid) + " of the string is not UTF-8");
  return text;
}

Expected<std::optional<std::vector<StringRef>>> Metadata::getStrings(StringRef key) const {
  const Value *value = find(key);
  if (!value)
    return std::nullopt;
  if (value->type != ValueType::Array || value->elementType != ValueType::String)
    return wrongType(*value, "an array of string");
  ByteReader reader({value->data.data(), value->data.size()});
  std::vector<StringRef> strings;
  strings.reserve(value->count); // <= data.size() / 8
  for (uint64_t i = 0; i < value->count; ++i) {
    auto bytes = *reader.readBytes(*reader.read<uint64_t>());
    StringRef text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
    if (!isValidUtf8(text))
      return error(key, "element " + Twine(i) + " ('" + printable(text) + "') is not UTF-8");
    strings.push_back(text);
  }
  return strings;
}

Expected<std::optional<std::vector<int32_t>>> Metadata::getIntegers(StringRef key) const {
  const Value *value = find(key);
  if (!value)
    return std::nullopt;
  ByteReader reader({value->data.data(), value->data.size()});
  bool integers = value->type == ValueType::Array && fixedBytes(value->elementType) != 0 &&
                  value->elementType != ValueType::Float32 &&
                  value->elementType != ValueType::Float64 && value->elementType != ValueType::Bool;
  if (!integers)
    return wrongType(*value, "an array of integers");
  std::vector<int32_t> numbers;
  numbers.reserve(value->count); // <= data.size()
  for (uint64_t i = 0; i < value->count; ++i) {
    Integer number = *readInteger(value->elementType, reader);
    int64_t wide = static_cast<int64_t>(number.bits);
    if ((!number.negative && wide < 0) || wide != static_cast<int32_t>(wide))
      return error(key, "element " + Twine(i) + " does not fit in 32 bits");
    numbers.push_back(static_cast<int32_t>(wide));
  }
  return numbers;
}

/// Makes the absence of a key an error.
template <typename T>
static Expected<T> require(const Metadata &metadata, StringRef key, StringRef kind,
                           Expected<std::optional<T>> found) {
  if (!found)
    return found.takeError();
  if (!*found)
    return metadata.error(key, "missing, expected " + kind);
  return std::move(**found);
}

Expected<uint64_t> Metadata::requireUnsigned(StringRef key, uint64_t max) const {
  return require<uint64_t>(*this, key, "an unsigned integer", getUnsigned(key, max));
}

Expected<double> Metadata::requireFloat(StringRef key) const {
  return require<double>(*this, key, "a floating-point number", getFloat(key));
}

Expected<StringRef> Metadata::requireString(StringRef key) const {
  return require<StringRef>(*this, key, "a string", getString(key));
}

Expected<std::vector<StringRef>> Metadata::requireStrings(StringRef key) const {
  return require<std::vector<StringRef>>(*this, key, "an array of strings", getStrings(key));
}

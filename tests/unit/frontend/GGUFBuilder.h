//===- tests/unit/frontend/GGUFBuilder.h - small GGUF files in memory -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builds what a test needs, right or wrong: nothing is checked here. Tensors
// are filled with zeros and packed one after the other unless a test says else.
//===----------------------------------------------------------------------===//
#ifndef QWENC_TESTS_UNIT_FRONTEND_GGUFBUILDER_H
#define QWENC_TESTS_UNIT_FRONTEND_GGUFBUILDER_H

#include "frontend/gguf/GGUFFormat.h"
#include "support/quant/BlockFormat.h"

#include <cstring>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace qwenc {

using Bytes = std::vector<uint8_t>;

template <typename T> void appendNumber(Bytes &bytes, T value) {
  static_assert(std::is_arithmetic_v<T>);
  bytes.resize(bytes.size() + sizeof value);
  std::memcpy(bytes.data() + bytes.size() - sizeof value, &value, sizeof value);
}

inline void appendString(Bytes &bytes, const std::string &text) {
  appendNumber<uint64_t>(bytes, text.size());
  bytes.insert(bytes.end(), text.begin(), text.end());
}

/// An encoded value: its type's number and what follows it.
struct EncodedValue {
  gguf::ValueType type;
  Bytes bytes;

  template <typename T> static EncodedValue number(gguf::ValueType type, T value) {
    EncodedValue encoded{type, {}};
    appendNumber(encoded.bytes, value);
    return encoded;
  }
  static EncodedValue string(const std::string &text) {
    EncodedValue encoded{gguf::ValueType::String, {}};
    appendString(encoded.bytes, text);
    return encoded;
  }
  /// `count` elements of a type, encoded already.
  static EncodedValue array(gguf::ValueType element, uint64_t count, const Bytes &elements) {
    EncodedValue encoded{gguf::ValueType::Array, {}};
    appendNumber(encoded.bytes, static_cast<uint32_t>(element));
    appendNumber(encoded.bytes, count);
    encoded.bytes.insert(encoded.bytes.end(), elements.begin(), elements.end());
    return encoded;
  }
  static EncodedValue strings(const std::vector<std::string> &texts) {
    Bytes elements;
    for (const std::string &text : texts)
      appendString(elements, text);
    return array(gguf::ValueType::String, texts.size(), elements);
  }
  static EncodedValue integers(const std::vector<int32_t> &numbers) {
    Bytes elements;
    for (int32_t number : numbers)
      appendNumber(elements, number);
    return array(gguf::ValueType::Int32, numbers.size(), elements);
  }
};

struct TensorEntry {
  std::string name;
  std::vector<uint64_t> shape;    // numpy's order
  uint32_t type;                  // GgmlType's number
  std::optional<uint64_t> offset; // from the data's start; else after the one before
  Bytes data;                     // else zeros
};

class GGUFBuilder {
public:
  uint32_t version = 3;
  uint64_t alignment = gguf::DefaultAlignment;
  std::optional<uint64_t> announcedPairs, announcedTensors;
  std::vector<std::pair<std::string, EncodedValue>> pairs;
  std::vector<TensorEntry> tensors;

  /// Adds a pair or gives a key another value.
  void set(const std::string &key, EncodedValue value) {
    for (auto &pair : pairs)
      if (pair.first == key) {
        pair.second = std::move(value);
        return;
      }
    pairs.emplace_back(key, std::move(value));
  }
  void set(const std::string &key, uint32_t number) {
    set(key, EncodedValue::number(gguf::ValueType::UInt32, number));
  }
  void set(const std::string &key, int number) { set(key, static_cast<uint32_t>(number)); }
  void set(const std::string &key, float number) {
    set(key, EncodedValue::number(gguf::ValueType::Float32, number));
  }
  void set(const std::string &key, bool truth) {
    set(key, EncodedValue::number(gguf::ValueType::Bool, static_cast<uint8_t>(truth)));
  }
  void set(const std::string &key, const std::string &text) {
    set(key, EncodedValue::string(text));
  }
  void set(const std::string &key, const char *text) { set(key, std::string(text)); }
  void remove(const std::string &key) {
    std::erase_if(pairs, [&](auto &pair) { return pair.first == key; });
  }

  TensorEntry &add(const std::string &name, std::vector<uint64_t> shape,
                   GgmlType type = GgmlType::F32) {
    tensors.push_back({name, std::move(shape), static_cast<uint32_t>(type), {}, {}});
    return tensors.back();
  }
  /// The entry of that name, which must exist.
  TensorEntry &tensor(const std::string &name) {
    for (TensorEntry &entry : tensors)
      if (entry.name == name)
        return entry;
    std::abort();
  }
  void removeTensor(const std::string &name) {
    std::erase_if(tensors, [&](auto &entry) { return entry.name == name; });
  }

  /// Bytes of a tensor's data; 0 if its type has no size.
  static uint64_t dataBytes(const TensorEntry &entry) {
    const BlockFormat *format = findBlockFormat(entry.type);
    uint64_t elements = 1;
    for (uint64_t size : entry.shape)
      elements *= size;
    return format ? format->rowBytes(elements) : 0;
  }

  Bytes build() const {
    Bytes file(gguf::Magic, gguf::Magic + sizeof gguf::Magic);
    appendNumber(file, version);
    appendNumber<uint64_t>(file, announcedTensors.value_or(tensors.size()));
    appendNumber<uint64_t>(file, announcedPairs.value_or(pairs.size()));
    for (auto &[key, value] : pairs) {
      appendString(file, key);
      appendNumber(file, static_cast<uint32_t>(value.type));
      file.insert(file.end(), value.bytes.begin(), value.bytes.end());
    }
    std::vector<uint64_t> offsets;
    uint64_t next = 0;
    for (const TensorEntry &entry : tensors) {
      offsets.push_back(entry.offset.value_or(next));
      next = offsets.back() + dataBytes(entry);
      next = (next + alignment - 1) / alignment * alignment;
      appendString(file, entry.name);
      appendNumber(file, static_cast<uint32_t>(entry.shape.size()));
      for (size_t i = entry.shape.size(); i--;)
        appendNumber(file, entry.shape[i]);
      appendNumber(file, entry.type);
      appendNumber(file, offsets.back());
    }
    file.resize((file.size() + alignment - 1) / alignment * alignment);
    uint64_t start = file.size();
    for (size_t i = 0; i < tensors.size(); ++i) {
      uint64_t end = start + offsets[i] + dataBytes(tensors[i]);
      if (end - start > (1u << 24)) // of a test that wants its tensor outside
        continue;
      if (file.size() < end)
        file.resize(end);
      std::copy(tensors[i].data.begin(), tensors[i].data.end(),
                file.begin() + static_cast<long>(start + offsets[i]));
    }
    return file;
  }
};

/// A valid model of one layer: width 32, 2 query heads and 1 KV head (qwen: 2) of
/// 16, feed-forward 64, 8 tokens, tied head; qwen2moe, qwen3moe: 2 of 4 experts of 96.
GGUFBuilder tinyModel(const std::string &arch);

} // namespace qwenc
#endif

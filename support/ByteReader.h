//===- support/ByteReader.h - bounds-checked little-endian reading --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A cursor over bytes that somebody else wrote. No read ever goes past the end
// and no arithmetic on a length can wrap: a failed read leaves the cursor where
// it was and returns nothing, and the caller, who knows what it was reading,
// words the error.
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_BYTEREADER_H
#define QWENC_SUPPORT_BYTEREADER_H

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

namespace qwenc {

static_assert(std::endian::native == std::endian::little, "qwenc runs on little-endian CPUs");

/// Reads numbers and byte ranges in order. Does not own the bytes.
class ByteReader {
public:
  explicit ByteReader(std::span<const uint8_t> bytes, uint64_t offset = 0)
      : bytes(bytes), position(offset <= bytes.size() ? offset : bytes.size()) {}

  /// Distance of the cursor from the first byte.
  uint64_t offset() const { return position; }
  uint64_t remaining() const { return bytes.size() - position; }

  /// The next little-endian number (no alignment needed), or nothing if fewer
  /// than sizeof(T) bytes remain.
  template <typename T> std::optional<T> read() {
    static_assert(std::is_arithmetic_v<T>);
    if (remaining() < sizeof(T))
      return std::nullopt;
    T value;
    std::memcpy(&value, bytes.data() + position, sizeof(T));
    position += sizeof(T);
    return value;
  }

  /// A view of the next `count` bytes, or nothing if fewer remain.
  std::optional<std::span<const uint8_t>> readBytes(uint64_t count) {
    if (remaining() < count)
      return std::nullopt;
    std::span<const uint8_t> view = bytes.subspan(position, count);
    position += count;
    return view;
  }

  /// Moves over `count` items of `size` bytes; false (and no move) if they do
  /// not all fit, also where count * size exceeds 64 bits.
  bool skip(uint64_t count, uint64_t size = 1) {
    if (size != 0 && count > remaining() / size)
      return false;
    position += count * size;
    return true;
  }

private:
  std::span<const uint8_t> bytes;
  uint64_t position;
};

} // namespace qwenc
#endif

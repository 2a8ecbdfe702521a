//===- frontend/gguf/GGUFFormat.h - the numbers of the GGUF format --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// GGUF is described in docs/gguf.md of the ggml project. Everything is little
// endian; version 2 and 3 have the same layout (3 added big-endian files):
//
//   "GGUF" | u32 version | u64 tensors | u64 metadata pairs
//   pair   : string key | u32 type | value
//   string : u64 bytes | bytes (UTF-8, no terminator)
//   array  : u32 element type | u64 count | elements
//   tensor : string name | u32 dims | u64 size[dims] | u32 type | u64 offset
//   padding to general.alignment (32), then the tensors' data; offsets count
//   from there and are multiples of the alignment. size[0] varies fastest.
//===----------------------------------------------------------------------===//
#ifndef QWENC_FRONTEND_GGUF_GGUFFORMAT_H
#define QWENC_FRONTEND_GGUF_GGUFFORMAT_H

#include <cstdint>

namespace qwenc::gguf {

constexpr char Magic[4] = {'G', 'G', 'U', 'F'};
constexpr uint32_t OldestVersion = 2;
constexpr uint32_t NewestVersion = 3;
constexpr uint64_t DefaultAlignment = 32;

/// Longest key and longest tensor name that are accepted, in bytes. (The format
/// allows keys of 65535 bytes; ggml tensors have names of 63.)
constexpr uint64_t MaxKeyBytes = 65535;
constexpr uint64_t MaxTensorNameBytes = 1024;
/// Most dimensions of a tensor, as in ggml.
constexpr uint32_t MaxDimensions = 4;
/// Arrays of arrays are legal; this deep is deeper than any file needs.
constexpr unsigned MaxArrayDepth = 4;

/// Smallest encodings: a count that asks for more of them than bytes are left
/// is wrong, and is refused before anything is allocated for it.
constexpr uint64_t MinStringBytes = 8;
constexpr uint64_t MinPairBytes = MinStringBytes + 4 + 1;
constexpr uint64_t MinTensorBytes = MinStringBytes + 4 + 8 + 4 + 8;

enum class ValueType : uint32_t {
  UInt8 = 0,
  Int8 = 1,
  UInt16 = 2,
  Int16 = 3,
  UInt32 = 4,
  Int32 = 5,
  Float32 = 6,
  Bool = 7, // one byte, 0 or 1
  String = 8,
  Array = 9,
  UInt64 = 10,
  Int64 = 11,
  Float64 = 12,
};
constexpr uint32_t ValueTypeCount = 13;

/// "uint32", "string" ...: for messages.
const char *valueTypeName(ValueType type);

/// Bytes of a number or Bool; 0 for String and Array.
unsigned fixedBytes(ValueType type);

} // namespace qwenc::gguf
#endif

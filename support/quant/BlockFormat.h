//===- support/quant/BlockFormat.h - how GGUF stores rows of weights ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A row is a sequence of blocks of equal length in elements and bytes; F32 has
// blocks of one element. Every type that ggml knows is named here, so that a
// message can call it by name; the ones with a scalar reference are supported.
// A new format is one file beside this one and one row in BlockFormat.cpp.
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_QUANT_BLOCKFORMAT_H
#define QWENC_SUPPORT_QUANT_BLOCKFORMAT_H

#include "support/quant/BlockIntegers.h"
#include <string>

namespace qwenc {

/// ggml's tensor types with ggml's numbers; gaps are types that ggml removed.
enum class GgmlType : uint32_t {
  F32 = 0,
  F16 = 1,
  Q4_0 = 2,
  Q4_1 = 3,
  Q5_0 = 6,
  Q5_1 = 7,
  Q8_0 = 8,
  Q8_1 = 9,
  Q2_K = 10,
  Q3_K = 11,
  Q4_K = 12,
  Q5_K = 13,
  Q6_K = 14,
  Q8_K = 15,
  IQ2_XXS = 16,
  IQ2_XS = 17,
  IQ3_XXS = 18,
  IQ1_S = 19,
  IQ4_NL = 20,
  IQ3_S = 21,
  IQ2_S = 22,
  IQ4_XS = 23,
  I8 = 24,
  I16 = 25,
  I32 = 26,
  I64 = 27,
  F64 = 28,
  IQ1_M = 29,
  BF16 = 30,
  TQ1_0 = 34,
  TQ2_0 = 35,
  MXFP4 = 39,
  NVFP4 = 40,
  Q1_0 = 41,
  // Our own, of weights that are quantised while they are compiled: in no file.
  W4G64 = 1u << 16,
  W4G128,
  W4G64A,
  W4G128A,
  W8, ///< Q8_0's blocks, all of a row with the scale of the row
};

/// Scalar reference: `elements` (a multiple of the block's) values of a row,
/// computed in fp32 in ggml's order of operations. `blocks` needs no alignment.
using DequantizeFn = void (*)(const uint8_t *blocks, float *out, uint64_t elements);

/// The stored integers of one block.
using UnpackFn = void (*)(const uint8_t *block, BlockIntegers &out);

/// One row of the table of formats.
struct BlockFormat {
  GgmlType type;
  const char *name;        // "Q4_0", as ggml spells it; "w4g64"
  uint32_t elements;       // of a block
  uint32_t bytes;          // of a block
  DequantizeFn dequantize; // null: known by name and size only
  UnpackFn unpack;         // null: the same, and floats

  bool supported() const { return dequantize != nullptr; }
  /// Bytes of `count` elements; count must be a multiple of `elements` and the
  /// result fit (a row that lies in a file does).
  uint64_t rowBytes(uint64_t count) const { return count / elements * bytes; }
};

/// The row of a type number out of a file; null if ggml has no such type.
const BlockFormat *findBlockFormat(uint32_t type);

/// The row of a type.
const BlockFormat &blockFormat(GgmlType type);

/// "Q4_0"
inline const char *typeName(GgmlType type) { return blockFormat(type).name; }

/// "F32, F16, ...", of those in files: for messages.
std::string supportedTypeNames();

/// Runs the reference of a supported type.
void dequantizeRow(GgmlType type, const uint8_t *blocks, float *out, uint64_t elements);

} // namespace qwenc
#endif

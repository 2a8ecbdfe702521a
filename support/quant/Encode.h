//===- support/quant/Encode.h - floats to a block format ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The way back from fp32, for formats that weights are merged or requantised
// into. Rounding is ggml's own for each type, so that a file made elsewhere from
// the same values has the same bits; FitScale.h chooses better scales.
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_QUANT_ENCODE_H
#define QWENC_SUPPORT_QUANT_ENCODE_H

#include "support/quant/BlockFormat.h"

#include <cmath>

namespace qwenc {

/// Whether quantizeRow takes the type.
bool canQuantize(GgmlType type);

/// Rounds `elements` (a multiple of the block's) finite values of a row to a type
/// that canQuantize(); `blocks` needs no alignment.
void quantizeRow(GgmlType type, const float *values, uint8_t *blocks, uint64_t elements);

/// 1 / scale, or 0 where that is not finite: a block of zeros.
inline float finiteInverse(float scale) {
  float inverse = 1.0f / scale;
  return std::isfinite(inverse) ? inverse : 0.0f;
}

} // namespace qwenc
#endif

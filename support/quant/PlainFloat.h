//===- support/quant/PlainFloat.h - F32, F16 and BF16 as formats ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_QUANT_PLAINFLOAT_H
#define QWENC_SUPPORT_QUANT_PLAINFLOAT_H

#include <cstdint>

namespace qwenc {

/// Little-endian numbers of one type, without alignment, to floats; exact.
void dequantizeF32(const uint8_t *blocks, float *out, uint64_t elements);
void dequantizeF16(const uint8_t *blocks, float *out, uint64_t elements);
void dequantizeBF16(const uint8_t *blocks, float *out, uint64_t elements);

/// Floats to numbers of one type, to nearest even; too large ones become infinite.
void quantizeF32(const float *values, uint8_t *blocks, uint64_t elements);
void quantizeF16(const float *values, uint8_t *blocks, uint64_t elements);
void quantizeBF16(const float *values, uint8_t *blocks, uint64_t elements);

} // namespace qwenc
#endif

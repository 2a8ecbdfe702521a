//===- support/quant/PlainFloat.cpp ---------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/PlainFloat.h"

#include "support/Float16.h"

#include <cstring>

using namespace qwenc;

static uint16_t load16(const uint8_t *bytes) {
  uint16_t bits;
  std::memcpy(&bits, bytes, sizeof bits);
  return bits;
}

void qwenc::dequantizeF32(const uint8_t *blocks, float *out, uint64_t elements) {
  std::memcpy(out, blocks, elements * sizeof(float));
}

void qwenc::dequantizeF16(const uint8_t *blocks, float *out, uint64_t elements) {
  for (uint64_t i = 0; i < elements; ++i)
    out[i] = halfToFloat(load16(blocks + 2 * i));
}

void qwenc::dequantizeBF16(const uint8_t *blocks, float *out, uint64_t elements) {
  for (uint64_t i = 0; i < elements; ++i)
    out[i] = bfloat16ToFloat(load16(blocks + 2 * i));
}

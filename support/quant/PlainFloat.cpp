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

void qwenc::quantizeF32(const float *values, uint8_t *blocks, uint64_t elements) {
  std::memcpy(blocks, values, elements * sizeof(float));
}

static void store16(uint8_t *bytes, uint16_t bits) { std::memcpy(bytes, &bits, sizeof bits); }

void qwenc::quantizeF16(const float *values, uint8_t *blocks, uint64_t elements) {
  for (uint64_t i = 0; i < elements; ++i)
    store16(blocks + 2 * i, floatToHalf(values[i]));
}

void qwenc::quantizeBF16(const float *values, uint8_t *blocks, uint64_t elements) {
  for (uint64_t i = 0; i < elements; ++i)
    store16(blocks + 2 * i, floatToBfloat16(values[i]));
}

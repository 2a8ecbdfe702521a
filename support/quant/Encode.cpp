//===- support/quant/Encode.cpp -------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/Encode.h"

#include "support/quant/PlainFloat.h"
#include "support/quant/Q4_0.h"
#include "support/quant/Q4_1.h"
#include "support/quant/Q6_K.h"
#include "support/quant/Q8_0.h"
#include "support/quant/W4.h"

#include <cassert>

using namespace qwenc;

using QuantizeFn = void (*)(const float *values, uint8_t *blocks, uint64_t elements);

static QuantizeFn encoderOf(GgmlType type) {
  switch (type) {
  case GgmlType::F32:
    return quantizeF32;
  case GgmlType::F16:
    return quantizeF16;
  case GgmlType::BF16:
    return quantizeBF16;
  case GgmlType::Q4_0:
    return quantizeQ4_0;
  case GgmlType::Q4_1:
    return quantizeQ4_1;
  case GgmlType::Q8_0:
    return quantizeQ8_0;
  case GgmlType::Q6_K:
    return quantizeQ6_K;
  case GgmlType::W8:
    return quantizeQ8Row;
  case GgmlType::W4G64:
    return quantizeW4<BlockW4<64>>;
  case GgmlType::W4G128:
    return quantizeW4<BlockW4<128>>;
  case GgmlType::W4G64A:
    return quantizeW4<BlockW4A<64>>;
  case GgmlType::W4G128A:
    return quantizeW4<BlockW4A<128>>;
  default:
    return nullptr;
  }
}

bool qwenc::canQuantize(GgmlType type) { return encoderOf(type) != nullptr; }

void qwenc::quantizeRow(GgmlType type, const float *values, uint8_t *blocks, uint64_t elements) {
  assert(canQuantize(type) && elements % blockFormat(type).elements == 0);
  encoderOf(type)(values, blocks, elements);
}

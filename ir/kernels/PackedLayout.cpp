//===- ir/kernels/PackedLayout.cpp - weights as kernels read them ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/kernels/PackedLayout.h"
#include "llvm/Support/ErrorHandling.h"
#include <cassert>

namespace qwenc {

PackedBlock packedBlock(WeightFormat format) {
  switch (format) {
  case WeightFormat::F32:
    return {1, 4 * kPanelRows, 0, 0, 0};
  case WeightFormat::F16:
  case WeightFormat::BF16:
    return {1, 2 * kPanelRows, 0, 0, 0};
  case WeightFormat::Q4_0:
    return {32, 64 + 512, 0, 0, 64};
  case WeightFormat::Q4_1:
    return {32, 64 + 64 + 512, 0, 64, 128};
  case WeightFormat::Q8_0:
    return {32, 64 + 1024, 0, 0, 64};
  case WeightFormat::Q6_K:
    return {256, 64 + 8 * kQ6KSubBlockBytes, 0, 0, 64};
  }
  llvm_unreachable("not a weight format");
}

int64_t ggufBlockK(WeightFormat format) { return packedBlock(format).blockK; }

int64_t ggufRowBytes(WeightFormat format, int64_t k) {
  assert(k % ggufBlockK(format) == 0 && "a row is a whole number of blocks");
  switch (format) {
  case WeightFormat::F32:
    return 4 * k;
  case WeightFormat::F16:
  case WeightFormat::BF16:
    return 2 * k;
  case WeightFormat::Q4_0:
    return k / 32 * 18;
  case WeightFormat::Q4_1:
    return k / 32 * 20;
  case WeightFormat::Q8_0:
    return k / 32 * 34;
  case WeightFormat::Q6_K:
    return k / 256 * 210;
  }
  llvm_unreachable("not a weight format");
}

int64_t packedPanelBytes(WeightFormat format, int64_t k) {
  PackedBlock block = packedBlock(format);
  assert(k % block.blockK == 0 && "a row is a whole number of blocks");
  return k / block.blockK * block.bytes;
}

int64_t packedBytes(WeightFormat format, int64_t rows, int64_t k) {
  return panelCount(rows) * packedPanelBytes(format, k);
}

} // namespace qwenc

//===- tests/kernels/halide/AttentionCaches.h - K and V of one head -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_TESTS_KERNELS_HALIDE_ATTENTIONCACHES_H
#define QWENC_TESTS_KERNELS_HALIDE_ATTENTIONCACHES_H

#include "support/Float16.h"
#include "tests/kernels/halide/KernelChecks.h"
#include "tests/kernels/halide/TestBuffer.h"

namespace qwenc::test {

/// Positions of the caches.
inline constexpr int context = 208;

/// The two caches of one head, in either format.
class Caches {
public:
  Caches(const HalideKernelSpec &spec)
      : isQ8(spec.cache == KVFormat::Q8), headDim(static_cast<int>(spec.headDim)),
        groupSize(static_cast<int>(KVLayout::groupSize(headDim))),
        kHalf({16, headDim, context / 16}), vHalf({headDim, context}),
        kCode({16, headDim, context / 16}), vCode({headDim, context}),
        kScale({16, headDim / groupSize, context / 16}), vScale({headDim / groupSize, context}) {}

  /// Elements in -1.5 .. 1.5, but large ones from position `keys` on, which
  /// must not show.
  void fill(int keys, std::mt19937 &random) {
    std::uniform_real_distribution<float> uniform(-1.5f, 1.5f);
    std::uniform_int_distribution<int> code(-127, 127);
    for (int t = 0; t < context; ++t)
      for (int d = 0; d < headDim; ++d) {
        kHalf(t % 16, d, t / 16) = floatToHalf(t < keys ? uniform(random) : 60000);
        vHalf(d, t) = floatToHalf(t < keys ? uniform(random) : -60000);
        kCode(t % 16, d, t / 16) = static_cast<int8_t>(code(random));
        vCode(d, t) = static_cast<int8_t>(code(random));
        float scale = t < keys ? (1 + uniform(random) / 2) / 127 : 500.0f;
        kScale(t % 16, d / groupSize, t / 16) = scale;
        vScale(d / groupSize, t) = -scale * 0.75f;
      }
  }

  double key(int d, int t) {
    if (isQ8)
      return double(kScale(t % 16, d / groupSize, t / 16)) * kCode(t % 16, d, t / 16);
    return halfToFloat(kHalf(t % 16, d, t / 16));
  }
  double value(int d, int t) {
    return isQ8 ? double(vScale(d / groupSize, t)) * vCode(d, t) : halfToFloat(vHalf(d, t));
  }

  /// The caches as a kernel takes them; `codes` of q8 are followed by the scales.
  std::vector<halide_buffer_t *> keys() {
    if (isQ8)
      return {kCode.get(3), kScale.get(3)};
    return {kHalf.get(3)};
  }
  /// Of the values, elements from `first` on.
  std::vector<halide_buffer_t *> values(int first = 0) {
    if (!isQ8)
      return {vHalf.crop(0, first, headDim - first).get(2)};
    return {vCode.crop(0, first, headDim - first).get(2),
            vScale.crop(0, first / groupSize, 1).get(2)};
  }

private:
  bool isQ8;
  int headDim, groupSize;
  TestBuffer<uint16_t> kHalf, vHalf;
  TestBuffer<int8_t> kCode, vCode;
  TestBuffer<float> kScale, vScale;
};

} // namespace qwenc::test
#endif

//===- tests/kernels/halide/CheckAttention.cpp - decode and prefill -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/Float16.h"
#include "tests/kernels/halide/KernelChecks.h"
#include "tests/kernels/halide/TestBuffer.h"

#include <algorithm>

namespace qwenc::test {
namespace {

using Buffer = halide_buffer_t *;

constexpr int context = 208;

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

  void call(KernelFn function, Buffer q, int position, Buffer scores, Buffer weights, Buffer out) {
    using B = Buffer;
    if (isQ8)
      reinterpret_cast<int (*)(B, B, B, B, B, int32_t, B, B, B)>(function)(
          q, kCode.get(3), kScale.get(3), vCode.get(2), vScale.get(2), position, scores, weights,
          out);
    else
      reinterpret_cast<int (*)(B, B, B, int32_t, B, B, B)>(function)(
          q, kHalf.get(3), vHalf.get(2), position, scores, weights, out);
  }

private:
  bool isQ8;
  int headDim, groupSize;
  TestBuffer<uint16_t> kHalf, vHalf;
  TestBuffer<int8_t> kCode, vCode;
  TestBuffer<float> kScale, vScale;
};

bool checkCall(const HalideKernelSpec &spec, KernelFn function, int rows, int position,
               bool sharesScratch, std::mt19937 &random) {
  bool isPrefill = spec.kind == HalideKernelKind::AttentionPrefill;
  int headDim = static_cast<int>(spec.headDim);
  int keys = position + (isPrefill ? rows : 1);
  // Query rows of neighbouring heads lie between those of this one.
  TestBuffer<float> q({headDim, rows}, 0, 3 * headDim), out({headDim, rows}, -7.0f, headDim);
  Caches caches(spec);
  int scratchFloats = static_cast<int>(attentionScratchFloats(spec.rows, context));
  TestBuffer<float> scores({scratchFloats + 16, 1, 1}), weights({scratchFloats + 16, 1, 1});
  scores.align();
  weights.align();
  randomize(q.storage, random, 4);
  caches.fill(keys, random);
  caches.call(function, q.get(1), position, scores.get(3),
              sharesScratch ? scores.get(3) : weights.get(3), out.get(1));

  Worst worst("out");
  for (int row = 0; row < rows; ++row) {
    int visible = isPrefill ? position + row + 1 : position + 1;
    std::vector<double> score(visible);
    double largest = -1e300, sum = 0, scoreError = 0;
    for (int t = 0; t < visible; ++t) {
      double size = 0;
      for (int d = 0; d < headDim; ++d) {
        double product = double(q(d, row)) * caches.key(d, t);
        score[t] += product / std::sqrt(double(headDim));
        size += std::abs(product) / std::sqrt(double(headDim));
      }
      largest = std::max(largest, score[t]);
      scoreError = std::max(scoreError, size * (std::sqrt(double(headDim)) + 4) * 0x1p-24);
    }
    for (double &value : score)
      sum += value = std::exp(value - largest);
    for (int d = 0; d < headDim; ++d) {
      double expected = 0, size = 0;
      for (int t = 0; t < visible; ++t) {
        double product = score[t] * caches.value(d, t) / sum;
        expected += product;
        size += std::abs(product);
      }
      // A score's error is a relative error of its weight, above and below the
      // fraction bar; the sums add their roundings.
      double tolerance = size * (2 * scoreError + (std::sqrt(double(visible)) + 8) * 0x1p-24);
      worst.compare(out(d, row), expected, tolerance, row * headDim + d);
    }
  }
  // The gap after the last row belongs to others.
  for (int64_t i = int64_t(rows) * headDim; i < static_cast<int64_t>(out.storage.size()); ++i)
    if (rows == 1)
      worst.same(out.storage[i], -7.0, i);
  return worst.passed(spec.symbol);
}

} // namespace

bool checkAttention(const HalideKernelSpec &spec, KernelFn function) {
  std::mt19937 random(3);
  int most = static_cast<int>(spec.rows);
  for (int rows : {1, (most + 1) / 2, most})
    for (int position : {0, 1, 15, 16, 17, 100, context - 16})
      if (!checkCall(spec, function, rows, position, position % 2 == 0, random))
        return false;
  return true;
}

} // namespace qwenc::test

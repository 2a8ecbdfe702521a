//===- tests/kernels/halide/CheckAttention.cpp - decode and prefill -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/kernels/halide/AttentionCaches.h"

#include <algorithm>

namespace qwenc::test {
namespace {

using Buffer = halide_buffer_t *;

/// The kernel's arguments are q, the caches, the position and the outputs.
void callAttention(KernelFn function, Caches &caches, Buffer q, int position, Buffer scores,
                   Buffer weights, Buffer out) {
  std::vector<Buffer> k = caches.keys(), v = caches.values();
  using B = Buffer;
  if (k.size() == 2)
    reinterpret_cast<int (*)(B, B, B, B, B, int32_t, B, B, B)>(function)(
        q, k[0], k[1], v[0], v[1], position, scores, weights, out);
  else
    reinterpret_cast<int (*)(B, B, B, int32_t, B, B, B)>(function)(q, k[0], v[0], position, scores,
                                                                   weights, out);
}

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
  callAttention(function, caches, q.get(1), position, scores.get(3),
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

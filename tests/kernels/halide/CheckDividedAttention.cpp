//===- tests/kernels/halide/CheckDividedAttention.cpp - its two halves ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tolerances are those of CheckAttention.cpp, each for its half.
//===----------------------------------------------------------------------===//
#include "tests/kernels/halide/AttentionCaches.h"

#include <algorithm>
#include <cmath>

namespace qwenc::test {
namespace {

using Buffer = halide_buffer_t *;

constexpr float untouched = 12345.0f;
/// Blocks of 16 keys that the scratch has room for.
constexpr int roomBlocks = (context + 128) / 16;

/// Scores of `count` blocks from `first` on.
bool checkScores(const HalideKernelSpec &spec, KernelFn function, int position, int first,
                 int count, std::mt19937 &random) {
  int headDim = static_cast<int>(spec.headDim), rows = static_cast<int>(spec.rows);
  int scratchRows = static_cast<int>(attentionScratchRows(rows));
  TestBuffer<float> q({headDim, rows}, 0, 3 * headDim);
  TestBuffer<float> scores({16, scratchRows, roomBlocks + 1}, untouched);
  Caches caches(spec);
  randomize(q.storage, random, 4);
  caches.fill(position + 1, random);
  std::vector<Buffer> k = caches.keys();
  float *scoreAt = reinterpret_cast<float *>(scores.align().get(3)->host);
  scores.crop(2, first, count).align();
  using B = Buffer;
  if (k.size() == 2)
    reinterpret_cast<int (*)(B, B, B, int32_t, B)>(function)(q.get(1), k[0], k[1], position,
                                                             scores.get(2));
  else
    reinterpret_cast<int (*)(B, B, int32_t, B)>(function)(q.get(1), k[0], position, scores.get(2));

  Worst worst("scores"), outside("other scores");
  for (int block = 0; block < roomBlocks; ++block)
    for (int row = 0; row < rows; ++row)
      for (int slot = 0; slot < 16; ++slot) {
        int t = 16 * block + slot;
        float got = scoreAt[(block * scratchRows + row) * 16 + slot];
        if (block < first || block >= first + count) {
          outside.same(got, untouched, block);
        } else if (t <= position) {
          double expected = 0, size = 0;
          for (int d = 0; d < headDim; ++d) {
            double product = double(q(d, row)) * caches.key(d, t) * 1.4426950408889634 /
                             std::sqrt(double(headDim));
            expected += product;
            size += std::abs(product);
          }
          worst.compare(got, expected, size * (std::sqrt(double(headDim)) + 4) * 0x1p-24, t);
        } else {
          outside.same(got < -1e29f, true, t);
        }
      }
  return worst.passed(spec.symbol) & outside.passed(spec.symbol);
}

/// Elements `first` .. of the outputs.
bool checkValues(const HalideKernelSpec &spec, KernelFn function, int position, int first,
                 std::mt19937 &random) {
  int width = static_cast<int>(spec.width), rows = static_cast<int>(spec.rows);
  int scratchRows = static_cast<int>(attentionScratchRows(rows));
  TestBuffer<float> scores({16, scratchRows, roomBlocks + 1}, -1e30f);
  TestBuffer<float> weights({16, scratchRows, roomBlocks + 1});
  float *scoreAt = reinterpret_cast<float *>(scores.align().get(3)->host);
  weights.align();
  auto score = [&](int t, int row) -> float & {
    return scoreAt[(t / 16 * scratchRows + row) * 16 + t % 16];
  };
  TestBuffer<float> out({width, rows}, untouched, 5);
  std::uniform_real_distribution<float> uniform(-6, 6);
  Caches caches(spec);
  caches.fill(position + 1, random);
  for (int t = 0; t <= position; ++t)
    for (int row = 0; row < scratchRows; ++row)
      score(t, row) = uniform(random);
  std::vector<Buffer> v = caches.values(first);
  using B = Buffer;
  if (v.size() == 2)
    reinterpret_cast<int (*)(B, B, B, int32_t, B, B)>(function)(scores.get(3), v[0], v[1], position,
                                                                weights.get(3), out.get(1));
  else
    reinterpret_cast<int (*)(B, B, int32_t, B, B)>(function)(scores.get(3), v[0], position,
                                                             weights.get(3), out.get(1));

  Worst worst("out");
  for (int row = 0; row < rows; ++row)
    for (int d = 0; d < width; ++d) {
      double expected = 0, size = 0, sum = 0;
      for (int t = 0; t <= position; ++t) {
        double weight = std::exp2(double(score(t, row)));
        double product = weight * caches.value(first + d, t);
        sum += weight;
        expected += product;
        size += std::abs(product);
      }
      // A score of up to 12 below the largest has an error of its own.
      double tolerance = size / sum * (12 + std::sqrt(position + 1.0) + 8) * 0x1p-24;
      worst.compare(out(d, row), expected / sum, tolerance, row * width + d);
    }
  return worst.passed(spec.symbol);
}

} // namespace

bool checkDividedAttention(const HalideKernelSpec &spec, KernelFn function) {
  std::mt19937 random(5);
  bool passed = true;
  for (int position : {0, 15, 16, 100, context - 1}) {
    if (spec.kind == HalideKernelKind::AttentionScores)
      for (auto [first, count] : {std::pair(0, 8), {8, 8}, {0, 16}})
        passed &= checkScores(spec, function, position, first, count, random);
    else
      for (int64_t first = 0; first < spec.headDim; first += spec.width)
        passed &= checkValues(spec, function, position, static_cast<int>(first), random);
  }
  return passed;
}

} // namespace qwenc::test

//===- tests/kernels/halide/CheckArgmax.cpp - the largest of a range ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/kernels/halide/KernelChecks.h"
#include "tests/kernels/halide/TestBuffer.h"

#include <algorithm>
#include <limits>

namespace qwenc::test {
namespace {

/// Elements begin .. begin + count - 1 of a long row; what surrounds them is larger.
bool checkRange(const HalideKernelSpec &spec, KernelFn function, int begin, int count,
                std::mt19937 &random) {
  constexpr int size = 1000;
  constexpr float lowest = -std::numeric_limits<float>::infinity();
  TestBuffer<float> x({size}, 1e6f), value({1}, 0);
  TestBuffer<int32_t> index({1}, -7);
  std::uniform_int_distribution<int> few(-40, 40); // so that equal ones occur
  int best = begin;
  for (int i = begin; i < begin + count; ++i) {
    x(i) = count % 3 == 0 && i % 2 == 0 ? lowest : static_cast<float>(few(random));
    if (x(i) > x(best))
      best = i;
  }
  x.crop(0, begin, count);
  using Fn = int (*)(halide_buffer_t *, halide_buffer_t *, halide_buffer_t *);
  reinterpret_cast<Fn>(function)(x.get(0), value.get(1), index.get(1));
  Worst exact("argmax");
  exact.same(index(0), best, begin);
  exact.same(value(0), x(best), begin);
  return exact.passed(spec.symbol);
}

} // namespace

bool checkArgmax(const HalideKernelSpec &spec, KernelFn function) {
  std::mt19937 random(11);
  bool passed = true;
  for (int count : {1, 3, 15, 16, 17, 63, 64, 65, 255, 512, 901})
    for (int begin : {0, 32, 99})
      passed &= checkRange(spec, function, begin, count, random);
  return passed;
}

} // namespace qwenc::test

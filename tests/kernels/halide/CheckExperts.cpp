//===- tests/kernels/halide/CheckExperts.cpp - mixtures of experts --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/kernels/halide/KernelChecks.h"
#include "tests/kernels/halide/TestBuffer.h"

#include <algorithm>
#include <numeric>

namespace qwenc::test {
namespace {

using Kind = HalideKernelKind;
using Buffer = halide_buffer_t *;

constexpr double rounding = 0x1p-24;
constexpr float untouched = 12345.0f;
constexpr int tokens = 7, first = 2, count = 4; // of the batch, of the call

bool isInside(int m) { return m >= first && m < first + count; }

bool checkTopExperts(const HalideKernelSpec &spec, KernelFn function, std::mt19937 &random) {
  int experts = static_cast<int>(spec.width), used = static_cast<int>(spec.rows);
  TestBuffer<float> logits({experts, tokens}), weights({used, tokens}, untouched);
  TestBuffer<int32_t> numbers({used, tokens}, -7);
  randomize(logits.storage, random, 8);
  for (int e = 0; e < experts; ++e) {
    logits(e, first) = 0.5f;                                    // all equal: in order
    logits(e, first + 1) = e == experts - 1 ? 300.0f : -300.0f; // the others count for nothing
    logits(e, first + 2) = static_cast<float>(e % 3);           // many equal
  }
  logits.crop(1, 0, tokens);
  numbers.crop(1, first, count);
  weights.crop(1, first, count);
  using Fn = int (*)(Buffer, Buffer, Buffer);
  reinterpret_cast<Fn>(function)(logits.get(1), numbers.get(1), weights.get(1));

  Worst order("number"), shares("weight");
  std::vector<int> expected(static_cast<size_t>(experts));
  for (int m = 0; m < tokens; ++m) {
    std::iota(expected.begin(), expected.end(), 0);
    std::sort(expected.begin(), expected.end(), [&](int a, int b) {
      return logits(a, m) != logits(b, m) ? logits(a, m) > logits(b, m) : a < b;
    });
    double total = 0;
    for (int i = 0; i < (spec.normalized ? used : experts); ++i)
      total += std::exp(double(logits(expected[i], m)) - logits(expected[0], m));
    for (int s = 0; s < used; ++s) {
      order.same(numbers(s, m), isInside(m) ? expected[s] : -7, s);
      double share = std::exp(double(logits(expected[s], m)) - logits(expected[0], m)) / total;
      if (!isInside(m))
        shares.same(weights(s, m), untouched, s);
      else // e^-87 is the smallest; a sum of n terms has n roundings
        shares.compare(weights(s, m), share, (experts + 16) * rounding * share + 1e-37, s);
    }
  }
  return order.passed(spec.symbol) & shares.passed(spec.symbol);
}

/// Logits that are not numbers must still give experts that exist.
bool checkNoNumbers(const HalideKernelSpec &spec, KernelFn function) {
  int experts = static_cast<int>(spec.width), used = static_cast<int>(spec.rows);
  TestBuffer<float> logits({experts, 1}, std::nanf("")), weights({used, 1});
  TestBuffer<int32_t> numbers({used, 1}, -7);
  using Fn = int (*)(Buffer, Buffer, Buffer);
  reinterpret_cast<Fn>(function)(logits.get(1), numbers.get(1), weights.get(1));
  Worst order("number");
  for (int s = 0; s < used; ++s)
    order.compare(numbers(s, 0), (experts - 1) / 2.0, (experts - 1) / 2.0 + 0.1, s);
  return order.passed(spec.symbol);
}

bool checkExpertSum(const HalideKernelSpec &spec, KernelFn function, bool inPlace,
                    std::mt19937 &random) {
  int used = static_cast<int>(spec.rows), width = 203, begin = 32, columns = 171;
  TestBuffer<float> products({width, tokens * used}), weights({used, tokens});
  TestBuffer<float> residual({width, tokens}, 0, 5), y({width, tokens}, untouched, 5);
  TestBuffer<int32_t> place({used, tokens});
  randomize(products.storage, random);
  randomize(weights.storage, random);
  randomize(residual.storage, random);
  std::iota(place.storage.begin(), place.storage.end(), 0);
  std::shuffle(place.storage.begin(), place.storage.end(), random);
  if (inPlace)
    y.storage = residual.storage;
  TestBuffer<float> &in = inPlace ? y : residual;
  y.crop(0, begin, columns).crop(1, first, count);
  using Fn = int (*)(Buffer, Buffer, Buffer, Buffer, Buffer);
  reinterpret_cast<Fn>(function)(products.get(0), place.get(1), weights.get(1), in.get(0),
                                 y.get(0));
  Worst worst("y");
  for (int m = 0; m < tokens; ++m)
    for (int n = 0; n < width; ++n) {
      double sum = residual(n, m), size = std::abs(sum);
      for (int s = 0; s < used; ++s) {
        double term = double(weights(s, m)) * products(n, place(s, m));
        sum += term;
        size += std::abs(term);
      }
      if (isInside(m) && n >= begin && n < begin + columns)
        worst.compare(y(n, m), sum, 2 * used * rounding * size, n);
      else
        worst.same(y(n, m), inPlace ? residual(n, m) : untouched, n);
    }
  return worst.passed(spec.symbol);
}

bool checkSigmoidGate(const HalideKernelSpec &spec, KernelFn function, bool inPlace,
                      std::mt19937 &random) {
  int width = static_cast<int>(spec.width), columns = 77;
  TestBuffer<float> value({columns, tokens}, 0, 3), x({width, tokens}), w({width});
  TestBuffer<float> y({columns, tokens}, untouched, 3);
  randomize(value.storage, random);
  randomize(x.storage, random);
  randomize(w.storage, random);
  x(0, first) = 1e6f; // a gate that is shut or open
  if (inPlace)
    y.storage = value.storage;
  TestBuffer<float> &in = inPlace ? y : value;
  y.crop(1, first, count);
  using Fn = int (*)(Buffer, Buffer, Buffer, Buffer);
  reinterpret_cast<Fn>(function)(in.get(0), x.get(1), w.get(1), y.get(0));
  Worst worst("y");
  for (int m = 0; m < tokens; ++m) {
    double dot = 0, size = 0;
    for (int k = 0; k < width; ++k) {
      dot += double(x(k, m)) * w(k);
      size += std::abs(double(x(k, m)) * w(k));
    }
    double gate = 1 / (1 + std::exp(-dot));
    for (int n = 0; n < columns; ++n) {
      double expected = value(n, m) * gate;
      if (!isInside(m))
        worst.same(y(n, m), inPlace ? value(n, m) : untouched, n);
      else // the error of the product moves the gate by at most as much
        worst.compare(y(n, m), expected,
                      rounding * std::abs(value(n, m)) * (12 * gate + width * size * gate) + 1e-37,
                      n);
    }
  }
  return worst.passed(spec.symbol);
}

} // namespace

bool checkExperts(const HalideKernelSpec &spec, KernelFn function) {
  std::mt19937 random(3);
  if (spec.kind == Kind::TopExperts)
    return checkTopExperts(spec, function, random) && checkNoNumbers(spec, function);
  for (bool inPlace : {false, true})
    if (spec.kind == Kind::ExpertSum ? !checkExpertSum(spec, function, inPlace, random)
                                     : !checkSigmoidGate(spec, function, inPlace, random))
      return false;
  return true;
}

} // namespace qwenc::test

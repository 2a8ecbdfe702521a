//===- tests/kernels/halide/CheckRows.cpp - norms, int8, elementwise ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// References are computed in double. A kernel's error is a few roundings of
// fp32 (2^-24 each), so tolerances are small multiples of that.
//===----------------------------------------------------------------------===//
#include "tests/kernels/halide/KernelChecks.h"
#include "tests/kernels/halide/TestBuffer.h"

#include <algorithm>
#include <cstring>

namespace qwenc::test {
namespace {

using Kind = HalideKernelKind;
using Buffer = halide_buffer_t *;

constexpr double rounding = 0x1p-24;
constexpr float untouched = 12345.0f;

/// The part of the batch that a call handles.
struct Range {
  int rows, begin, count;
  bool inPlace = false; // y is the first input's memory
};
constexpr Range ranges[] = {{1, 0, 1}, {5, 0, 5}, {7, 2, 3}, {7, 2, 4, true}};

/// The outputs of a kernel that quantises rows.
class Quantized {
public:
  /// `groups`: 32s of columns of a row.
  Quantized(const HalideKernelSpec &spec, int groups, int rows)
      : spec(spec), scale({groups, rows}, untouched), q({32 * groups, rows}, 99),
        neg8({groups, rows}, 77), halves({2 * groups, rows}, 77),
        scaled({groups, rows}, untouched) {}

  void crop(int firstGroup, int groups, Range range) {
    scale.crop(0, firstGroup, groups);
    q.crop(0, 32 * firstGroup, 32 * groups);
    neg8.crop(0, firstGroup, groups);
    halves.crop(0, 2 * firstGroup, 2 * groups);
    scaled.crop(0, firstGroup, groups);
    cropRows(range);
  }
  void cropRows(Range range) {
    scale.crop(1, range.begin, range.count);
    q.crop(1, range.begin, range.count);
    neg8.crop(1, range.begin, range.count);
    halves.crop(1, range.begin, range.count);
    scaled.crop(1, range.begin, range.count);
  }
  /// Calls the kernel with `before` and then these, whose first `known` dimensions it
  /// does not read.
  template <typename... Args> void call(KernelFn function, int known, Args... before) {
    auto with = [&](auto... sums) {
      using Fn = int (*)(Args..., Buffer, Buffer, Buffer, decltype(sums)...);
      reinterpret_cast<Fn>(function)(before..., scale.get(known), q.get(known), neg8.get(known),
                                     sums...);
    };
    if (spec.halves && spec.scaled)
      with(halves.get(known), scaled.get(known));
    else if (spec.halves)
      with(halves.get(known));
    else if (spec.scaled)
      with(scaled.get(known));
    else
      with();
  }
  /// Checks some 32s of columns against the row `x` that was quantised.
  bool check(TestBuffer<float> &x, int firstGroup, int groups, Range range);

private:
  const HalideKernelSpec &spec;

public:
  TestBuffer<float> scale;
  TestBuffer<int8_t> q;
  TestBuffer<int32_t> neg8, halves;
  TestBuffer<float> scaled;
};

bool Quantized::check(TestBuffer<float> &x, int firstGroup, int groups, Range range) {
  const std::string &symbol = spec.symbol;
  const int length = static_cast<int>(spec.group);
  Worst scales("scale"), values("q"), sums("sums");
  for (int m = range.begin; m < range.begin + range.count; ++m)
    for (int g = firstGroup; g < firstGroup + groups; ++g) {
      float absmax = 0;
      for (int i = 0; i < length; ++i)
        absmax = std::max(absmax, std::abs(x(32 * g / length * length + i, m)));
      double expected = absmax / 127.0;
      // The product with 1/127 is rounded, and so is 1/127; then, on AArch64, up by 3
      // units at most.
      scales.compare(scale(g, m), expected, 8 * rounding * expected + 1e-40, g);
#ifdef __aarch64__
      uint32_t bits;
      std::memcpy(&bits, &scale(g, m), 4);
      scales.same(bits & 3, 0, g);
#endif
      int sum[2] = {0, 0};
      for (int i = 0; i < 32; ++i) {
        // q is the nearest integer unless the quotient is within rounding of a tie.
        double quotient = expected > 0 ? x(32 * g + i, m) / expected : 0;
        values.compare(q(32 * g + i, m), quotient, 0.5 + 1e-4, 32 * g + i);
        sum[i / 16] += q(32 * g + i, m);
      }
      sums.same(neg8(g, m), -8 * (sum[0] + sum[1]), g);
      for (int half = 0; half < 2; ++half)
        sums.same(halves(2 * g + half, m), spec.halves ? -32 * sum[half] : 77, g);
      const float product = scale(g, m) * static_cast<float>(sum[0] + sum[1]);
      sums.same(scaled(g, m), spec.scaled ? product : untouched, g);
    }
  return scales.passed(symbol) & values.passed(symbol) & sums.passed(symbol);
}

bool checkNorm(const HalideKernelSpec &spec, KernelFn function, Range range, std::mt19937 &random) {
  int width = static_cast<int>(spec.width);
  TestBuffer<float> x({width, range.rows}, 0, 5), w({width});
  TestBuffer<float> y({width, range.rows}, untouched, 5);
  randomize(x.storage, random);
  randomize(w.storage, random);
  if (range.inPlace)
    y.storage = x.storage;
  TestBuffer<float> &in = range.inPlace ? y : x;
  y.crop(1, range.begin, range.count);
  Quantized out(spec, width / 32, range.rows);
  if (spec.kind == Kind::RMSNorm) {
    using Fn = int (*)(Buffer, Buffer, Buffer);
    reinterpret_cast<Fn>(function)(in.get(1), w.get(1), y.get(1));
  } else {
    out.cropRows(range);
    out.call(function, 1, in.get(1), w.get(1), y.get(1));
  }

  Worst worst("y");
  for (int m = 0; m < range.rows; ++m) {
    bool inside = m >= range.begin && m < range.begin + range.count;
    double squares = 0;
    for (int k = 0; k < width; ++k)
      squares += double(x(k, m)) * x(k, m);
    double inverse = 1 / std::sqrt(squares / width + spec.eps);
    for (int k = 0; k < width; ++k) {
      double outside = range.inPlace ? x(k, m) : untouched;
      double expected = inside ? x(k, m) * inverse * w(k) : outside;
      // Half of the sum's relative error, and five roundings.
      worst.compare(y(k, m), expected, (width / 16.0 + 8) * rounding * std::abs(expected), k);
    }
  }
  if (!worst.passed(spec.symbol))
    return false;
  return spec.kind == Kind::RMSNorm || out.check(y, 0, width / 32, range);
}

bool checkQuantize(const HalideKernelSpec &spec, KernelFn function, Range range,
                   std::mt19937 &random) {
  // In 32s, which are whole groups.
  const int length = static_cast<int>(spec.group) / 32;
  int groups = 6 * length, first = range.begin ? 2 * length : 0,
      count = range.begin ? 3 * length : groups;
  TestBuffer<float> x({32 * groups, range.rows}, 0, 3);
  Quantized out(spec, groups, range.rows);
  randomize(x.storage, random, 30);
  const int zeros = first, tiny = first + length, ties = first + 2 * length;
  for (int i = 0; i < 32 * length; ++i) {
    x(32 * zeros + i, range.begin) = 0;
    x(32 * tiny + i, range.begin) = 1e-35f; // counts as zero
    x(32 * ties + i, range.begin) = 0.5f * static_cast<float>(i % 32 - 16);
  }
  x(32 * ties, range.begin) = 127;
  out.crop(first, count, range);
  out.call(function, 0, x.get(0));
  TestBuffer<int8_t> &q = out.q;

  Worst exact("q");
  for (int i = 0; i < 32 * length; ++i) {
    exact.same(q(32 * zeros + i, range.begin), 0, i);
    exact.same(q(32 * tiny + i, range.begin), 0, i);
    if (i)
      exact.same(q(32 * ties + i, range.begin), std::nearbyint(0.5 * (i % 32 - 16)), i);
  }
  exact.same(out.scale(tiny, range.begin), 0, 1);
  for (int m = 0; m < range.rows; ++m)
    for (int k = 0; k < 32 * groups; ++k)
      if (m < range.begin || m >= range.begin + range.count || k < 32 * first ||
          k >= 32 * (first + count))
        exact.same(q(k, m), 99, k);
  for (int i = 0; i < 32 * length; ++i)
    x(32 * tiny + i, range.begin) = 0;
  return exact.passed(spec.symbol) && out.check(x, first, count, range);
}

double silu(double x) { return x / (1 + std::exp(-x)); }

bool checkElementwise(const HalideKernelSpec &spec, KernelFn function, Range range,
                      std::mt19937 &random) {
  bool quantizes = spec.kind == Kind::SwiGLUQuantize, isBias = spec.kind == Kind::AddBias;
  const int group = static_cast<int>(spec.group);
  int width = quantizes ? 7 * group : 203, first = range.begin ? (quantizes ? 2 * group : 3) : 0;
  int count = range.begin ? (quantizes ? 3 * group : 21) : width;
  TestBuffer<float> a({width, range.rows}, 0, 9), b({width, isBias ? 1 : range.rows}, 0, 1);
  TestBuffer<float> y({width, range.rows}, untouched, 9);
  randomize(a.storage, random, 20);
  randomize(b.storage, random);
  a(first, range.begin) = -200; // e^200 is not finite in fp32
  a(first + 1, range.begin) = 200;
  if (range.inPlace)
    y.storage = a.storage;
  TestBuffer<float> &in = range.inPlace ? y : a;
  y.crop(0, first, count).crop(1, range.begin, range.count);
  Quantized out(spec, quantizes ? width / 32 : 1, range.rows);
  if (quantizes) {
    out.crop(first / 32, count / 32, range);
    out.call(function, 0, in.get(0), b.get(0), y.get(0));
  } else {
    using Fn = int (*)(Buffer, Buffer, Buffer);
    reinterpret_cast<Fn>(function)(in.get(0), b.get(0), y.get(0));
  }

  Worst worst("y");
  for (int m = 0; m < range.rows; ++m)
    for (int n = 0; n < width; ++n) {
      bool inside =
          m >= range.begin && m < range.begin + range.count && n >= first && n < first + count;
      double left = a(n, m), right = b(n, isBias ? 0 : m);
      if (!inside)
        worst.same(y(n, m), range.inPlace ? left : double(untouched), n);
      else if (spec.kind == Kind::Add || isBias)
        worst.same(y(n, m), static_cast<float>(left + right), n);
      else {
        double expected = silu(left) * right;
        worst.compare(y(n, m), expected, 10 * rounding * std::abs(expected) + 1e-30, n);
      }
    }
  if (!worst.passed(spec.symbol))
    return false;
  return !quantizes || out.check(y, first / 32, count / 32, range);
}

} // namespace

bool checkRows(const HalideKernelSpec &spec, KernelFn function) {
  std::mt19937 random(1);
  for (Range range : ranges) {
    bool passed = spec.kind == Kind::RMSNorm || spec.kind == Kind::NormQuantize
                      ? checkNorm(spec, function, range, random)
                  : spec.kind == Kind::Quantize ? checkQuantize(spec, function, range, random)
                                                : checkElementwise(spec, function, range, random);
    if (!passed)
      return false;
  }
  return true;
}

} // namespace qwenc::test

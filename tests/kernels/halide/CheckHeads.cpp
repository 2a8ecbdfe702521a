//===- tests/kernels/halide/CheckHeads.cpp - head norms, RoPE, KV stores --===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/Float16.h"
#include "tests/kernels/halide/KernelChecks.h"
#include "tests/kernels/halide/TestBuffer.h"

#include <algorithm>

namespace qwenc::test {
namespace {

using Kind = HalideKernelKind;
using Buffer = halide_buffer_t *;

constexpr double rounding = 0x1p-24;
constexpr int context = 640;

/// Angles of the two tables' rows, as the compiler of the weight section does.
struct AngleTables {
  TestBuffer<float> cosLo, sinLo, cosHi, sinHi;
  int half;

  explicit AngleTables(int half)
      : cosLo({half, 256}), sinLo({half, 256}), cosHi({half, 3}), sinHi({half, 3}), half(half) {
    for (int i = 0; i < half; ++i) {
      for (int row = 0; row < 256; ++row) {
        cosLo(i, row) = static_cast<float>(std::cos(row * frequency(i)));
        sinLo(i, row) = static_cast<float>(std::sin(row * frequency(i)));
      }
      for (int row = 0; row < 3; ++row) {
        cosHi(i, row) = static_cast<float>(std::cos(256 * row * frequency(i)));
        sinHi(i, row) = static_cast<float>(std::sin(256 * row * frequency(i)));
      }
    }
  }
  double frequency(int i) const { return std::pow(10000.0, -double(i) / half); }
};

/// What becomes of one head of one token, in double, and the size of its
/// largest element, to which errors are relative.
std::vector<double> transformHead(const HalideKernelSpec &spec, const float *x, const float *w,
                                  const AngleTables &tables, int position) {
  int headDim = static_cast<int>(spec.headDim);
  std::vector<double> head(x, x + headDim);
  Kind kind = spec.kind;
  if (kind == Kind::HeadNorm || kind == Kind::HeadNormRoPE || kind == Kind::HeadNormRoPEKStore) {
    double squares = 0;
    for (double value : head)
      squares += value * value;
    double inverse = 1 / std::sqrt(squares / headDim + spec.eps);
    for (int d = 0; d < headDim; ++d)
      head[d] *= inverse * w[d];
  }
  if (kind == Kind::HeadNorm || kind == Kind::KStore || kind == Kind::VStore)
    return head;
  for (int i = 0; i < headDim / 2; ++i) {
    double &first = head[spec.interleaved ? 2 * i : i];
    double &second = head[spec.interleaved ? 2 * i + 1 : i + headDim / 2];
    double angle = position * tables.frequency(i), left = first, right = second;
    first = left * std::cos(angle) - right * std::sin(angle);
    second = right * std::cos(angle) + left * std::sin(angle);
  }
  return head;
}

struct Call {
  int heads, firstHead, headCount, tokens, firstToken, tokenCount, position;
};

/// A store into a q8 cache, which must be `fill` where nothing was stored.
bool checkQ8Store(const HalideKernelSpec &spec, KernelFn function, const Call &call, Buffer in,
                  TestBuffer<float> &x, TestBuffer<float> &w, AngleTables &tables) {
  constexpr int8_t fill = -128; // which no code is
  constexpr float scaleFill = -7;
  int headDim = static_cast<int>(spec.headDim);
  int groupSize = static_cast<int>(KVLayout::groupSize(headDim)), groups = headDim / groupSize;
  bool isValue = spec.kind == Kind::VStore;
  TestBuffer<int8_t> k({16, headDim, context / 16, call.heads}, fill);
  TestBuffer<int8_t> v({headDim, context, call.heads}, fill);
  TestBuffer<float> kscale({16, groups, context / 16, call.heads}, scaleFill);
  TestBuffer<float> vscale({groups, context, call.heads}, scaleFill);
  Buffer codes = isValue ? v.get(2) : k.get(3), scales = isValue ? vscale.get(2) : kscale.get(3);
  Buffer cosLo = tables.cosLo.get(2), sinLo = tables.sinLo.get(2);
  Buffer cosHi = tables.cosHi.get(2), sinHi = tables.sinHi.get(2);
  using B = Buffer;
  if (spec.kind == Kind::HeadNormRoPEKStore)
    reinterpret_cast<int (*)(B, B, B, B, B, B, int32_t, B, B)>(function)(
        in, w.get(1), cosLo, sinLo, cosHi, sinHi, call.position, codes, scales);
  else if (spec.kind == Kind::RoPEKStore)
    reinterpret_cast<int (*)(B, B, B, B, B, int32_t, B, B)>(function)(
        in, cosLo, sinLo, cosHi, sinHi, call.position, codes, scales);
  else
    reinterpret_cast<int (*)(B, int32_t, B, B)>(function)(in, call.position, codes, scales);

  Worst worst("cache");
  int64_t stored = 0;
  for (int m = call.firstToken; m < call.firstToken + call.tokenCount; ++m)
    for (int h = call.firstHead; h < call.firstHead + call.headCount; ++h) {
      int t = call.position + m;
      std::vector<double> head = transformHead(spec, &x(0, h, m), w.storage.data(), tables, t);
      double size = 0;
      for (double value : head)
        size = std::max(size, std::abs(value));
      for (int d = 0; d < headDim; ++d, ++stored) {
        int group = d / groupSize;
        double absmax = 0;
        for (int i = group * groupSize; i < (group + 1) * groupSize; ++i)
          absmax = std::max(absmax, std::abs(head[i]));
        double scale = isValue ? vscale(group, t, h) : kscale(t % 16, group, t / 16, h);
        int8_t code = isValue ? v(d, t, h) : k(t % 16, d, t / 16, h);
        double tolerance = 16 * rounding * size;
        worst.compare(scale, absmax / 127, tolerance / 127 + absmax * rounding / 32, group);
        // Half a step, and what rounding of x / scale may add.
        worst.compare(code * scale, head[d], tolerance + scale * (0.5 + 128 * 4 * rounding), d);
      }
    }
  int64_t writtenCodes = 0, writtenScales = 0;
  for (int8_t code : isValue ? v.storage : k.storage)
    writtenCodes += code != fill;
  for (float scale : isValue ? vscale.storage : kscale.storage)
    writtenScales += scale != scaleFill;
  worst.same(double(writtenCodes), double(stored), -1);
  worst.same(double(writtenScales), double(stored / groupSize), -2);
  return worst.passed(spec.symbol);
}

bool checkCall(const HalideKernelSpec &spec, KernelFn function, const Call &call,
               AngleTables &tables, std::mt19937 &random) {
  int headDim = static_cast<int>(spec.headDim);
  TestBuffer<float> x({headDim, call.heads, call.tokens}, 0, 7), w({headDim});
  TestBuffer<float> y({headDim, call.heads, call.tokens}, -7.0f);
  TestBuffer<uint16_t> kcache({16, headDim, context / 16, call.heads}, 0xabcd);
  TestBuffer<uint16_t> vcache({headDim, context, call.heads}, 0xabcd);
  randomize(x.storage, random, 2);
  randomize(w.storage, random);
  // Halves that are subnormal, out of range, and exact ties.
  const float special[] = {1e-6f, -3e-5f, 1e6f, -1e6f, 0x1.002p0f, 0x1.006p0f, 1.5f * 0x1p-24f};
  if (spec.kind == Kind::KStore || spec.kind == Kind::VStore)
    for (int d = 0; d < 7; ++d)
      x(d, call.firstHead, call.firstToken) = special[d];
  Kind kind = spec.kind;
  bool toCache = kind == Kind::KStore || kind == Kind::VStore || kind == Kind::RoPEKStore ||
                 kind == Kind::HeadNormRoPEKStore;
  auto range = [&](TestBuffer<float> &buffer) {
    return buffer.crop(1, call.firstHead, call.headCount)
        .crop(2, call.firstToken, call.tokenCount)
        .get(1);
  };
  Buffer in = toCache ? range(x) : x.get(1);
  Buffer out = kind == Kind::VStore ? vcache.get(2) : toCache ? kcache.get(3) : range(y);
  Buffer cosLo = tables.cosLo.get(2), sinLo = tables.sinLo.get(2);
  Buffer cosHi = tables.cosHi.get(2), sinHi = tables.sinHi.get(2);
  if (spec.cache == KVFormat::Q8)
    return checkQ8Store(spec, function, call, in, x, w, tables);
  using B = Buffer;
  switch (kind) {
  case Kind::HeadNorm:
    reinterpret_cast<int (*)(B, B, B)>(function)(in, w.get(1), out);
    break;
  case Kind::RoPE:
  case Kind::RoPEKStore:
    reinterpret_cast<int (*)(B, B, B, B, B, int32_t, B)>(function)(in, cosLo, sinLo, cosHi, sinHi,
                                                                   call.position, out);
    break;
  case Kind::HeadNormRoPE:
  case Kind::HeadNormRoPEKStore:
    reinterpret_cast<int (*)(B, B, B, B, B, B, int32_t, B)>(function)(
        in, w.get(1), cosLo, sinLo, cosHi, sinHi, call.position, out);
    break;
  default:
    reinterpret_cast<int (*)(B, int32_t, B)>(function)(in, call.position, out);
  }

  Worst worst(toCache ? "cache" : "y");
  std::vector<uint16_t> expectedK(kcache.storage.size(), 0xabcd);
  int64_t changed = 0;
  for (int m = 0; m < call.tokens; ++m)
    for (int h = 0; h < call.heads; ++h) {
      bool inside = m >= call.firstToken && m < call.firstToken + call.tokenCount &&
                    h >= call.firstHead && h < call.firstHead + call.headCount;
      int t = call.position + m;
      std::vector<double> head = transformHead(spec, &x(0, h, m), w.storage.data(), tables, t);
      double size = 0;
      for (double value : head)
        size = std::max(size, std::abs(value));
      for (int d = 0; d < headDim; ++d) {
        // The sum of squares, the angle's tables and products: 16 roundings.
        double tolerance = 16 * rounding * size;
        if (!toCache) {
          worst.compare(y(d, h, m), inside ? head[d] : -7.0, tolerance, d);
          continue;
        }
        uint16_t half = kind == Kind::VStore ? vcache(d, t, h) : kcache(t % 16, d, t / 16, h);
        if (!inside) {
          worst.same(half, 0xabcd, d);
          continue;
        }
        ++changed;
        double clamped = std::clamp(head[d], -65504.0, 65504.0);
        if (kind == Kind::KStore || kind == Kind::VStore)
          worst.same(half, floatToHalf(static_cast<float>(clamped)), d);
        else // half a unit in the last place of a half, at least of a subnormal
          worst.compare(halfToFloat(half), clamped,
                        tolerance + std::max(0x1p-25, std::abs(clamped) * 0x1p-11), d);
      }
    }
  if (toCache) {
    int64_t written = 0;
    for (uint16_t half : kind == Kind::VStore ? vcache.storage : kcache.storage)
      written += half != 0xabcd;
    worst.same(static_cast<double>(written), static_cast<double>(changed), -1);
  }
  return worst.passed(spec.symbol);
}

} // namespace

bool checkHeads(const HalideKernelSpec &spec, KernelFn function) {
  std::mt19937 random(2);
  AngleTables tables(static_cast<int>(spec.headDim) / 2);
  // Single tokens, runs across blocks of 16 and rows of the tables, sub-ranges.
  for (const Call &call : {Call{1, 0, 1, 1, 0, 1, 0},
                           {3, 0, 3, 1, 0, 1, 511},
                           {4, 1, 2, 9, 3, 5, 250},
                           {2, 0, 2, 21, 0, 21, 13}})
    if (!checkCall(spec, function, call, tables, random))
      return false;
  return true;
}

} // namespace qwenc::test

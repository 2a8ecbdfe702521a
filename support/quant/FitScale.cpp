//===- support/quant/FitScale.cpp -----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/quant/FitScale.h"

#include "support/Float16.h"
#include "support/quant/Encode.h"
#include "support/quant/Q4_0.h"
#include "support/quant/Q4_1.h"
#include "support/quant/Q8_0.h"
#include "support/quant/W4.h"

#include <algorithm>
#include <cassert>
#include <cstring>

using namespace qwenc;

namespace {

/// Sums are kept in eight lanes, whatever the vectors of the CPU, so that the
/// compiler may use vectors and the order stays the same.
constexpr int kLanes = 8;

struct LaneSum {
  float lane[kLanes] = {};
  float total() const {
    return ((lane[0] + lane[4]) + (lane[1] + lane[5])) +
           ((lane[2] + lane[6]) + (lane[3] + lane[7]));
  }
};

/// To nearest even, for |v| < 2^22, without a call.
inline float roundSmall(float v) {
  constexpr float magic = 0x1.8p23f;
  return (v + magic) - magic;
}

/// value = scale * q + minimum, q in low .. high.
struct Fit {
  float scale = 0.0f, minimum = 0.0f;
  float error = 0.0f;
};

class GroupFitter {
public:
  /// `count` is a multiple of 8.
  GroupFitter(const float *x, const float *importance, int count, int low, int high)
      : x(x), importance(importance), count(count), low(static_cast<float>(low)),
        high(static_cast<float>(high)) {}

  /// Symmetric: the minimum stays 0.
  Fit scale();
  Fit scaleAndMinimum();
  /// Never out of range: where a minimum beyond the halves makes no number, `low`.
  float nearest(float value, const Fit &fit) const {
    float steps = (value - fit.minimum) * finiteInverse(fit.scale);
    return roundSmall(steps > low ? std::min(steps, high) : low);
  }

private:
  float weightOf(int i) const { return importance ? importance[i] : 1.0f; }
  float errorOf(float scale, float minimum) const;
  /// Rounds to halves, measures, and keeps what is better.
  void offer(float scale, float minimum, Fit &best) const;
  void offerFitted(float inverse, float minimum, Fit &best) const;
  void offerFittedPair(float inverse, float minimum, Fit &best) const;

  const float *x, *importance;
  int count;
  float low, high;
};

float GroupFitter::errorOf(float scale, float minimum) const {
  const float inverse = finiteInverse(scale);
  LaneSum sum;
  for (int i = 0; i < count; i += kLanes)
    for (int l = 0; l < kLanes; ++l) {
      float q = roundSmall(std::clamp((x[i + l] - minimum) * inverse, low, high));
      float difference = x[i + l] - (q * scale + minimum);
      sum.lane[l] += weightOf(i + l) * (difference * difference);
    }
  return sum.total();
}

void GroupFitter::offer(float scale, float minimum, Fit &best) const {
  scale = halfToFloat(floatToHalf(scale));
  minimum = halfToFloat(floatToHalf(minimum));
  if (scale == best.scale && minimum == best.minimum)
    return;
  float error = errorOf(scale, minimum);
  if (error < best.error)
    best = {scale, minimum, error};
}

/// The scale of least error for the integers that `inverse` gives.
void GroupFitter::offerFitted(float inverse, float minimum, Fit &best) const {
  LaneSum xq, qq;
  for (int i = 0; i < count; i += kLanes)
    for (int l = 0; l < kLanes; ++l) {
      float q = roundSmall(std::clamp((x[i + l] - minimum) * inverse, low, high));
      float wq = weightOf(i + l) * q;
      xq.lane[l] += wq * (x[i + l] - minimum);
      qq.lane[l] += wq * q;
    }
  if (float square = qq.total(); square > 0.0f)
    offer(xq.total() / square, minimum, best);
}

/// Scale and minimum of least error for the integers that `inverse` gives: a line
/// through the points (q, x).
void GroupFitter::offerFittedPair(float inverse, float minimum, Fit &best) const {
  LaneSum one, q1, q2, x1, xq;
  for (int i = 0; i < count; i += kLanes)
    for (int l = 0; l < kLanes; ++l) {
      float q = roundSmall(std::clamp((x[i + l] - minimum) * inverse, low, high));
      float w = weightOf(i + l), wq = w * q;
      one.lane[l] += w;
      q1.lane[l] += wq;
      q2.lane[l] += wq * q;
      x1.lane[l] += w * x[i + l];
      xq.lane[l] += wq * x[i + l];
    }
  double n = one.total(), sq = q1.total(), sqq = q2.total(), sx = x1.total(), sxq = xq.total();
  double determinant = n * sqq - sq * sq;
  if (determinant <= 1e-9 * n * sqq)
    return;
  offer(static_cast<float>((n * sxq - sq * sx) / determinant),
        static_cast<float>((sqq * sx - sq * sxq) / determinant), best);
}

Fit GroupFitter::scale() {
  float extreme =
      *std::max_element(x, x + count, [](float a, float b) { return std::fabs(a) < std::fabs(b); });
  // The longer side takes the extreme: low, unless the integers are symmetric.
  const float longer = -low > high ? low : high;
  Fit best;
  best.scale = halfToFloat(floatToHalf(extreme / longer));
  best.error = errorOf(best.scale, 0.0f);
  if (extreme == 0.0f || best.error == 0.0f)
    return best;
  const bool coarse = high < 16.0f;
  const int steps = coarse ? 7 : 3;
  const float width = coarse ? 0.25f : 0.5f; // in integers of the extreme
  for (int step = -steps; step <= steps; ++step) {
    offerFitted((longer + width * static_cast<float>(step)) / extreme, 0.0f, best);
    if (coarse) // the other sign: the extreme on the shorter side
      offerFitted((-longer - 1.0f + width * static_cast<float>(step)) / extreme, 0.0f, best);
  }
  return best;
}

Fit GroupFitter::scaleAndMinimum() {
  auto [lowest, highest] = std::minmax_element(x, x + count);
  const float range = *highest - *lowest;
  Fit best;
  best.minimum = halfToFloat(floatToHalf(*lowest));
  best.scale = halfToFloat(floatToHalf(range / high));
  best.error = errorOf(best.scale, best.minimum);
  if (range == 0.0f || best.error == 0.0f)
    return best;
  // Both ends move inwards, by up to two integers each.
  for (int bottom = 0; bottom <= 4; ++bottom)
    for (int top = 0; top <= 4; ++top) {
      float cut = 0.5f * static_cast<float>(bottom + top);
      float minimum = *lowest + range / high * 0.5f * static_cast<float>(bottom);
      offerFittedPair(high / (range * (1.0f - cut / high)), minimum, best);
    }
  return best;
}

template <typename Block> void store(const Block &block, uint8_t *bytes) {
  std::memcpy(bytes, &block, sizeof block);
}

/// Nibbles, the first half of the group in the low ones. Q4_0 and W4, or, with a
/// minimum, Q4_1 and W4A.
template <typename Block, int group, bool hasMinimum>
void fitNibbles(const float *x, const float *importance, uint8_t *out) {
  const int low = hasMinimum ? 0 : -8;
  GroupFitter fitter(x, importance, group, low, low + 15);
  Fit fit;
  Block block;
  if constexpr (hasMinimum) {
    fit = fitter.scaleAndMinimum();
    block.minimum = floatToHalf(fit.minimum);
  } else {
    fit = fitter.scale();
  }
  block.scale = floatToHalf(fit.scale);
  auto nibble = [&](int i) { return static_cast<int>(fitter.nearest(x[i], fit)) - low; };
  for (int j = 0; j < group / 2; ++j)
    block.nibbles[j] = static_cast<uint8_t>(nibble(j) | nibble(j + group / 2) << 4);
  store(block, out);
}

/// Blocks of `count` elements that share a scale.
void fitBytes(const float *x, const float *importance, int count, uint8_t *out) {
  GroupFitter fitter(x, importance, count, -127, 127);
  Fit fit = fitter.scale();
  BlockQ8_0 block;
  block.scale = floatToHalf(fit.scale);
  for (int i = 0; i < count; i += 32, out += sizeof block) {
    for (int j = 0; j < 32; ++j)
      block.values[j] = static_cast<int8_t>(fitter.nearest(x[i + j], fit));
    store(block, out);
  }
}

void fitQ8_0(const float *x, const float *importance, uint8_t *out) {
  fitBytes(x, importance, 32, out);
}

using FitFn = void (*)(const float *x, const float *importance, uint8_t *out);

FitFn fitterOf(GgmlType type) {
  switch (type) {
  case GgmlType::Q4_0:
    return fitNibbles<BlockQ4_0, 32, false>;
  case GgmlType::Q4_1:
    return fitNibbles<BlockQ4_1, 32, true>;
  case GgmlType::W4G64:
    return fitNibbles<BlockW4<64>, 64, false>;
  case GgmlType::W4G128:
    return fitNibbles<BlockW4<128>, 128, false>;
  case GgmlType::W4G64A:
    return fitNibbles<BlockW4A<64>, 64, true>;
  case GgmlType::W4G128A:
    return fitNibbles<BlockW4A<128>, 128, true>;
  case GgmlType::Q8_0:
    return fitQ8_0;
  default:
    return nullptr;
  }
}

} // namespace

bool qwenc::canFitScales(GgmlType type) {
  return type == GgmlType::W8 || fitterOf(type) != nullptr;
}

void qwenc::fitRow(GgmlType type, const float *values, const float *importance, uint8_t *blocks,
                   uint64_t elements) {
  if (type == GgmlType::W8)
    return fitBytes(values, importance, static_cast<int>(elements), blocks);
  const BlockFormat &format = blockFormat(type);
  FitFn fit = fitterOf(type);
  assert(fit && elements % format.elements == 0);
  for (uint64_t i = 0; i < elements; i += format.elements, blocks += format.bytes)
    fit(values + i, importance ? importance + i : nullptr, blocks);
}

//===- ir/kernels/RopeScaling.cpp - rotary angles of long contexts ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The formulas are those of llama.cpp, which files are made for, in double.
//===----------------------------------------------------------------------===//
#include "ir/kernels/RopeScaling.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

using namespace qwenc;

/// The pair, as a fraction, that turns `turns` times in the original context.
static double pairOfTurns(int64_t headDim, double theta, int64_t context, double turns) {
  return headDim * std::log(context / (turns * 2 * std::numbers::pi)) / (2 * std::log(theta));
}

std::vector<double> qwenc::ropeFrequencies(int64_t headDim, double theta,
                                           const RopeScaling &scaling) {
  int64_t pairs = headDim / 2;
  assert((scaling.factors.empty() || int64_t(scaling.factors.size()) == pairs) &&
         "a divisor for each pair");
  double low = 0, high = 0;
  if (scaling.extrapolation != 0) {
    auto pairOf = [&](double turns) {
      return pairOfTurns(headDim, theta, scaling.originalContext, turns);
    };
    low = std::max(0.0, std::floor(pairOf(scaling.betaFast)));
    high = std::min(headDim - 1.0, std::ceil(pairOf(scaling.betaSlow)));
  }
  std::vector<double> frequencies(pairs);
  for (int64_t i = 0; i < pairs; ++i) {
    double plain = std::pow(theta, -2.0 * double(i) / double(headDim));
    if (!scaling.factors.empty())
      plain /= scaling.factors[i];
    double keep = 0; // how much of its speed the pair keeps
    if (scaling.extrapolation != 0)
      keep = scaling.extrapolation *
             (1 - std::clamp((double(i) - low) / std::max(0.001, high - low), 0.0, 1.0));
    frequencies[i] = plain * (keep + (1 - keep) / scaling.factor);
  }
  return frequencies;
}

double qwenc::ropeMagnitude(const RopeScaling &scaling) {
  double stretch = scaling.extrapolation != 0 ? 1 + 0.1 * std::log(scaling.factor) : 1;
  return scaling.attentionFactor * stretch;
}

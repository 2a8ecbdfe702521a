//===- ir/kernels/RopeScaling.h - rotary angles of long contexts -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Models whose context was made longer after training turn the pairs of a head
// more slowly. Every method here changes the speed of a pair, not its law: pair
// i still turns by position times a frequency, so the same tables serve.
//
//   plain    theta^(-2i/D) / factors[i]
//   linear   plain / factor
//   YaRN     between the two by pair: what turns more than betaFast times in the
//            original context keeps its speed, what turns less than betaSlow
//            times is slowed down, a ramp over the pairs in between; and all is
//            multiplied by 1 + 0.1 ln(factor) (Peng et al., YaRN, 2023)
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_KERNELS_ROPESCALING_H
#define QWENC_IR_KERNELS_ROPESCALING_H

#include <cstdint>
#include <vector>

namespace qwenc {

/// What a model file says of it. The defaults are plain RoPE.
struct RopeScaling {
  double factor = 1;            ///< how much longer the context became
  double extrapolation = 0;     ///< weight of YaRN's ramp: 0 is linear, 1 is YaRN
  int64_t originalContext = 0;  ///< positions before that; read with extrapolation only
  double betaFast = 32;         ///< turns in the original context
  double betaSlow = 1;          ///< likewise
  double attentionFactor = 1;   ///< multiplies cosine and sine
  std::vector<float> factors{}; ///< one divisor a pair (Llama 3.1), or none

  bool operator==(const RopeScaling &) const = default;
};

/// How far each of the headDim/2 pairs turns per position, in radians.
std::vector<double> ropeFrequencies(int64_t headDim, double theta, const RopeScaling &scaling);

/// What cosines and sines are multiplied by.
double ropeMagnitude(const RopeScaling &scaling);

} // namespace qwenc
#endif

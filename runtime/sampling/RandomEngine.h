//===- runtime/sampling/RandomEngine.h - repeatable random numbers ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// xoshiro256++ by Blackman and Vigna (prng.di.unimi.it), seeded by SplitMix64,
// so that a seed gives the same numbers on every machine and C++ library.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_SAMPLING_RANDOMENGINE_H
#define QWENC_RUNTIME_SAMPLING_RANDOMENGINE_H

#include <bit>
#include <cstdint>

namespace qwenc::rt {

class RandomEngine {
public:
  explicit RandomEngine(uint64_t seed) {
    for (uint64_t &word : state) {
      seed += 0x9E3779B97F4A7C15u;
      uint64_t mixed = seed;
      mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
      mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
      word = mixed ^ (mixed >> 31);
    }
  }

  /// 64 uniform bits.
  uint64_t next() {
    uint64_t result = std::rotl(state[0] + state[3], 23) + state[0];
    uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = std::rotl(state[3], 45);
    return result;
  }

  /// Uniform in [0, 1).
  double nextUnit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  /// Uniform in 0 .. bound-1 (by multiplication; the bias is below 2^-32 for
  /// vocabularies).
  uint32_t nextBelow(uint32_t bound) {
    return static_cast<uint32_t>(((next() >> 32) * uint64_t(bound)) >> 32);
  }

private:
  uint64_t state[4];
};

} // namespace qwenc::rt
#endif

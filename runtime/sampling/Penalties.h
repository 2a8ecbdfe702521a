//===- runtime/sampling/Penalties.h - discourage repetition ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_RUNTIME_SAMPLING_PENALTIES_H
#define QWENC_RUNTIME_SAMPLING_PENALTIES_H

#include <array>
#include <cstdint>
#include <span>

namespace qwenc::rt {

/// llama.cpp's repetition penalty: a token among the last 64 has its logit
/// divided by `penalty` if positive and multiplied by it otherwise, once however
/// often it occurred.
class RepetitionPenalty {
public:
  static constexpr int32_t Window = 64;

  /// 1 switches it off.
  explicit RepetitionPenalty(float penalty) : penalty(penalty) {}

  void accept(int32_t token);
  void apply(std::span<float> logits) const;
  void reset() { seen = 0; }

private:
  std::array<int32_t, Window> recent{}; // ring buffer
  int64_t seen = 0;
  float penalty;
};

} // namespace qwenc::rt
#endif

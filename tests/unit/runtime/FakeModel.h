//===- tests/unit/runtime/FakeModel.h - generated code by hand -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A model object as qwenc would generate it, whose step is cheap and easy to
// predict, so that the runtime is tested without the compiler. Its "network":
// the cache holds for each position a hash of all tokens up to it, and the
// logits are a function of that hash. Threads share the work and meet at the
// barrier, so a wrong barrier, position, batch or cache shows in the logits.
//===----------------------------------------------------------------------===//
#ifndef QWENC_TESTS_UNIT_RUNTIME_FAKEMODEL_H
#define QWENC_TESTS_UNIT_RUNTIME_FAKEMODEL_H

#include "runtime/abi/ModelAbi.h"

#include <cstdint>
#include <span>
#include <vector>

namespace qwenc::rt::test {

inline constexpr uint32_t FakeVocab = 263; // 256 bytes and a few more
inline constexpr uint32_t FakeContext = 500;
inline constexpr uint32_t FakeBatch = 24;
inline constexpr uint32_t FakeBarriers = 3;
inline constexpr uint32_t FakeOps = 3; // "copy", "chain" and the output head, "logits"

/// The model, which is also the `qwen_model` of the interface; it has one kernel set, "fake", that
/// needs no CPU feature.
const QwenModel &fakeModel();

/// What stands for its weights: 256 bytes.
const uint8_t *fakeWeights();

/// The logits that the model must give after `tokens`, computed in one go.
std::vector<float> fakeLogits(std::span<const int32_t> tokens);

} // namespace qwenc::rt::test
#endif

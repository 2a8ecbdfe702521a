//===- tests/unit/runtime/FakeModel.cpp - generated code by hand -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FakeModel.h"

#include <array>
#include <cstring>

namespace qwenc::rt::test {
namespace {

uint64_t mix(uint64_t hash, int32_t token, const uint8_t *weights) {
  hash ^= weights[token & 0xFF] + 0x9E3779B97F4A7C15u + static_cast<uint64_t>(token) * 31;
  hash *= 0xBF58476D1CE4E5B9u;
  return hash ^ (hash >> 29);
}

float logit(uint64_t hash, uint32_t token) {
  uint64_t mixed = (hash + token) * 0x94D049BB133111EBu;
  return static_cast<float>(static_cast<int64_t>(mixed >> 40) & 0xFFFF) / 8192.0f;
}

void mark(const QwenStep *step, int32_t thread, int32_t op) {
  if (step->mark)
    step->mark(step->profiler, thread, op);
}

void meet(const QwenStep *step, int32_t thread) {
  mark(step, thread, FakeOps);
  step->barrier(step->pool, thread);
}

void step(const QwenStep *step, int32_t thread) {
  auto *hashes = reinterpret_cast<uint64_t *>(step->kv);
  auto *shared = reinterpret_cast<uint64_t *>(step->arena);

  mark(step, thread, 0);
  // Phase 1: thread p mod threads copies token p into the shared arena.
  for (int32_t index = thread; index < step->count; index += step->threads)
    shared[index] = static_cast<uint64_t>(step->tokens[index]);
  meet(step, thread);
  mark(step, thread, 1);

  // Phase 2: the last thread extends the chain of hashes.
  if (thread == step->threads - 1) {
    uint64_t hash = step->position == 0 ? 0 : hashes[step->position - 1];
    for (int32_t index = 0; index < step->count; ++index) {
      hash = mix(hash, static_cast<int32_t>(shared[index]), step->weights);
      hashes[step->position + index] = hash;
    }
  }
  meet(step, thread);
  mark(step, thread, 2);

  // Phase 3: each thread makes its share of the logits, by way of its own arena.
  auto *own =
      reinterpret_cast<float *>(step->arena + FakeBatch * 64 + static_cast<uint32_t>(thread) * 512);
  for (int32_t row = step->logit_begin; row < step->count; ++row) {
    float *logits = step->logits + static_cast<size_t>(row - step->logit_begin) * FakeVocab;
    for (uint32_t token = static_cast<uint32_t>(thread); token < FakeVocab;
         token += static_cast<uint32_t>(step->threads)) {
      own[token % 128] = logit(hashes[step->position + row], token);
      logits[token] = own[token % 128];
    }
  }
  meet(step, thread);
  mark(step, thread, FakeOps + 1);
}

void decodeStep(const QwenStep *arguments, int32_t thread) {
  if (arguments->count != 1)
    return;
  step(arguments, thread);
  // The last thread alone has a part of the logits.
  QwenBest &best = arguments->best[thread];
  best.token = -1;
  if (thread < arguments->threads - 1)
    return;
  for (uint32_t token = 0; token < FakeVocab; ++token)
    if (best.token < 0 || arguments->logits[token] > best.logit)
      best = {arguments->logits[token], static_cast<int32_t>(token)};
}

constexpr QwenKernelSet Kernels[] = {{"fake", "fake_class", 0, 0, step, decodeStep}};
constexpr QwenFormatCount Formats[] = {{"Q4_0", 7}, {"F32", 2}};
constexpr QwenOperation Operations[FakeOps] = {
    {"copy", 0, 0, 1, 0}, {"chain", 1000, 256, 1, 0}, {"logits", 2000, 512, 1, 1}};

constexpr QwenModel makeModel() noexcept {
  QwenModel model{};
  model.abi_version = QWEN_ABI_VERSION;
  model.struct_bytes = sizeof(QwenModel);
  model.name = "Fake";
  model.arch = "qwen2";
  model.qwenc_version = "0.0.1";
  model.source_sha256 = "0000000000000000000000000000000000000000000000000000000000000000";
  model.vocab = FakeVocab;
  model.hidden = 8;
  model.layers = 1;
  model.heads = 2;
  model.kv_heads = 1;
  model.head_dim = 4;
  model.context_max = FakeContext;
  model.max_batch = FakeBatch;
  model.arena_shared_bytes = FakeBatch * 64;
  model.arena_thread_bytes = 512;
  model.kv_bytes_per_token = 8;
  model.kv_type = "f16";
  model.weight_flags = "";
  model.flags = model.llvm_version = model.halide_version = model.schedule_sha256 = "";
  model.barriers_per_token = FakeBarriers;
  model.kernel_set_count = 1;
  model.kernel_sets = Kernels;
  model.formats = Formats;
  model.format_count = 2;
  model.code_bytes = 1234;
  model.ops = Operations;
  model.op_count = FakeOps;
  return model;
}

constexpr std::array<uint8_t, 256> Weights = [] {
  std::array<uint8_t, 256> bytes{};
  for (size_t index = 0; index < bytes.size(); ++index)
    bytes[index] = static_cast<uint8_t>(index * 167 + 13);
  return bytes;
}();

} // namespace
} // namespace qwenc::rt::test

extern "C" constinit const QwenModel qwen_model = qwenc::rt::test::makeModel();

namespace qwenc::rt::test {

const QwenModel &fakeModel() { return qwen_model; }

const uint8_t *fakeWeights() { return Weights.data(); }

std::vector<float> fakeLogits(std::span<const int32_t> tokens) {
  uint64_t hash = 0;
  for (int32_t token : tokens)
    hash = mix(hash, token, Weights.data());
  std::vector<float> logits(FakeVocab);
  for (uint32_t token = 0; token < FakeVocab; ++token)
    logits[token] = logit(hash, token);
  return logits;
}

} // namespace qwenc::rt::test

//===- frontend/KnownKeys.cpp - what keys of metadata may say -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each key `<architecture>.*` has a row in one table: it is read, it cannot
// change the result, or it must have the value that changes nothing. A key
// without a row is refused: a model that means something by it would compute
// something else here, and nobody would notice.
//===----------------------------------------------------------------------===//
#include "frontend/KnownKeys.h"

#include "llvm/ADT/Twine.h"

using namespace qwenc;
using llvm::Error;
using llvm::StringRef;
using llvm::Twine;

namespace {
/// What a key of the architecture may do to the result.
enum class Effect {
  Read,      // readModelConfig uses it
  None,      // information, or a part of something that must be off
  OffAtZero, // must be 0
  OffAtOne,  // must be 1 (0 stands for "not set")
  OffAtFalse,
  OnAtTrue, // must be true
};

struct KnownKey {
  const char *suffix;
  Effect effect;
};
} // namespace

static constexpr KnownKey KnownKeys[] = {
    {"attention.causal", Effect::OnAtTrue},
    {"attention.clamp_kqv", Effect::OffAtZero},
    {"attention.head_count", Effect::Read},
    {"attention.head_count_kv", Effect::Read},
    {"attention.key_length", Effect::Read},
    {"attention.layer_norm_rms_epsilon", Effect::Read},
    {"attention.max_alibi_bias", Effect::OffAtZero},
    {"attention.scale", Effect::OffAtZero},
    {"attention.sliding_window", Effect::Read},
    {"attention.value_length", Effect::Read},
    {"attn_logit_softcapping", Effect::OffAtZero},
    {"block_count", Effect::Read},
    {"context_length", Effect::Read},
    {"embedding_length", Effect::Read},
    {"embedding_scale", Effect::OffAtOne},
    {"expert_count", Effect::Read},
    {"expert_feed_forward_length", Effect::Read},
    {"expert_gating_func", Effect::OffAtOne}, // 1 is the softmax
    {"expert_shared_feed_forward_length", Effect::Read},
    {"expert_used_count", Effect::Read},
    {"expert_weights_norm", Effect::Read},
    {"expert_weights_scale", Effect::OffAtOne},
    {"feed_forward_length", Effect::Read},
    {"final_logit_softcapping", Effect::OffAtZero},
    {"leading_dense_block_count", Effect::OffAtZero},
    {"logit_scale", Effect::OffAtOne},
    {"nextn_predict_layers", Effect::OffAtZero},
    {"pooling_type", Effect::None}, // of embeddings, which generation does not make
    {"residual_scale", Effect::OffAtOne},
    {"rope.dimension_count", Effect::Read},
    {"rope.freq_base", Effect::Read},
    {"rope.scale_linear", Effect::Read},
    {"rope.scaling.attn_factor", Effect::Read},
    {"rope.scaling.factor", Effect::Read},
    {"rope.scaling.finetuned", Effect::None},
    {"rope.scaling.original_context_length", Effect::Read},
    {"rope.scaling.type", Effect::Read},
    // llama.cpp puts 1 + 0.1 ln(factor) in its place, and so do we.
    {"rope.scaling.yarn_attn_factor", Effect::OffAtOne},
    {"rope.scaling.yarn_beta_fast", Effect::Read},
    {"rope.scaling.yarn_beta_slow", Effect::Read},
    {"rope.scaling.yarn_ext_factor", Effect::Read},
    {"rope.scaling.yarn_log_multiplier", Effect::OffAtZero}, // DeepSeek's
    {"tensor_data_layout", Effect::None},                    // where the rows of Q and K came from
    {"use_dynamic_ntk", Effect::OffAtFalse}, // Qwen: angles that grow with the context in use
    {"use_logn_attn", Effect::OffAtFalse},   // Qwen: queries that grow with their position
    {"use_parallel_residual", Effect::OffAtFalse},
    {"vocab_size", Effect::None}, // the tensors say it
};

static const KnownKey *findKnownKey(StringRef suffix) {
  for (const KnownKey &known : KnownKeys)
    if (suffix == known.suffix)
      return &known;
  return nullptr;
}

/// Success if a key that must leave the graph as it is does.
static Error checkNeutral(const gguf::Metadata &metadata, StringRef key, Effect effect) {
  if (effect == Effect::OffAtFalse || effect == Effect::OnAtTrue) {
    auto value = metadata.getBool(key);
    if (!value)
      return value.takeError();
    bool wanted = effect == Effect::OnAtTrue;
    if (**value != wanted)
      return metadata.error(key, Twine("the value is ") + (wanted ? "false" : "true") +
                                     ", which this architecture is not supported with");
    return Error::success();
  }
  double number = 0;
  const gguf::Value *value = metadata.find(key);
  if (value->type == gguf::ValueType::Float32 || value->type == gguf::ValueType::Float64) {
    auto real = metadata.getFloat(key);
    if (!real)
      return real.takeError();
    number = **real;
  } else {
    auto integer = metadata.getUnsigned(key);
    if (!integer)
      return integer.takeError();
    number = static_cast<double>(**integer);
  }
  if (number == 0 || (effect == Effect::OffAtOne && number == 1))
    return Error::success();
  return metadata.error(key, "the value " + Twine(std::to_string(number)) +
                                 " changes what the model computes in a way that is not "
                                 "supported (supported: " +
                                 (effect == Effect::OffAtOne ? "1)" : "0)"));
}

Error qwenc::checkKnownKeys(const gguf::Metadata &metadata, StringRef prefix) {
  for (const gguf::Value &value : metadata.values()) {
    StringRef suffix = value.key;
    if (!suffix.consume_front(prefix))
      continue;
    const KnownKey *known = findKnownKey(suffix);
    if (!known)
      return metadata.error(value.key, "not known to qwenc; it may change what the model "
                                       "computes, so it is not ignored");
    if (known->effect == Effect::Read || known->effect == Effect::None)
      continue;
    if (Error error = checkNeutral(metadata, value.key, known->effect))
      return error;
  }
  return Error::success();
}

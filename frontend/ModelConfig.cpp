//===- frontend/ModelConfig.cpp - hyper-parameters from metadata ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each key `<architecture>.*` has a row in one table: it is read, it cannot
// change the result, or it must have the value that changes nothing. A key
// without a row is refused: a model that means something by it would compute
// something else here, and nobody would notice.
//===----------------------------------------------------------------------===//
#include "frontend/ModelConfig.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/ErrorHandling.h"

#include <cmath>

using namespace qwenc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

namespace {
struct NamedArchitecture {
  Architecture arch;
  const char *name;
};
} // namespace

static constexpr NamedArchitecture Architectures[] = {
    {Architecture::Qwen, "qwen"},         {Architecture::Qwen2, "qwen2"},
    {Architecture::Qwen3, "qwen3"},       {Architecture::Qwen2MoE, "qwen2moe"},
    {Architecture::Qwen3MoE, "qwen3moe"}, {Architecture::Llama, "llama"},
};

const char *qwenc::architectureName(Architecture arch) {
  for (const NamedArchitecture &row : Architectures)
    if (row.arch == arch)
      return row.name;
  llvm_unreachable("an architecture without a name");
}

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

static Error checkKeys(const gguf::Metadata &metadata, const std::string &prefix) {
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

static Expected<Architecture> readArchitecture(const gguf::File &file) {
  auto type = file.metadata.getString("general.type");
  if (!type)
    return type.takeError();
  if (*type && **type != "model")
    return file.metadata.error("general.type", "the file holds '" + gguf::printable(**type) +
                                                   "', expected 'model'");
  auto name = file.metadata.requireString("general.architecture");
  if (!name)
    return name.takeError();
  std::string known;
  for (const NamedArchitecture &row : Architectures) {
    if (*name == row.name)
      return row.arch;
    known += known.empty() ? "" : &row == std::end(Architectures) - 1 ? " and " : ", ";
    known += row.name;
  }
  return file.metadata.error("general.architecture", "architecture '" + gguf::printable(*name) +
                                                         "' is not supported (" + known + " are)");
}

namespace {
/// Reads the sizes; the first error is kept and ends the reading.
class ConfigReader {
public:
  ConfigReader(const gguf::File &file, Architecture arch)
      : metadata(file.metadata), prefix(std::string(architectureName(arch)) + ".") {
    config.arch = arch;
  }

  Expected<ModelConfig> read() {
    if (Error error = checkKeys(metadata, prefix))
      return error;
    if (Error error = readSizes())
      return error;
    if (Error error = readExperts())
      return error;
    if (Error error = readHeads())
      return error;
    if (Error error = readRope())
      return error;
    if (Error error = readRest())
      return error;
    return config;
  }

private:
  std::string key(StringRef suffix) const { return prefix + suffix.str(); }

  /// A size from 1 on that is small enough for 32-bit products with a byte size
  /// to be computed in 64 bits anywhere.
  Error readSize(StringRef suffix, uint32_t &out, std::optional<uint32_t> absent = {},
                 uint64_t max = MaxSize) {
    std::string name = key(suffix);
    auto value = metadata.getUnsigned(name, max);
    if (!value)
      return value.takeError();
    if (!*value && !absent)
      return metadata.error(name, "missing, expected an unsigned integer");
    if (*value && **value == 0)
      return metadata.error(name, "the value is 0, expected at least 1");
    out = *value ? static_cast<uint32_t>(**value) : *absent;
    return Error::success();
  }

  /// A finite number above 0.
  Error readPositive(StringRef suffix, double &out, std::optional<double> absent = {}) {
    std::string name = key(suffix);
    auto value = metadata.getFloat(name);
    if (!value)
      return value.takeError();
    if (!*value && !absent)
      return metadata.error(name, "missing, expected a floating-point number");
    out = *value ? **value : *absent;
    if (!std::isfinite(out) || out <= 0)
      return metadata.error(name, "the value is " + Twine(std::to_string(out)) +
                                      ", expected a finite positive number");
    return Error::success();
  }

  Error readSizes();
  Error readExperts();
  Error readHeads();
  Error readRope();
  Error readRopeScaling();
  Error readRest();

  static constexpr uint64_t MaxSize = 1u << 24;
  static constexpr uint64_t MaxExperts = 1024, MaxExpertsUsed = 64;

  const gguf::Metadata &metadata;
  std::string prefix;
  ModelConfig config = {};
};
} // namespace

Error ConfigReader::readSizes() {
  if (Error error = readSize("block_count", config.layers))
    return error;
  if (Error error = readSize("embedding_length", config.hidden))
    return error;
  if (Error error = readSize("feed_forward_length", config.ffn))
    return error;
  // Qwen counts gate and up as one.
  if (config.arch == Architecture::Qwen && config.ffn % 2 != 0)
    return metadata.error(key("feed_forward_length"),
                          "the value is " + Twine(config.ffn) +
                              ", expected an even number: the widths of gate and up together");
  if (config.arch == Architecture::Qwen)
    config.ffn /= 2;
  return readSize("context_length", config.contextLength);
}

/// With llama.cpp's defaults for the widths.
Error ConfigReader::readExperts() {
  bool isQwen2 = config.arch == Architecture::Qwen2MoE;
  if (!isQwen2 && config.arch != Architecture::Qwen3MoE) {
    for (StringRef suffix : {"expert_count", "expert_used_count"}) {
      auto count = metadata.getUnsigned(key(suffix));
      if (!count)
        return count.takeError();
      if (count->value_or(0) != 0)
        return metadata.error(key(suffix), Twine(**count) + " experts; a model of architecture " +
                                               architectureName(config.arch) + " has none");
    }
    return Error::success();
  }
  if (Error error = readSize("expert_count", config.experts, {}, MaxExperts))
    return error;
  if (Error error = readSize("expert_used_count", config.expertsUsed, {}, MaxExpertsUsed))
    return error;
  if (config.expertsUsed > config.experts)
    return metadata.error(key("expert_used_count"),
                          Twine(config.expertsUsed) + " of " + Twine(config.experts) + " experts");
  uint32_t share = std::max(config.ffn / config.expertsUsed, 1u);
  if (Error error = readSize("expert_feed_forward_length", config.expertFfn, share))
    return error;
  config.sharedExpert = isQwen2;
  if (isQwen2)
    if (Error error = readSize("expert_shared_feed_forward_length", config.ffn, config.ffn))
      return error;
  auto normalized = metadata.getBool(key("expert_weights_norm"));
  if (!normalized)
    return normalized.takeError();
  config.expertsNormalized = normalized->value_or(!isQwen2);
  return Error::success();
}

Error ConfigReader::readHeads() {
  if (Error error = readSize("attention.head_count", config.heads))
    return error;
  if (Error error = readSize("attention.head_count_kv", config.kvHeads, config.heads))
    return error;
  if (config.heads % config.kvHeads != 0)
    return metadata.error(key("attention.head_count_kv"),
                          Twine(config.heads) + " query heads do not divide among " +
                              Twine(config.kvHeads) + " key/value heads");
  if (config.arch == Architecture::Qwen && config.kvHeads != config.heads)
    return metadata.error(key("attention.head_count_kv"),
                          Twine(config.kvHeads) + " key/value heads for " + Twine(config.heads) +
                              " query heads; a qwen model has as many");
  std::string lengthKey = key("attention.key_length");
  if (!metadata.find(lengthKey) && config.hidden % config.heads != 0)
    return metadata.error(lengthKey, "missing, and the width " + Twine(config.hidden) +
                                         " does not divide among " + Twine(config.heads) +
                                         " heads");
  if (Error error = readSize("attention.key_length", config.headDim, config.hidden / config.heads))
    return error;
  uint32_t valueDim = 0;
  if (Error error = readSize("attention.value_length", valueDim, config.hidden / config.heads))
    return error;
  if (valueDim != config.headDim)
    return metadata.error(key("attention.value_length"),
                          "heads of " + Twine(valueDim) + " values but " + Twine(config.headDim) +
                              " keys; equal sizes are supported");
  if (config.headDim % 2 != 0)
    return metadata.error(lengthKey, "the head size is " + Twine(config.headDim) +
                                         ", expected an even number (RoPE turns pairs)");
  if (uint64_t(config.heads) * config.headDim > MaxSize)
    return metadata.error(key("attention.head_count"), Twine(config.heads) + " heads of " +
                                                           Twine(config.headDim) +
                                                           " are wider than " + Twine(MaxSize));
  return Error::success();
}

Error ConfigReader::readRope() {
  config.ropeInterleaved = config.arch == Architecture::Llama;
  // 10000 is the base of the paper (RoFormer, 2021) and of files without the key.
  if (Error error = readPositive("rope.freq_base", config.ropeTheta, 10000.0))
    return error;
  if (Error error = readSize("rope.dimension_count", config.ropeDim, config.headDim))
    return error;
  if (config.ropeDim != config.headDim)
    return metadata.error(key("rope.dimension_count"),
                          "RoPE over " + Twine(config.ropeDim) + " of the " +
                              Twine(config.headDim) +
                              " elements of a head is not supported (all of them is)");
  return readRopeScaling();
}

/// With llama.cpp's defaults: a factor without a type is linear, and the context
/// that YaRN starts from is the model's unless another one is named.
Error ConfigReader::readRopeScaling() {
  RopeScaling &scaling = config.ropeScaling;
  if (Error error = readPositive("rope.scaling.attn_factor", scaling.attentionFactor, 1.0))
    return error;
  auto type = metadata.getString(key("rope.scaling.type"));
  if (!type)
    return type.takeError();
  StringRef name = type->value_or("linear");
  if (name == "none")
    return Error::success();
  if (name != "linear" && name != "yarn")
    return metadata.error(key("rope.scaling.type"),
                          "RoPE scaling '" + gguf::printable(name) +
                              "' is not supported ('none', 'linear' and 'yarn' are)");
  // 0 stands for "not set" in both keys, of which the second is the older.
  for (StringRef suffix : {"rope.scaling.factor", "rope.scale_linear"}) {
    auto factor = metadata.getFloat(key(suffix));
    if (!factor)
      return factor.takeError();
    if (factor->value_or(0) == 0)
      continue;
    if (Error error = readPositive(suffix, scaling.factor))
      return error;
    break;
  }
  auto context = metadata.getUnsigned(key("rope.scaling.original_context_length"), MaxSize);
  if (!context)
    return context.takeError();
  std::string mixKey = key("rope.scaling.yarn_ext_factor");
  auto mix = metadata.getFloat(mixKey);
  if (!mix)
    return mix.takeError();
  if (!(mix->value_or(0) <= 1))
    return metadata.error(mixKey, "the value is " + Twine(std::to_string(**mix)) +
                                      ", expected a weight from 0 to 1");
  // A negative one stands for "not set".
  scaling.extrapolation = mix->value_or(-1) >= 0 ? **mix : name == "yarn" ? 1 : 0;
  if (scaling.extrapolation == 0)
    return Error::success();
  scaling.originalContext = context->value_or(0) ? **context : config.contextLength;
  if (config.ropeTheta == 1)
    return metadata.error(key("rope.freq_base"), "YaRN has no meaning with a base of 1");
  if (Error error = readPositive("rope.scaling.yarn_beta_fast", scaling.betaFast, 32.0))
    return error;
  return readPositive("rope.scaling.yarn_beta_slow", scaling.betaSlow, 1.0);
}

Error ConfigReader::readRest() {
  double eps = 0;
  std::string epsKey = key("attention.layer_norm_rms_epsilon");
  if (Error error = readPositive("attention.layer_norm_rms_epsilon", eps))
    return error;
  config.rmsEps = static_cast<float>(eps);
  if (!std::isnormal(config.rmsEps))
    return metadata.error(epsKey, "the value is no normal 32-bit float");
  // A window that holds the whole context is no window.
  auto window = metadata.getUnsigned(key("attention.sliding_window"));
  if (!window)
    return window.takeError();
  if (uint64_t width = window->value_or(0); width != 0 && width < config.contextLength)
    return metadata.error(key("attention.sliding_window"),
                          "a sliding window of " + Twine(width) + " in a context of " +
                              Twine(config.contextLength) + " is not supported");
  auto name = metadata.getString("general.name");
  if (!name)
    return name.takeError();
  config.name = name->value_or("").str();
  config.qkvFused = config.arch == Architecture::Qwen;
  config.qkvBias = config.qkvFused || config.arch == Architecture::Qwen2 ||
                   config.arch == Architecture::Qwen2MoE;
  config.qkNorm = config.arch == Architecture::Qwen3 || config.arch == Architecture::Qwen3MoE;
  return Error::success();
}

Expected<ModelConfig> qwenc::readModelConfig(const gguf::File &file) {
  Expected<Architecture> arch = readArchitecture(file);
  if (!arch)
    return arch.takeError();
  return ConfigReader(file, *arch).read();
}

//===- frontend/ModelConfig.cpp - hyper-parameters from metadata ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which keys there may be is KnownKeys.cpp's to say.
//===----------------------------------------------------------------------===//
#include "frontend/ModelConfig.h"

#include "frontend/KnownKeys.h"
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
    if (Error error = checkKnownKeys(metadata, prefix))
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

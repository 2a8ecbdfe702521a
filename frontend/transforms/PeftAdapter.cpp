//===- frontend/transforms/PeftAdapter.cpp - a folder that PEFT wrote -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// adapter_config.json says how the update is scaled; what it may ask beyond a plain
// LoRA (DoRA, biases, whole modules) is refused, not left out. The safetensors have
// the checkpoint's names:
//
//   base_model.model.model.layers.3.self_attn.q_proj.lora_A.weight    rank x in
//   base_model.model.model.layers.3.self_attn.q_proj.lora_B.weight    out x rank
//===----------------------------------------------------------------------===//
#include "frontend/safetensors/SafetensorsReader.h"
#include "frontend/transforms/LoraAdapter.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>
#include <map>

using namespace qwenc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

namespace {

struct PeftConfig {
  double alpha = 0;
  uint64_t rank = 0;
  bool rankStabilised = false, ranksVary = false;
};

/// Keys that ask for more than a LoRA, and the values that do not.
constexpr llvm::StringLiteral kMustBeOff[] = {
    "use_dora",          "modules_to_save",        "fan_in_fan_out", "lora_bias",
    "alpha_pattern",     "layer_replication",      "use_qalora",     "megatron_config",
    "target_parameters", "trainable_token_indices"};

bool isOff(const llvm::json::Value &value) {
  if (value.getAsNull() || value.getAsBoolean() == false)
    return true;
  if (const llvm::json::Array *array = value.getAsArray())
    return array->empty();
  if (const llvm::json::Object *object = value.getAsObject())
    return object->empty();
  return value.getAsString() == StringRef("");
}

class ConfigReader {
public:
  ConfigReader(const std::string &path, StringRef text) : path(path), text(text) {}
  Expected<PeftConfig> read();

private:
  Error fail(const Twine &message) const { return llvm::createStringError(path + ": " + message); }
  const std::string &path;
  StringRef text;
};

} // namespace

Expected<PeftConfig> ConfigReader::read() {
  if (!safetensors::isShallow(text, 16))
    return fail("nests deeper than any adapter's configuration");
  auto value = llvm::json::parse(text);
  if (!value)
    return fail("is no JSON: " + gguf::printable(llvm::toString(value.takeError())));
  const llvm::json::Object *object = value->getAsObject();
  if (!object)
    return fail("is no JSON object");
  auto type = object->getString("peft_type");
  if (!type || *type != "LORA")
    return fail("peft_type is " +
                (type ? "'" + gguf::printable(*type) + "'" : std::string("absent")) +
                ", expected 'LORA'");
  for (StringRef key : kMustBeOff)
    if (const llvm::json::Value *asked = object->get(key); asked && !isOff(*asked))
      return fail("'" + key +
                  "' is set: qwenc merges plain LoRA only; merge the adapter with "
                  "PEFT and convert the result");
  if (auto bias = object->getString("bias"); bias && *bias != "none")
    return fail("bias is '" + gguf::printable(*bias) +
                "': qwenc merges updates of weights only, with bias 'none'");
  PeftConfig config;
  auto rank = object->getInteger("r");
  auto alpha = object->getNumber("lora_alpha");
  if (!rank || *rank < 1 || !alpha || !std::isfinite(*alpha))
    return fail("r and lora_alpha are no numbers as they should be");
  config.rank = static_cast<uint64_t>(*rank);
  config.alpha = *alpha;
  config.rankStabilised = object->getBoolean("use_rslora").value_or(false);
  if (const llvm::json::Value *pattern = object->get("rank_pattern"))
    config.ranksVary = !isOff(*pattern);
  return config;
}

/// "model.layers.3.self_attn.q_proj" -> "blk.3.attn_q.weight"; "" if it is nothing
/// that a GGUF of these architectures has.
static std::string ggufName(StringRef module) {
  if (module == "lm_head")
    return "output.weight";
  if (!module.consume_front("model.layers."))
    return "";
  unsigned layer;
  if (module.consumeInteger(10, layer) || !module.consume_front("."))
    return "";
  StringRef name = llvm::StringSwitch<StringRef>(module)
                       .Case("self_attn.q_proj", "attn_q")
                       .Case("self_attn.k_proj", "attn_k")
                       .Case("self_attn.v_proj", "attn_v")
                       .Case("self_attn.o_proj", "attn_output")
                       .Case("mlp.gate_proj", "ffn_gate")
                       .Case("mlp.up_proj", "ffn_up")
                       .Case("mlp.down_proj", "ffn_down")
                       .Default("");
  return name.empty() ? "" : ("blk." + Twine(layer) + "." + name + ".weight").str();
}

/// What a tensor of the file is: half of the update of a tensor of the model.
struct Half {
  std::string tensor;
  bool isA;
};

static Expected<Half> parseName(const safetensors::File &file, StringRef name, const Model &model) {
  StringRef module = name;
  module.consume_front("base_model.model.");
  bool isA = module.consume_back(".lora_A.weight") || module.consume_back(".lora_A.default.weight");
  if (!isA && !module.consume_back(".lora_B.weight") &&
      !module.consume_back(".lora_B.default.weight")) {
    if (module.contains("lora_embedding"))
      return file.tensorError(name, "updates of the embedding are not supported");
    return file.tensorError(name, "neither lora_A nor lora_B of a module: qwenc merges plain LoRA "
                                  "only; merge the adapter with PEFT and convert the result");
  }
  Half half{ggufName(module), isA};
  if (half.tensor == "output.weight" && model.config.tiedHead)
    return file.tensorError(name, "the model's head is tied to its embedding: an update of the one "
                                  "would change both");
  const TensorInfo *tensor = half.tensor.empty() ? nullptr : model.find(half.tensor);
  if (!tensor)
    return file.tensorError(name, "the model has no matrix for the module '" +
                                      gguf::printable(module) + "'");
  return half;
}

static Expected<LoraMatrix> readMatrix(const safetensors::File &file,
                                       const safetensors::Tensor &tensor) {
  auto type = llvm::StringSwitch<std::optional<GgmlType>>(tensor.dtype)
                  .Case("F32", GgmlType::F32)
                  .Case("F16", GgmlType::F16)
                  .Case("BF16", GgmlType::BF16)
                  .Default(std::nullopt);
  if (!type || tensor.shape.size() != 2 || tensor.bytes == 0)
    return file.tensorError(tensor.name, "it is " + gguf::shapeText(tensor.shape) + " of type " +
                                             tensor.dtype +
                                             ", expected a matrix of type F32, F16 or BF16");
  return LoraMatrix{*type, tensor.shape[0], tensor.shape[1], tensor.offset};
}

/// Heads of Q and K whose rows the file of a `llama` has in another order.
static uint32_t headsInHalves(StringRef tensor, const ModelConfig &config) {
  if (!config.ropeInterleaved)
    return 0;
  return tensor.ends_with(".attn_q.weight")   ? config.heads
         : tensor.ends_with(".attn_k.weight") ? config.kvHeads
                                              : 0;
}

Error qwenc::readPeftAdapter(const std::string &folder, const Model &model, LoraAdapter &adapter) {
  std::string configPath = folder + "/adapter_config.json";
  auto text = llvm::MemoryBuffer::getFile(configPath);
  if (!text)
    return llvm::createStringError(configPath + ": " + text.getError().message());
  adapter.config = (*text)->getBuffer().str();
  auto config = ConfigReader(configPath, adapter.config).read();
  if (!config)
    return config.takeError();
  auto file = safetensors::readFile(adapter.file.path(),
                                    {adapter.file.data(), size_t(adapter.file.size())});
  if (!file)
    return file.takeError();
  struct Halves {
    std::optional<LoraMatrix> a, b;
    StringRef name;
  };
  std::map<std::string, Halves> byName;
  for (const safetensors::Tensor &tensor : file->tensors) {
    auto half = parseName(*file, tensor.name, model);
    if (!half)
      return half.takeError();
    auto matrix = readMatrix(*file, tensor);
    if (!matrix)
      return matrix.takeError();
    Halves &halves = byName[half->tensor];
    std::optional<LoraMatrix> &place = half->isA ? halves.a : halves.b;
    if (place)
      return file->tensorError(tensor.name, "another tensor means the same");
    place = *matrix;
    halves.name = tensor.name;
  }
  for (const TensorInfo &tensor : model.tensors) {
    auto it = byName.find(tensor.name);
    if (it == byName.end())
      continue;
    const Halves &halves = it->second;
    if (!halves.a || !halves.b)
      return file->tensorError(halves.name, halves.a ? "lora_B is missing" : "lora_A is missing");
    LoraPair pair{tensor.name, *halves.a, *halves.b, 0, headsInHalves(tensor.name, model.config)};
    double rank = static_cast<double>(pair.a.rows);
    pair.scale =
        static_cast<float>(config->alpha / (config->rankStabilised ? std::sqrt(rank) : rank));
    std::string problem = checkLoraShapes(model, pair);
    if (problem.empty() && pair.a.rows != config->rank && !config->ranksVary)
      problem = "its rank is " + std::to_string(pair.a.rows) + ", but adapter_config.json says " +
                std::to_string(config->rank);
    if (!problem.empty())
      return file->tensorError(halves.name, problem);
    adapter.pairs.push_back(std::move(pair));
  }
  return Error::success();
}

//===- tests/unit/frontend/transforms/LoraTest.cpp ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/transforms/LoraMerge.h"

#include "tests/unit/frontend/transforms/ModelFile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

using namespace qwenc;

namespace {

float valueAt(int matrix, uint64_t i) {
  return std::sin(0.11f * static_cast<float>(i + 1) * static_cast<float>(matrix + 1));
}

Bytes values(int matrix, uint64_t count) {
  Bytes bytes;
  for (uint64_t i = 0; i < count; ++i)
    appendNumber(bytes, valueAt(matrix, i));
  return bytes;
}

/// All matrices F32, zeros: what is merged is all there is.
GGUFBuilder zeroModel(const std::string &arch) {
  GGUFBuilder gguf = tinyModel(arch);
  for (TensorEntry &entry : gguf.tensors)
    entry.type = static_cast<uint32_t>(GgmlType::F32);
  return gguf;
}

constexpr uint64_t Rank = 3;

GGUFBuilder ggufAdapter(const std::string &arch = "llama") {
  GGUFBuilder gguf;
  gguf.set("general.architecture", arch);
  gguf.set("general.type", "adapter");
  gguf.set("adapter.type", "lora");
  gguf.set("adapter.lora.alpha", 6.0f);
  gguf.add("blk.0.attn_q.weight.lora_a", {Rank, 32}).data = values(0, Rank * 32);
  gguf.add("blk.0.attn_q.weight.lora_b", {32, Rank}).data = values(1, 32 * Rank);
  return gguf;
}

/// A folder as PEFT writes it.
class PeftFolder {
public:
  PeftFolder() {
    char name[] = "/tmp/qwenc-peft-XXXXXX";
    if (!::mkdtemp(name))
      std::abort();
    path = name;
    write();
  }
  ~PeftFolder() { std::filesystem::remove_all(path); }

  std::string path;
  std::string config = R"({"peft_type":"LORA","r":3,"lora_alpha":6,"bias":"none",)"
                       R"("use_dora":false,"modules_to_save":null,"rank_pattern":{}})";
  std::string module = "base_model.model.model.layers.0.self_attn.q_proj";
  std::string shapeB = "[32,3]";

  void write() const {
    const uint64_t bytesA = Rank * 32 * 4, bytesB = 32 * Rank * 4;
    std::string json = "{\"" + module + ".lora_A.weight\":{\"dtype\":\"F32\",\"shape\":[3,32]," +
                       "\"data_offsets\":[0," + std::to_string(bytesA) + "]},\"" + module +
                       ".lora_B.weight\":{\"dtype\":\"F32\",\"shape\":" + shapeB +
                       ",\"data_offsets\":[" + std::to_string(bytesA) + "," +
                       std::to_string(bytesA + bytesB) + "]}}";
    Bytes bytes;
    appendNumber<uint64_t>(bytes, json.size());
    bytes.insert(bytes.end(), json.begin(), json.end());
    for (int matrix = 0; matrix < 2; ++matrix) {
      Bytes data = values(matrix, Rank * 32);
      bytes.insert(bytes.end(), data.begin(), data.end());
    }
    std::ofstream(path + "/adapter_model.safetensors", std::ios::binary)
        .write(reinterpret_cast<const char *>(bytes.data()), std::streamsize(bytes.size()));
    std::ofstream(path + "/adapter_config.json") << config;
  }
};

/// attn_q after the merge.
std::vector<float> merged(const std::string &path, const std::string &arch, float factor = 1) {
  ModelFile file(zeroModel(arch));
  auto adapter = readLoraAdapter(path, *file.model);
  EXPECT_TRUE(static_cast<bool>(adapter)) << llvm::toString(adapter.takeError());
  ModelTransforms transforms;
  planLoraMerge(*adapter, factor, *file.model, transforms);
  transforms.apply(*file.model);
  std::vector<int64_t> rows(32);
  for (int i = 0; i < 32; ++i)
    rows[i] = i;
  std::vector<uint8_t> buffer;
  const uint8_t *bytes = llvm::cantFail(
      transforms.rows(*file.model, file.model->tensor("blk.0.attn_q.weight"), rows, buffer));
  std::vector<float> result(32 * 32);
  std::memcpy(result.data(), bytes, result.size() * sizeof(float));
  return result;
}

/// scale * sum over the rank, row by row of B.
void expectProduct(const std::vector<float> &got, double scale, bool pairsFromHalves) {
  for (uint64_t row = 0; row < 32; ++row) {
    // 2 heads of 16: row 2i + h of a head is row i + 8h of the checkpoint.
    uint64_t head = row / 16, within = row % 16;
    uint64_t source = pairsFromHalves ? head * 16 + within / 2 + within % 2 * 8 : row;
    for (uint64_t column = 0; column < 32; ++column) {
      double sum = 0;
      for (uint64_t r = 0; r < Rank; ++r)
        sum += double(valueAt(1, source * Rank + r)) * valueAt(0, r * 32 + column);
      ASSERT_NEAR(got[row * 32 + column], scale * sum, 1e-5) << row << " " << column;
    }
  }
}

std::string errorOf(const std::string &path, const std::string &arch = "llama") {
  ModelFile file(zeroModel(arch));
  auto adapter = readLoraAdapter(path, *file.model);
  if (adapter)
    return "";
  std::string error = llvm::toString(adapter.takeError());
  EXPECT_EQ(error.find(path), 0u) << error;
  EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  return error;
}

std::string errorOf(const GGUFBuilder &gguf) {
  TemporaryFile file(gguf.build());
  return errorOf(file.path);
}

#define EXPECT_ERROR(error, part) EXPECT_NE((error).find(part), std::string::npos) << (error)

TEST(Lora, GGUFRowsAreInTheModelsOrder) {
  TemporaryFile file(ggufAdapter().build());
  expectProduct(merged(file.path, "llama"), 6.0 / Rank, false);
  expectProduct(merged(file.path, "llama", -0.5f), -0.5 * 6.0 / Rank, false);
}

TEST(Lora, PeftRowsMoveForLlamaOnly) {
  PeftFolder folder;
  expectProduct(merged(folder.path, "llama"), 2.0, true);
  expectProduct(merged(folder.path, "qwen2"), 2.0, false);
  expectProduct(merged(folder.path, "qwen3"), 2.0, false);
}

TEST(Lora, RankStabilisedScaling) {
  PeftFolder folder;
  folder.config = R"({"peft_type":"LORA","r":3,"lora_alpha":6,"use_rslora":true})";
  folder.write();
  expectProduct(merged(folder.path, "qwen2"), 6 / std::sqrt(3.0), false);
}

TEST(Lora, AdaptersAddUp) {
  TemporaryFile first(ggufAdapter().build());
  ModelFile file(zeroModel("llama"));
  ModelTransforms transforms;
  for (float factor : {1.0f, 2.0f})
    planLoraMerge(llvm::cantFail(readLoraAdapter(first.path, *file.model)), factor, *file.model,
                  transforms);
  EXPECT_EQ(transforms.find("blk.0.attn_q.weight")->changes.size(), 2u);
  transforms.apply(*file.model);
  std::vector<uint8_t> buffer;
  const TensorInfo &tensor = file.model->tensor("blk.0.attn_q.weight");
  const uint8_t *bytes = llvm::cantFail(transforms.rows(*file.model, tensor, {4}, buffer));
  float value;
  std::memcpy(&value, bytes, sizeof value);
  EXPECT_NEAR(value, 3 * merged(first.path, "llama")[4 * 32], 1e-5);
}

TEST(Lora, TheReportTellsWhatIsLeftOfAnUpdate) {
  GGUFBuilder gguf = tinyModel("llama");
  TemporaryFile lora(ggufAdapter().build());
  for (bool tiny : {false, true}) {
    // Blocks of -1 and 0.875: a grid of 1/8, and an update far below half of that,
    // and below what moves a scale.
    TensorEntry &entry = gguf.tensor("blk.0.attn_q.weight");
    entry.data.clear();
    for (int block = 0; block < 32; ++block) {
      appendNumber<uint16_t>(entry.data, 0x3000); // 0.125
      for (int i = 0; i < 16; ++i)
        entry.data.push_back(0xf0);
    }
    ModelFile file(gguf);
    ModelTransforms transforms;
    planLoraMerge(llvm::cantFail(readLoraAdapter(lora.path, *file.model)), tiny ? 1e-4f : 1.0f,
                  *file.model, transforms);
    transforms.apply(*file.model);
    const TensorInfo &tensor = file.model->tensor("blk.0.attn_q.weight");
    EXPECT_EQ(tensor.type, GgmlType::Q4_0);
    std::vector<uint8_t> buffer;
    for (int64_t row = 0; row < 32; ++row)
      llvm::cantFail(transforms.rows(*file.model, tensor, {row}, buffer));
    transforms.finish(*file.model, tensor);
    TensorChange change = transforms.changes().front();
    EXPECT_GT(*change.updateSize, tiny ? 1e-5 : 0.1);
    if (tiny)
      EXPECT_LT(*change.updateKept, 0.2);
    else
      EXPECT_GT(*change.updateKept, 0.9);
  }
}

TEST(Lora, GGUFErrors) {
  GGUFBuilder gguf = ggufAdapter();
  gguf.set("general.type", "model");
  EXPECT_ERROR(errorOf(gguf), "expected 'adapter'");
  gguf = ggufAdapter("qwen2");
  EXPECT_ERROR(errorOf(gguf), "the adapter is for 'qwen2', the model is llama");
  gguf = ggufAdapter();
  gguf.set("adapter.type", "ia3");
  EXPECT_ERROR(errorOf(gguf), "'ia3' is not supported, only 'lora'");
  gguf = ggufAdapter();
  gguf.remove("adapter.lora.alpha");
  EXPECT_ERROR(errorOf(gguf), "adapter.lora.alpha");
  gguf = ggufAdapter();
  gguf.removeTensor("blk.0.attn_q.weight.lora_b");
  EXPECT_ERROR(errorOf(gguf), ".lora_b is missing");
  gguf = ggufAdapter();
  gguf.tensor("blk.0.attn_q.weight.lora_b").shape = {32, Rank + 1};
  EXPECT_ERROR(errorOf(gguf), "expected rank x 32 and 32 x rank");
  gguf = ggufAdapter();
  gguf.add("blk.7.attn_q.weight.lora_a", {Rank, 32});
  EXPECT_ERROR(errorOf(gguf), "the model has no matrix of this name");
  gguf = ggufAdapter();
  gguf.add("blk.0.attn_q.bias", {32});
  EXPECT_ERROR(errorOf(gguf), "neither .lora_a nor .lora_b");
  gguf = ggufAdapter();
  gguf.add("token_embd.weight.lora_a", {8, Rank});
  EXPECT_ERROR(errorOf(gguf), "updates of the embedding are not supported");
  gguf = ggufAdapter();
  gguf.tensor("blk.0.attn_q.weight.lora_a").type = static_cast<uint32_t>(GgmlType::Q8_0);
  gguf.tensor("blk.0.attn_q.weight.lora_a").data.clear();
  EXPECT_ERROR(errorOf(gguf), "expected a matrix of type F32, F16 or BF16");
  gguf = ggufAdapter();
  gguf.tensors.clear();
  EXPECT_ERROR(errorOf(gguf), "changes no tensor");
}

TEST(Lora, PeftConfigErrors) {
  PeftFolder folder;
  const std::string start = R"({"peft_type":"LORA","r":3,"lora_alpha":6)";
  for (auto [config, message] : {
           std::pair<std::string, const char *>("{", "is no JSON"),
           {"[]", "is no JSON object"},
           {std::string(1000, '['), "nests deeper"},
           {R"({"peft_type":"IA3"})", "peft_type is 'IA3'"},
           {R"({"r":3})", "peft_type is absent"},
           {R"({"peft_type":"LORA","r":0,"lora_alpha":6})", "r and lora_alpha"},
           {R"({"peft_type":"LORA","r":3,"lora_alpha":"x"})", "r and lora_alpha"},
           {start + R"(,"use_dora":true})", "'use_dora' is set"},
           {start + R"(,"modules_to_save":["lm_head"]})", "'modules_to_save' is set"},
           {start + R"(,"bias":"all"})", "bias is 'all'"},
           {start + R"(,"fan_in_fan_out":true})", "'fan_in_fan_out' is set"},
           {start + R"(,"alpha_pattern":{"q_proj":8}})", "'alpha_pattern' is set"},
           {R"({"peft_type":"LORA","r":4,"lora_alpha":6})", "its rank is 3, but"},
       }) {
    folder.config = config;
    folder.write();
    EXPECT_ERROR(errorOf(folder.path), message);
  }
  // Ranks that differ from module to module stand in the shapes.
  folder.config = R"({"peft_type":"LORA","r":4,"lora_alpha":6,"rank_pattern":{"q_proj":3}})";
  folder.write();
  EXPECT_EQ(errorOf(folder.path), "");
}

TEST(Lora, PeftTensorErrors) {
  PeftFolder folder;
  for (auto [module, message] : {
           std::pair<std::string, const char *>("base_model.model.lm_head",
                                                "tied to its embedding"),
           {"base_model.model.model.layers.9.mlp.up_proj", "no matrix for the module"},
           {"base_model.model.model.layers.0.mlp.router", "no matrix for the module"},
           {"base_model.model.model.layers.99999999999.mlp.up_proj", "no matrix for the module"},
           {"base_model.model.model.embed_tokens.lora_embedding_A", "no matrix for the module"},
       }) {
    folder.module = module;
    folder.write();
    EXPECT_ERROR(errorOf(folder.path), message);
  }
  folder.module = "base_model.model.model.layers.0.self_attn.q_proj";
  folder.shapeB = "[48,2]";
  folder.write();
  EXPECT_ERROR(errorOf(folder.path), "expected rank x 32 and 32 x rank");
}

TEST(Lora, MissingFilesAreNamed) {
  PeftFolder folder;
  std::filesystem::remove(folder.path + "/adapter_config.json");
  EXPECT_ERROR(errorOf(folder.path), "adapter_config.json: ");
  std::filesystem::remove(folder.path + "/adapter_model.safetensors");
  EXPECT_ERROR(errorOf(folder.path), "adapter_model.safetensors: ");
  std::ofstream(folder.path + "/adapter_model.bin") << "x";
  EXPECT_ERROR(errorOf(folder.path), "save the adapter as safetensors");
}

} // namespace

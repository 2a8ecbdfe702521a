//===- tests/unit/frontend/LoadModelTest.cpp ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/LoadModel.h"

#include "tests/unit/frontend/GGUFBuilder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace qwenc;

namespace {

/// The error of a model, without the file's name.
std::string errorOf(const GGUFBuilder &builder) {
  Bytes bytes = builder.build();
  auto model = loadModelFromMemory("f.gguf", bytes);
  if (model)
    return "no error";
  std::string text = llvm::toString(model.takeError());
  EXPECT_TRUE(llvm::StringRef(text).starts_with("f.gguf: ")) << text;
  return text.substr(8);
}

TEST(LoadModel, TheTinyModelsAreWhole) {
  for (const char *arch : {"qwen", "qwen2", "qwen3", "llama"}) {
    GGUFBuilder builder = tinyModel(arch);
    Bytes bytes = builder.build();
    auto model = loadModelFromMemory("f.gguf", bytes);
    ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
    EXPECT_EQ((*model)->config.vocab, 8u);
    EXPECT_TRUE((*model)->config.tiedHead);
    // Of the fused tensor there are three, of its bias too.
    EXPECT_EQ((*model)->tensors.size(),
              builder.tensors.size() + (arch == llvm::StringRef("qwen") ? 4 : 0));
    const TensorInfo &down = (*model)->tensor("blk.0.ffn_down.weight");
    EXPECT_EQ(down.name, "blk.0.ffn_down.weight");
    EXPECT_EQ(down.type, GgmlType::Q8_0);
    EXPECT_EQ(down.rows(), 32u);
    EXPECT_EQ(down.columns(), 64u);
    EXPECT_EQ(down.rowBytes(), 68u);
    EXPECT_EQ(down.bytes, 32u * 68);
    const TensorInfo &norm = (*model)->tensor("output_norm.weight");
    EXPECT_TRUE(norm.isVector());
    EXPECT_EQ(norm.rows(), 1u);
    EXPECT_EQ(norm.columns(), 32u);
    EXPECT_EQ((*model)->find("output.weight"), nullptr);
  }
}

TEST(LoadModel, EachTensorIsNeeded) {
  for (const char *arch : {"qwen", "qwen2", "qwen3", "qwen2moe", "qwen3moe", "llama"})
    for (const TensorEntry &entry : tinyModel(arch).tensors) {
      GGUFBuilder builder = tinyModel(arch);
      builder.removeTensor(entry.name);
      std::string expected = "tensor '" + entry.name + "': missing; a " + arch +
                             " model of 1 layer has it, expected " + gguf::shapeText(entry.shape) +
                             " (";
      EXPECT_EQ(errorOf(builder).substr(0, expected.size()), expected);
    }
}

TEST(LoadModel, EachShapeIsChecked) {
  for (const char *arch : {"qwen", "qwen2", "qwen3", "qwen2moe", "qwen3moe", "llama"})
    for (const TensorEntry &entry : tinyModel(arch).tensors) {
      GGUFBuilder builder = tinyModel(arch);
      std::vector<uint64_t> wrong = entry.shape;
      wrong[0] += 32;
      builder.tensor(entry.name).shape = wrong;
      std::string expected = "tensor '" + entry.name + "': the shape is " + gguf::shapeText(wrong) +
                             ", expected " + gguf::shapeText(entry.shape) + " (";
      EXPECT_EQ(errorOf(builder).substr(0, expected.size()), expected);
      wrong = entry.shape;
      wrong.insert(wrong.begin(), 1); // the same elements, another shape
      builder.tensor(entry.name).shape = wrong;
      EXPECT_NE(errorOf(builder), "no error");
    }
}

TEST(LoadModel, TensorsThatTheArchitectureHasNotAreUnexpected) {
  GGUFBuilder builder = tinyModel("qwen2");
  builder.add("blk.1.attn_norm.weight", {32});
  EXPECT_EQ(errorOf(builder), "tensor 'blk.1.attn_norm.weight': unexpected; a qwen2 model of 1 "
                              "layer has no tensor of this name");
  builder = tinyModel("llama");
  builder.add("blk.0.attn_q.bias", {32});
  EXPECT_EQ(errorOf(builder), "tensor 'blk.0.attn_q.bias': unexpected; a llama model of 1 layer "
                              "has no tensor of this name");
}

TEST(LoadModel, TypesThatWeCannotComputeWithAreNamed) {
  GGUFBuilder builder = tinyModel("qwen2");
  builder.set("qwen2.feed_forward_length", 256);
  for (const char *name : {"blk.0.ffn_gate.weight", "blk.0.ffn_up.weight"})
    builder.tensor(name).shape = {256, 32};
  builder.tensor("blk.0.ffn_down.weight").shape = {32, 256};
  EXPECT_EQ(errorOf(builder), "no error");
  builder.tensor("blk.0.ffn_down.weight").type = static_cast<uint32_t>(GgmlType::IQ2_XS);
  EXPECT_EQ(
      errorOf(builder),
      "tensor 'blk.0.ffn_down.weight': type IQ2_XS is not supported; supported types are F32, "
      "F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS, "
      "MXFP4");
}

TEST(LoadModel, VectorsAreFloats) {
  for (const char *name : {"blk.0.attn_norm.weight", "blk.0.attn_q.bias", "output_norm.weight"}) {
    GGUFBuilder builder = tinyModel("qwen2");
    for (GgmlType type : {GgmlType::F16, GgmlType::BF16}) {
      builder.tensor(name).type = static_cast<uint32_t>(type);
      EXPECT_EQ(errorOf(builder), "no error");
    }
    builder.tensor(name).type = static_cast<uint32_t>(GgmlType::Q8_0);
    std::string expected =
        std::string("tensor '") + name + "': the type is Q8_0, expected F32, F16 or BF16 (";
    EXPECT_EQ(errorOf(builder).substr(0, expected.size()), expected);
  }
}

TEST(LoadModel, AnOwnHeadIsCheckedLikeTheEmbedding) {
  GGUFBuilder builder = tinyModel("qwen3");
  builder.add("output.weight", {8, 32}, GgmlType::BF16);
  Bytes bytes = builder.build();
  auto model = loadModelFromMemory("f.gguf", bytes);
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  EXPECT_FALSE((*model)->config.tiedHead);
  builder.tensor("output.weight").shape = {9, 32};
  EXPECT_EQ(errorOf(builder), "tensor 'output.weight': the shape is 9 x 32, expected 8 x 32 "
                              "(tokens of the tokenizer x embedding_length)");
}

TEST(LoadModel, AFusedTensorIsItsRows) {
  GGUFBuilder builder = tinyModel("qwen");
  Bytes bytes = builder.build();
  auto model = loadModelFromMemory("f.gguf", bytes);
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  const TensorInfo &q = (*model)->tensor("blk.0.attn_q.weight");
  const TensorInfo &k = (*model)->tensor("blk.0.attn_k.weight");
  const TensorInfo &v = (*model)->tensor("blk.0.attn_v.weight");
  EXPECT_EQ(q.rows(), 32u);
  EXPECT_EQ(q.bytes, 32u * 18);
  EXPECT_EQ(k.fileOffset, q.fileOffset + 32 * 18);
  EXPECT_EQ(v.fileOffset, q.fileOffset + 64 * 18);
  const TensorInfo &bias = (*model)->tensor("blk.0.attn_v.bias");
  EXPECT_TRUE(bias.isVector());
  EXPECT_EQ(bias.columns(), 32u);
  EXPECT_EQ(bias.fileOffset, (*model)->tensor("blk.0.attn_q.bias").fileOffset + 256);
  EXPECT_EQ((*model)->find("blk.0.attn_qkv.weight"), nullptr);
}

TEST(LoadModel, ExpertsAreMatricesOneBelowTheOther) {
  GGUFBuilder builder = tinyModel("qwen3moe");
  Bytes bytes = builder.build();
  auto model = loadModelFromMemory("f.gguf", bytes);
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  const TensorInfo &gate = (*model)->tensor("blk.0.ffn_gate_exps.weight");
  EXPECT_EQ(gate.shape.size(), 3u);
  EXPECT_EQ(gate.rows(), 4u * 96);
  EXPECT_EQ(gate.bytes, gate.rows() * gate.rowBytes());
  builder.tensor("blk.0.ffn_up_exps.weight").type = static_cast<uint32_t>(GgmlType::BF16);
  EXPECT_EQ(errorOf(builder), "tensor 'blk.0.ffn_up_exps.weight': the type is BF16, but that of "
                              "'blk.0.ffn_gate_exps.weight' is Q4_0; expected floats for both or "
                              "for neither");
}

TEST(LoadModel, RopeFactorsAreRead) {
  GGUFBuilder builder = tinyModel("llama");
  Bytes ones;
  for (int i = 0; i < 8; ++i)
    appendNumber(ones, 1.0f);
  builder.add("rope_freqs.weight", {8}).data = ones;
  Bytes bytes = builder.build();
  auto model = loadModelFromMemory("f.gguf", bytes);
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  EXPECT_EQ((*model)->find("rope_freqs.weight"), nullptr); // they change nothing
  EXPECT_TRUE((*model)->config.ropeScaling.factors.empty());
  Bytes growing;
  for (int i = 0; i < 8; ++i)
    appendNumber(growing, 1.0f + i);
  builder.tensor("rope_freqs.weight").data = growing;
  bytes = builder.build();
  model = loadModelFromMemory("f.gguf", bytes);
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  EXPECT_EQ((*model)->config.ropeScaling.factors, std::vector<float>({1, 2, 3, 4, 5, 6, 7, 8}));
  builder.tensor("rope_freqs.weight").data.clear();
  EXPECT_EQ(errorOf(builder), "tensor 'rope_freqs.weight': divisors of RoPE frequencies, expected "
                              "finite positive numbers");
  builder.tensor("rope_freqs.weight").shape = {4};
  EXPECT_EQ(errorOf(builder),
            "tensor 'rope_freqs.weight': the tensor is 4 of type F32, expected 8 of type F32");
}

TEST(LoadModel, AbsurdNumbersOfLayersEndAtTheFirstMissingTensor) {
  GGUFBuilder builder = tinyModel("qwen2");
  builder.set("qwen2.block_count", 1 << 24);
  EXPECT_EQ(errorOf(builder).substr(0, 60),
            "tensor 'blk.1.attn_norm.weight': missing; a qwen2 model of 1");
}

TEST(LoadModel, LoadsAFileAndShowsItsBytes) {
  GGUFBuilder builder = tinyModel("qwen2");
  Bytes norm;
  for (int i = 0; i < 32; ++i)
    appendNumber(norm, 0.5f * static_cast<float>(i));
  builder.tensor("output_norm.weight").data = norm;
  std::filesystem::path path = std::filesystem::temp_directory_path() /
                               ("qwenc-model-" + std::to_string(::getpid()) + ".gguf");
  Bytes bytes = builder.build();
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char *>(bytes.data()), static_cast<long>(bytes.size()));
  auto model = loadModel(path.string());
  std::filesystem::remove(path);
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  EXPECT_EQ((*model)->files.front().size(), bytes.size());
  const TensorInfo &info = (*model)->tensor("output_norm.weight");
  llvm::ArrayRef<uint8_t> data = (*model)->data(info);
  EXPECT_EQ(data, llvm::ArrayRef<uint8_t>(norm));
  (*model)->drop(info);
  EXPECT_EQ((*model)->tokenizer.tokens[4], "bc"); // views of the mapping that moved along
}

TEST(LoadModel, APartInMemoryIsNoModel) {
  GGUFBuilder builder = tinyModel("qwen2");
  builder.set("split.count", 3);
  EXPECT_TRUE(llvm::StringRef(errorOf(builder)).ends_with("the file is one of 3 parts of a model"));
}

TEST(LoadModel, AMissingFileIsNamed) {
  auto model = loadModel("/nonexistent/model.gguf");
  ASSERT_FALSE(bool(model));
  EXPECT_EQ(llvm::toString(model.takeError()),
            "/nonexistent/model.gguf: cannot open: No such file or directory");
}

} // namespace

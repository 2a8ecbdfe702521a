//===- tests/unit/frontend/transforms/ModelTransformTest.cpp --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/transforms/ModelTransform.h"

#include "frontend/LoadModel.h"
#include "frontend/transforms/Requantize.h"
#include "support/quant/Encode.h"
#include "tests/unit/frontend/transforms/ModelFile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace qwenc;

namespace {

constexpr const char *Up = "blk.0.ffn_up.weight"; // 64 x 32

/// A model whose matrices are F32 with values of all sizes.
GGUFBuilder floatModel() {
  GGUFBuilder gguf = tinyModel("llama");
  for (TensorEntry &entry : gguf.tensors) {
    entry.type = static_cast<uint32_t>(GgmlType::F32);
    uint64_t count = entry.shape[0] * (entry.shape.size() > 1 ? entry.shape[1] : 1);
    for (uint64_t i = 0; i < count; ++i)
      appendNumber(entry.data, std::sin(0.37f * static_cast<float>(i + entry.name.size())));
  }
  return gguf;
}

ModelTransforms requantized(Model &model, llvm::StringRef text,
                            ScaleRule rule = ScaleRule::Absmax) {
  ModelTransforms transforms;
  auto spec = parseQuantizeSpec(text);
  auto notes = planRequantization(*spec, model, transforms);
  EXPECT_TRUE(static_cast<bool>(notes));
  llvm::cantFail(planScales(rule, nullptr, model, transforms));
  transforms.apply(model);
  return transforms;
}

std::vector<uint8_t> read(const ModelTransforms &transforms, const Model &model,
                          llvm::StringRef name, llvm::ArrayRef<int64_t> rows) {
  std::vector<uint8_t> buffer;
  const TensorInfo &tensor = model.tensor(name);
  const uint8_t *bytes = llvm::cantFail(transforms.rows(model, tensor, rows, buffer));
  return {bytes, bytes + rows.size() * tensor.rowBytes()};
}

TEST(ModelTransform, TheModelGetsTheNewTypes) {
  ModelFile file(floatModel());
  ModelTransforms transforms = requantized(*file.model, "w4g32,output=w8g32,*.attn_v=keep");
  EXPECT_EQ(file.model->tensor(Up).type, GgmlType::Q4_0);
  EXPECT_EQ(file.model->tensor(Up).bytes, 64u * 18);
  // The head is tied to the embedding.
  EXPECT_EQ(file.model->tensor("token_embd.weight").type, GgmlType::Q8_0);
  EXPECT_EQ(file.model->tensor("blk.0.attn_v.weight").type, GgmlType::F32);
  EXPECT_EQ(file.model->tensor("blk.0.attn_norm.weight").type, GgmlType::F32);
  EXPECT_EQ(transforms.find("blk.0.attn_v.weight"), nullptr);
}

TEST(ModelTransform, RowsAreTheEncodersWhateverTheOrderOfRequests) {
  ModelFile file(floatModel());
  std::vector<float> values(64 * 32);
  const TensorInfo stored = file.model->tensor(Up);
  dequantizeRow(GgmlType::F32, file.model->data(stored).data(), values.data(), values.size());
  std::vector<uint8_t> expected(64 * 18);
  quantizeRow(GgmlType::Q4_0, values.data(), expected.data(), values.size());

  ModelTransforms transforms = requantized(*file.model, "w4g32");
  for (int64_t row : {63, 0, 17, 18, 5}) {
    std::vector<uint8_t> one = read(transforms, *file.model, Up, {row});
    EXPECT_TRUE(std::equal(one.begin(), one.end(), expected.begin() + row * 18)) << row;
  }
  std::vector<uint8_t> three = read(transforms, *file.model, Up, {9, 2, 40});
  EXPECT_TRUE(std::equal(three.begin() + 18, three.begin() + 36, expected.begin() + 2 * 18));
}

TEST(ModelTransform, RowsOfOtherTensorsAreThoseOfTheFile) {
  ModelFile file(floatModel());
  ModelTransforms transforms = requantized(*file.model, "token_embd=w8g32");
  const TensorInfo &tensor = file.model->tensor(Up);
  std::vector<uint8_t> buffer;
  const uint8_t *view = llvm::cantFail(transforms.rows(*file.model, tensor, {3, 4, 5}, buffer));
  EXPECT_EQ(view, file.model->data(tensor).data() + 3 * tensor.rowBytes());
  std::vector<uint8_t> moved = read(transforms, *file.model, Up, {7, 6});
  EXPECT_TRUE(std::equal(moved.begin(), moved.begin() + 128,
                         file.model->data(tensor).data() + 7 * tensor.rowBytes()));
}

TEST(ModelTransform, ReportsTheErrorOfEachTensor) {
  ModelFile file(floatModel());
  ModelTransforms transforms = requantized(*file.model, "*.ffn_up=w8g32");
  const TensorInfo &tensor = file.model->tensor(Up);
  EXPECT_TRUE(transforms.changes().empty());
  for (int64_t row = 63; row >= 0; --row)
    read(transforms, *file.model, Up, {row});
  transforms.finish(*file.model, tensor);
  std::vector<TensorChange> changes = transforms.changes();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].name, Up);
  EXPECT_EQ(changes[0].from, GgmlType::F32);
  EXPECT_EQ(changes[0].to, GgmlType::Q8_0);
  // A step of 1/127 of the largest value: an error of 1/sqrt(12) steps, against
  // values of 1/sqrt(2).
  EXPECT_NEAR(changes[0].error, 1 / 127.0 / std::sqrt(12.0) * std::sqrt(2.0), 5e-4);
  EXPECT_FALSE(changes[0].updateSize.has_value());
}

TEST(ModelTransform, ValuesThatCannotBeEncodedAreAnErrorThatNamesTheRow) {
  for (auto [value, format, message] :
       {std::tuple(std::numeric_limits<float>::infinity(), "*.ffn_up=w4g32", "infinite"),
        std::tuple(std::nanf(""), "*.ffn_up=w8g32", "not a number"),
        std::tuple(1e6f, "*.ffn_up=f16", "too large for F16"),
        std::tuple(3e38f, "*.ffn_up=w4g32", "too large for Q4_0")}) {
    GGUFBuilder gguf = floatModel();
    std::memcpy(gguf.tensor(Up).data.data() + (5 * 32 + 7) * 4, &value, 4);
    ModelFile file(gguf);
    ModelTransforms transforms = requantized(*file.model, format);
    std::vector<uint8_t> buffer;
    auto bytes = transforms.rows(*file.model, file.model->tensor(Up), {4, 5}, buffer);
    ASSERT_FALSE(static_cast<bool>(bytes)) << value;
    std::string error = llvm::toString(bytes.takeError());
    EXPECT_EQ(error.find("tensor 'blk.0.ffn_up.weight', row 5: "), 0u) << error;
    EXPECT_NE(error.find(message), std::string::npos) << error;
  }
}

TEST(Requantize, KeepsWhatIsSmallAlready) {
  ModelFile file(tinyModel("llama")); // embedding Q8_0, attention Q4_0, output F16, up Q4_1
  ModelTransforms transforms;
  auto spec = parseQuantizeSpec("w8g32");
  auto notes = planRequantization(*spec, *file.model, transforms);
  ASSERT_TRUE(static_cast<bool>(notes));
  EXPECT_EQ(notes->alreadySmaller, 5u); // q, k, v, gate, up
  EXPECT_NE(transforms.find("blk.0.attn_output.weight"), nullptr);
  EXPECT_EQ(transforms.find("blk.0.attn_q.weight"), nullptr);
  EXPECT_EQ(transforms.find("token_embd.weight"), nullptr);
}

TEST(Requantize, APatternThatFitsNothingIsAnError) {
  ModelFile file(tinyModel("llama"));
  ModelTransforms transforms;
  auto spec = parseQuantizeSpec("w4g32,*.attn_w=w8g32");
  auto notes = planRequantization(*spec, *file.model, transforms);
  ASSERT_FALSE(static_cast<bool>(notes));
  EXPECT_EQ(llvm::toString(notes.takeError()).find("'*.attn_w' is the name of no matrix"), 0u);
}

TEST(Requantize, AProfileOfAnotherShapeIsAnError) {
  ModelFile file(floatModel());
  ModelTransforms transforms;
  auto spec = parseQuantizeSpec("w4g32");
  ASSERT_TRUE(static_cast<bool>(planRequantization(*spec, *file.model, transforms)));
  ActivationStats stats;
  stats.set(Up, std::vector<float>(33, 1.0f));
  llvm::Error error = planScales(ScaleRule::Fitted, &stats, *file.model, transforms);
  EXPECT_EQ(llvm::toString(std::move(error)),
            "tensor 'blk.0.ffn_up.weight' has 32 columns, but the profile has 33 (of another "
            "model?)");
}

} // namespace

//===- tests/unit/frontend/ModelConfigTest.cpp ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/ModelConfig.h"

#include "tests/unit/frontend/GGUFBuilder.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace qwenc;
using gguf::ValueType;

namespace {

llvm::Expected<ModelConfig> configOf(const GGUFBuilder &builder) {
  Bytes bytes = builder.build();
  auto file = gguf::readFile("f.gguf", bytes);
  if (!file)
    return file.takeError();
  return readModelConfig(*file);
}

/// The error, from "metadata" on, with the offset taken out.
std::string errorOf(const GGUFBuilder &builder) {
  auto config = configOf(builder);
  if (config)
    return "no error";
  std::string text = llvm::toString(config.takeError());
  size_t at = text.find(" at offset ");
  if (at != std::string::npos)
    text.erase(at, text.find(':', at) - at);
  return text.substr(text.find("metadata"));
}

/// The error of a tiny model with one key set to a value.
template <typename T> std::string errorWith(const std::string &key, T value) {
  GGUFBuilder builder = tinyModel(key.substr(0, key.find('.')));
  builder.set(key, value);
  return errorOf(builder);
}

TEST(ModelConfig, ReadsTheArchitectures) {
  auto qwen2 = configOf(tinyModel("qwen2"));
  ASSERT_TRUE(bool(qwen2)) << llvm::toString(qwen2.takeError());
  EXPECT_EQ(qwen2->arch, Architecture::Qwen2);
  EXPECT_EQ(qwen2->name, "Tiny");
  EXPECT_EQ(qwen2->layers, 1u);
  EXPECT_EQ(qwen2->hidden, 32u);
  EXPECT_EQ(qwen2->heads, 2u);
  EXPECT_EQ(qwen2->kvHeads, 1u);
  EXPECT_EQ(qwen2->headDim, 16u);
  EXPECT_EQ(qwen2->ropeDim, 16u);
  EXPECT_EQ(qwen2->ffn, 64u);
  EXPECT_EQ(qwen2->contextLength, 128u);
  EXPECT_EQ(qwen2->ropeTheta, 1e6);
  EXPECT_EQ(qwen2->rmsEps, 1e-6f);
  EXPECT_TRUE(qwen2->qkvBias);
  EXPECT_FALSE(qwen2->qkNorm);
  EXPECT_FALSE(qwen2->ropeInterleaved);

  auto qwen3 = configOf(tinyModel("qwen3"));
  ASSERT_TRUE(bool(qwen3));
  EXPECT_EQ(qwen3->arch, Architecture::Qwen3);
  EXPECT_FALSE(qwen3->qkvBias);
  EXPECT_TRUE(qwen3->qkNorm);
  EXPECT_FALSE(qwen3->ropeInterleaved);

  auto llama = configOf(tinyModel("llama"));
  ASSERT_TRUE(bool(llama));
  EXPECT_EQ(llama->arch, Architecture::Llama);
  EXPECT_FALSE(llama->qkvBias);
  EXPECT_FALSE(llama->qkNorm);
  EXPECT_TRUE(llama->ropeInterleaved);

  auto qwen = configOf(tinyModel("qwen"));
  ASSERT_TRUE(bool(qwen)) << llvm::toString(qwen.takeError());
  EXPECT_EQ(qwen->arch, Architecture::Qwen);
  EXPECT_TRUE(qwen->qkvBias);
  EXPECT_TRUE(qwen->qkvFused);
  EXPECT_FALSE(qwen->ropeInterleaved);
  EXPECT_EQ(qwen->kvHeads, 2u);
  EXPECT_EQ(qwen->ffn, 64u); // the file says gate and up together
}

TEST(ModelConfig, ReadsExperts) {
  auto qwen2 = configOf(tinyModel("qwen2moe"));
  ASSERT_TRUE(bool(qwen2)) << llvm::toString(qwen2.takeError());
  EXPECT_TRUE(qwen2->qkvBias);
  EXPECT_TRUE(qwen2->sharedExpert);
  EXPECT_FALSE(qwen2->expertsNormalized);
  EXPECT_EQ(qwen2->experts, 4u);
  EXPECT_EQ(qwen2->expertsUsed, 2u);
  EXPECT_EQ(qwen2->expertFfn, 96u);
  EXPECT_EQ(qwen2->ffn, 64u);
  GGUFBuilder builder = tinyModel("qwen2moe");
  builder.set("qwen2moe.expert_shared_feed_forward_length", 128);
  builder.remove("qwen2moe.expert_feed_forward_length");
  qwen2 = configOf(builder);
  ASSERT_TRUE(bool(qwen2));
  EXPECT_EQ(qwen2->ffn, 128u);      // of the shared expert
  EXPECT_EQ(qwen2->expertFfn, 32u); // feed_forward_length / expert_used_count
  auto qwen3 = configOf(tinyModel("qwen3moe"));
  ASSERT_TRUE(bool(qwen3));
  EXPECT_TRUE(qwen3->qkNorm);
  EXPECT_FALSE(qwen3->sharedExpert);
  EXPECT_TRUE(qwen3->expertsNormalized);
  EXPECT_EQ(configOf(tinyModel("qwen3"))->experts, 0u);
}

TEST(ModelConfig, ExpertsMustBeOfTheKindThatIsSupported) {
  EXPECT_EQ(errorWith("qwen3moe.expert_used_count", 5),
            "metadata 'qwen3moe.expert_used_count': 5 of 4 experts");
  EXPECT_EQ(errorWith("qwen3moe.expert_count", 0),
            "metadata 'qwen3moe.expert_count': the value is 0, expected at least 1");
  EXPECT_EQ(errorWith("qwen3moe.expert_count", 1025),
            "metadata 'qwen3moe.expert_count': the value is 1025, expected at most 1024");
  EXPECT_EQ(errorWith("qwen3moe.expert_gating_func", 1), "no error");
  EXPECT_NE(errorWith("qwen3moe.expert_gating_func", 2), "no error"); // sigmoid
  EXPECT_NE(errorWith("qwen3moe.expert_weights_scale", 2.5f), "no error");
  EXPECT_NE(errorWith("qwen3moe.leading_dense_block_count", 1), "no error");
  EXPECT_EQ(errorWith("llama.expert_count", 8),
            "metadata 'llama.expert_count': 8 experts; a model of architecture llama has none");
}

TEST(ModelConfig, TheFirstQwenIsRefusedWithWhatItHasNot) {
  EXPECT_EQ(errorWith("qwen.feed_forward_length", 127),
            "metadata 'qwen.feed_forward_length': the value is 127, expected an even number: the "
            "widths of gate and up together");
  EXPECT_EQ(errorWith("qwen.attention.head_count_kv", 1),
            "metadata 'qwen.attention.head_count_kv': 1 key/value heads for 2 query heads; a qwen "
            "model has as many");
  for (const char *key : {"qwen.use_dynamic_ntk", "qwen.use_logn_attn"}) {
    EXPECT_EQ(errorWith(key, false), "no error");
    EXPECT_EQ(errorWith(key, true), std::string("metadata '") + key +
                                        "': the value is true, which this architecture is not "
                                        "supported with");
  }
}

TEST(ModelConfig, HeadsMayBeWiderThanTheirShare) {
  GGUFBuilder builder = tinyModel("qwen3");
  builder.set("qwen3.attention.key_length", 64);
  builder.set("qwen3.attention.value_length", 64);
  builder.set("qwen3.embedding_length", 33);
  auto config = configOf(builder);
  ASSERT_TRUE(bool(config)) << llvm::toString(config.takeError());
  EXPECT_EQ(config->headDim, 64u);
  EXPECT_EQ(config->queryWidth(), 128u);
  EXPECT_EQ(config->kvWidth(), 64u);
}

TEST(ModelConfig, AbsentKeysHaveTheirDefaults) {
  GGUFBuilder builder = tinyModel("qwen2");
  builder.remove("qwen2.attention.head_count_kv");
  builder.remove("qwen2.rope.freq_base");
  builder.remove("general.name");
  auto config = configOf(builder);
  ASSERT_TRUE(bool(config));
  EXPECT_EQ(config->kvHeads, 2u);
  EXPECT_EQ(config->ropeTheta, 10000.0);
  EXPECT_EQ(config->name, "");
}

TEST(ModelConfig, WhatAModelNeedsMustBeThere) {
  for (const char *key : {"qwen2.block_count", "qwen2.context_length", "qwen2.embedding_length",
                          "qwen2.feed_forward_length", "qwen2.attention.head_count",
                          "qwen2.attention.layer_norm_rms_epsilon", "general.architecture"}) {
    GGUFBuilder builder = tinyModel("qwen2");
    builder.remove(key);
    EXPECT_TRUE(llvm::StringRef(errorOf(builder))
                    .starts_with(std::string("metadata '") + key + "': missing, expected "))
        << key << ": " << errorOf(builder);
  }
}

TEST(ModelConfig, SizesHaveLimits) {
  for (const char *key :
       {"qwen2.block_count", "qwen2.context_length", "qwen2.embedding_length",
        "qwen2.feed_forward_length", "qwen2.attention.head_count", "qwen2.attention.head_count_kv",
        "qwen2.attention.key_length", "qwen2.rope.dimension_count"}) {
    EXPECT_EQ(errorWith(key, 0),
              std::string("metadata '") + key + "': the value is 0, expected at least 1");
    EXPECT_EQ(errorWith(key, 0xFFFFFFFFu),
              std::string("metadata '") + key +
                  "': the value is 4294967295, expected at most 16777216");
    EXPECT_NE(errorWith(key, 1.0f), "no error") << key;
    EXPECT_NE(errorWith(key, "1"), "no error") << key;
  }
}

TEST(ModelConfig, HeadsMustDivide) {
  EXPECT_EQ(errorWith("qwen2.attention.head_count_kv", 3),
            "metadata 'qwen2.attention.head_count_kv': 2 query heads do not divide among 3 "
            "key/value heads");
  EXPECT_EQ(errorWith("qwen2.embedding_length", 33),
            "metadata 'qwen2.attention.key_length': missing, and the width 33 does not divide "
            "among 2 heads");
  EXPECT_EQ(errorWith("qwen2.embedding_length", 30),
            "metadata 'qwen2.attention.key_length': the head size is 15, expected an even number "
            "(RoPE turns pairs)");
  EXPECT_EQ(errorWith("qwen2.attention.value_length", 8),
            "metadata 'qwen2.attention.value_length': heads of 8 values but 16 keys; equal sizes "
            "are supported");
  GGUFBuilder wide = tinyModel("qwen3");
  wide.set("qwen3.attention.head_count", 1 << 20);
  wide.set("qwen3.attention.key_length", 1 << 20);
  wide.set("qwen3.attention.value_length", 1 << 20);
  EXPECT_EQ(errorOf(wide), "metadata 'qwen3.attention.head_count': 1048576 heads of 1048576 are "
                           "wider than 16777216");
}

TEST(ModelConfig, FloatsMustBeFiniteAndPositive) {
  for (float value : {0.0f, -1.0f, NAN, INFINITY, -INFINITY}) {
    EXPECT_NE(errorWith("qwen2.rope.freq_base", value), "no error") << value;
    EXPECT_NE(errorWith("qwen2.attention.layer_norm_rms_epsilon", value), "no error") << value;
  }
  EXPECT_EQ(errorWith("qwen2.attention.layer_norm_rms_epsilon", 1e-42f),
            "metadata 'qwen2.attention.layer_norm_rms_epsilon': the value is no normal 32-bit "
            "float");
}

/// The scaling that the keys `qwen2.rope.<key>` ask for.
RopeScaling scalingOf(std::initializer_list<std::pair<const char *, EncodedValue>> keys) {
  GGUFBuilder builder = tinyModel("qwen2");
  for (auto &[key, value] : keys)
    builder.set(std::string("qwen2.rope.") + key, value);
  auto config = configOf(builder);
  EXPECT_TRUE(bool(config)) << llvm::toString(config.takeError());
  return config ? config->ropeScaling : RopeScaling();
}

TEST(ModelConfig, RopeScalingIsReadAsLlamaCppReadsIt) {
  auto number = [](float x) { return EncodedValue::number(ValueType::Float32, x); };
  auto text = [](const char *x) { return EncodedValue::string(x); };
  RopeScaling plain, linear, yarn;
  linear.factor = 4;
  yarn.factor = 4;
  yarn.extrapolation = 1;
  yarn.originalContext = 128;
  EXPECT_EQ(scalingOf({}), plain);
  EXPECT_EQ(scalingOf({{"scaling.type", text("none")}, {"scaling.factor", number(4)}}), plain);
  EXPECT_EQ(scalingOf({{"scaling.factor", number(1)}}), plain);
  // Without a type it is linear; 0 is no factor; the older key counts where the newer is absent.
  EXPECT_EQ(scalingOf({{"scaling.factor", number(4)}}), linear);
  EXPECT_EQ(scalingOf({{"scaling.factor", number(0)}, {"scale_linear", number(4)}}), linear);
  EXPECT_EQ(scalingOf({{"scaling.type", text("linear")}, {"scaling.factor", number(4)}}), linear);
  EXPECT_EQ(scalingOf({{"scaling.type", text("yarn")}, {"scaling.factor", number(4)}}), yarn);
  yarn.originalContext = 32;
  yarn.extrapolation = 0.5;
  yarn.betaFast = 16;
  yarn.betaSlow = 2;
  yarn.attentionFactor = 1.5;
  EXPECT_EQ(
      scalingOf({{"scaling.type", text("yarn")},
                 {"scaling.factor", number(4)},
                 {"scaling.original_context_length", EncodedValue::number(ValueType::UInt32, 32u)},
                 {"scaling.yarn_ext_factor", number(0.5)},
                 {"scaling.yarn_beta_fast", number(16)},
                 {"scaling.yarn_beta_slow", number(2)},
                 {"scaling.attn_factor", number(1.5)}}),
      yarn);
}

TEST(ModelConfig, RopeThatIsNotKnownIsRefused) {
  EXPECT_EQ(errorWith("qwen2.rope.scaling.type", "longrope"),
            "metadata 'qwen2.rope.scaling.type': RoPE scaling 'longrope' is not supported ('none', "
            "'linear' and 'yarn' are)");
  EXPECT_EQ(errorWith("qwen2.rope.scaling.factor", -4.0f),
            "metadata 'qwen2.rope.scaling.factor': the value is -4.000000, expected a finite "
            "positive number");
  EXPECT_NE(errorWith("qwen2.rope.scaling.factor", NAN), "no error");
  EXPECT_NE(errorWith("qwen2.rope.scaling.attn_factor", 0.0f), "no error");
  EXPECT_NE(errorWith("qwen2.rope.scale_linear", INFINITY), "no error");
  EXPECT_NE(errorWith("qwen2.rope.scaling.yarn_ext_factor", 2.0f), "no error");
  EXPECT_NE(errorWith("qwen2.rope.scaling.yarn_ext_factor", NAN), "no error");
  EXPECT_NE(errorWith("qwen2.rope.scaling.yarn_attn_factor", 0.5f), "no error");
  EXPECT_NE(errorWith("qwen2.rope.scaling.yarn_log_multiplier", 0.1f), "no error");
  EXPECT_EQ(errorWith("qwen2.rope.dimension_count", 8),
            "metadata 'qwen2.rope.dimension_count': RoPE over 8 of the 16 elements of a head is "
            "not supported (all of them is)");
}

TEST(ModelConfig, ASlidingWindowIsRefusedUnlessItHoldsTheContext) {
  EXPECT_EQ(errorWith("qwen2.attention.sliding_window", 0), "no error");
  EXPECT_EQ(errorWith("qwen2.attention.sliding_window", 128), "no error");
  EXPECT_EQ(errorWith("qwen2.attention.sliding_window", 127),
            "metadata 'qwen2.attention.sliding_window': a sliding window of 127 in a context of "
            "128 is not supported");
}

TEST(ModelConfig, OtherSettingsMustBeNeutral) {
  EXPECT_EQ(errorWith("llama.expert_count", 0), "no error");
  EXPECT_NE(errorWith("llama.expert_count", 8), "no error");
  EXPECT_EQ(errorWith("llama.attention.causal", true), "no error");
  EXPECT_NE(errorWith("llama.attention.causal", false), "no error");
  EXPECT_EQ(errorWith("llama.use_parallel_residual", false), "no error");
  EXPECT_NE(errorWith("llama.use_parallel_residual", true), "no error");
  EXPECT_EQ(errorWith("llama.logit_scale", 1.0f), "no error");
  EXPECT_NE(errorWith("llama.logit_scale", 0.5f), "no error");
  EXPECT_NE(errorWith("llama.final_logit_softcapping", 30.0f), "no error");
  EXPECT_EQ(errorWith("llama.tensor_data_layout", "Meta AI original pth"), "no error");
}

TEST(ModelConfig, UnknownKeysOfTheArchitectureAreNotIgnored) {
  EXPECT_EQ(errorWith("qwen2.attention.new_trick", true),
            "metadata 'qwen2.attention.new_trick': not known to qwenc; it may change what the "
            "model computes, so it is not ignored");
  GGUFBuilder other = tinyModel("qwen2");
  other.set("gemma.attention.new_trick", true);
  other.set("general.anything", 3);
  EXPECT_EQ(errorOf(other), "no error");
}

TEST(ModelConfig, OtherKindsOfFilesAreNamed) {
  GGUFBuilder builder = tinyModel("qwen2");
  builder.set("general.architecture", "gemma\n3");
  EXPECT_EQ(errorOf(builder), "metadata 'general.architecture': architecture 'gemma\\x0a3' is not "
                              "supported (qwen, qwen2, qwen3, qwen2moe, qwen3moe and llama are)");
  builder = tinyModel("qwen2");
  builder.set("general.type", "adapter");
  EXPECT_EQ(errorOf(builder),
            "metadata 'general.type': the file holds 'adapter', expected 'model'");
}

} // namespace

//===- tests/unit/ir/kernels/KernelNameTest.cpp - the grammar of names ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/kernels/KernelName.h"
#include <gtest/gtest.h>

using namespace qwenc;

namespace {

std::string errorOf(llvm::StringRef name) {
  auto spec = parseKernelName(name);
  if (spec)
    return "";
  return llvm::toString(spec.takeError());
}

TEST(KernelName, SaysTheWholeSpec) {
  MatmulKernelSpec spec{KernelClass::Avx512Vnni, WeightFormat::Q4_0, Epilogue::Bias, 6, 32, 4};
  EXPECT_EQ(formatKernelName(spec), "qwen_matmul_f32_q8g32_q4_0_6x32x4_avx512_vnni_bias");
  MatmulKernelSpec floats{KernelClass::Neon, WeightFormat::BF16, Epilogue::Store, 1, 32, 1};
  EXPECT_EQ(formatKernelName(floats), "qwen_matmul_f32_f32_bf16_1x32x1_neon");
  MatmulKernelSpec reloads{KernelClass::NeonDotprod, WeightFormat::Q8_0, Epilogue::Store, 4, 8, 4,
                           /*startsInMemory=*/true};
  EXPECT_EQ(formatKernelName(reloads), "qwen_matmul_f32_q8g32_q8_0_4x8x4m_neon_dotprod");
  MatmulKernelSpec ahead{KernelClass::Avx2, WeightFormat::Q4_0, Epilogue::Store, 1, 16, 4};
  ahead.prefetchBytes = 1280;
  EXPECT_EQ(formatKernelName(ahead), "qwen_matmul_f32_q8g32_q4_0_1x16x4p1280_avx2");
  EXPECT_TRUE(llvm::cantFail(parseKernelName(formatKernelName(ahead))) == ahead);
  ahead.prefetchLevel = 2;
  EXPECT_EQ(formatKernelName(ahead), "qwen_matmul_f32_q8g32_q4_0_1x16x4p1280l2_avx2");
  EXPECT_TRUE(llvm::cantFail(parseKernelName(formatKernelName(ahead))) == ahead);
  MatmulKernelSpec longer{KernelClass::NeonI8mm, WeightFormat::W4G128, Epilogue::Store, 2, 32, 8};
  EXPECT_EQ(formatKernelName(longer), "qwen_matmul_f32_q8g128_w4g128_2x32x8_neon_i8mm");
  EXPECT_EQ(embeddingKernelName(KernelClass::NeonDotprod, WeightFormat::Q6_K),
            "qwen_embedding_f32_q6_k_neon_dotprod");
}

TEST(KernelName, EveryDefaultKernelReadsBack) {
  for (KernelClass cls : allKernelClasses())
    for (WeightFormat format : allWeightFormats())
      for (Epilogue epilogue : allEpilogues())
        for (KernelPhase phase : {KernelPhase::Decode, KernelPhase::Prefill}) {
          MatmulKernelSpec spec = defaultMatmulSpec(cls, format, epilogue, phase);
          EXPECT_EQ(spec.phase(), phase);
          auto parsed = parseKernelName(formatKernelName(spec));
          ASSERT_TRUE(static_cast<bool>(parsed)) << llvm::toString(parsed.takeError());
          EXPECT_TRUE(*parsed == spec) << formatKernelName(spec);
        }
}

TEST(KernelName, ErrorsNameThePart) {
  EXPECT_NE(errorOf("matmul").find("does not begin with"), std::string::npos);
  EXPECT_NE(errorOf("qwen_matmul_f32_q8_q4_0_4x16x4_avx2").find("activations"), std::string::npos);
  EXPECT_NE(errorOf("qwen_matmul_f32_q8g32_w4g128_4x16x4_avx2").find("of type q8g128"),
            std::string::npos);
  EXPECT_NE(errorOf("qwen_matmul_f32_q8g32_q9_0_4x16x4_avx2").find("weight format"),
            std::string::npos);
  EXPECT_NE(errorOf("qwen_matmul_f32_f32_q4_0_4x16x4_avx2").find("take activations"),
            std::string::npos);
  EXPECT_NE(errorOf("qwen_matmul_f32_q8g32_q4_0_4x16_avx2").find("TOKENSxROWSxK"),
            std::string::npos);
  EXPECT_NE(errorOf("qwen_matmul_f32_q8g32_q4_0_4x16x4_avx9").find("'avx9'"), std::string::npos);
  EXPECT_NE(errorOf("qwen_matmul_f32_q8g32_q4_0_4x16x4_avx2_max").find("class"), std::string::npos);
}

TEST(KernelName, TilesThatCannotBeEmittedAreRefused) {
  EXPECT_NE(errorOf("qwen_matmul_f32_q8g32_q4_0_4x8x4_avx512_vnni").find("multiple of 16"),
            std::string::npos);
  EXPECT_NE(errorOf("qwen_matmul_f32_q8g32_q4_0_4x24x4_avx2").find("divides 32"),
            std::string::npos);
  EXPECT_NE(errorOf("qwen_matmul_f32_q8g32_q4_0_1x8x4_avx2").find("at least 16 rows"),
            std::string::npos);
  EXPECT_NE(errorOf("qwen_matmul_f32_q8g32_q4_0_0x16x4_avx2").find("tokens"), std::string::npos);
  EXPECT_NE(errorOf("qwen_matmul_f32_q8g32_q4_0_4x16x8_avx2").find("takes 4 k"), std::string::npos);
  EXPECT_NE(errorOf("qwen_matmul_f32_q8g32_q4_0_2x32x4_neon_i8mm").find("takes 8 k"),
            std::string::npos);
  EXPECT_NE(errorOf("qwen_matmul_f32_q8g32_q4_0_4x16x4m_avx2").find("start from memory"),
            std::string::npos);
  EXPECT_NE(errorOf("qwen_matmul_f32_q8g32_q4_0_1x16x4p100_avx2").find("multiple of 64"),
            std::string::npos);
  EXPECT_NE(errorOf("qwen_matmul_f32_q8g32_q4_0_1x16x4p_avx2").find("TOKENSxROWSxK"),
            std::string::npos);
  EXPECT_NE(errorOf("qwen_matmul_f32_q8g32_q4_0_3x8x8_neon_i8mm").find("even number"),
            std::string::npos);
}

TEST(KernelName, ExplainsItself) {
  auto spec = parseKernelName("qwen_matmul_f32_q8g32_q4_1_1x32x4_neon_dotprod_accumulate");
  ASSERT_TRUE(static_cast<bool>(spec)) << llvm::toString(spec.takeError());
  EXPECT_EQ(explainKernel(*spec),
            "decode matmul for neon_dotprod: q4_1 weights, int8 activations in groups of 32, a "
            "tile of 1 token x 32 rows, 4 k a step, added to a matrix");
  spec->prefetchBytes = 512;
  EXPECT_NE(explainKernel(*spec).find("weights prefetched 512 bytes ahead"), std::string::npos);
}

} // namespace

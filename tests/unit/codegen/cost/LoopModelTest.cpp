//===- tests/unit/codegen/cost/LoopModelTest.cpp ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/cost/KernelCost.h"
#include "codegen/cost/MacCounts.h"
#include "codegen/llvm/TranslateToLLVMIR.h"
#include "ir/target/ResolveTarget.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "gtest/gtest.h"

using namespace qwenc;

namespace {

class LoopModelTest : public testing::Test {
protected:
  LoopModelTest() {
    ir::initializeTargets();
    mlir::DialectRegistry registry;
    registry.insert<ir::QwenDialect, mlir::arith::ArithDialect, mlir::scf::SCFDialect,
                    mlir::LLVM::LLVMDialect>();
    registerLLVMTranslations(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  LoopModel model(llvm::StringRef cpu, KernelPhase phase, WeightFormat format = WeightFormat::Q4_0,
                  llvm::StringRef attrs = "") {
    auto target = ir::resolveTarget(&context, {cpu.str(), "", attrs.str()});
    EXPECT_TRUE(bool(target));
    KernelClass cls = *parseKernelClass(target->getKernelClass());
    auto result =
        modelMatmulKernel(defaultMatmulSpec(cls, format, Epilogue::Store, phase), *target);
    EXPECT_TRUE(bool(result)) << llvm::toString(result.takeError());
    return result ? *result : LoopModel();
  }

  mlir::MLIRContext context;
};

TEST(MacCountsTest, KnowsDotProductsOfEveryWidth) {
  EXPECT_EQ(countMacs("VPDPBUSDZrmb", 0).integer, 64u);
  EXPECT_EQ(countMacs("VPDPBUSDZ256rr", 0).integer, 32u);
  EXPECT_EQ(countMacs("SDOTlanev16i8", 0).integer, 16u);
  EXPECT_EQ(countMacs("SDOT_ZZZI_BtoS", 512).integer, 64u);
  EXPECT_EQ(countMacs("SMMLA_ZZZ", 256).integer, 64u);
  EXPECT_EQ(countMacs("SMMLA", 256).integer, 32u) << "NEON's beside SVE";
  EXPECT_EQ(countMacs("VFMADD231PSZr", 0).floating, 16u);
  EXPECT_EQ(countMacs("MULPSrm", 0).floating, 4u);
  EXPECT_EQ(countMacs("VMULPSYrm", 0).floating, 0u);
  EXPECT_EQ(countMacs("ADDXri", 0).integer, 0u);
}

// What selectKernelClasses takes for granted, for every format. Two of 256 bits a
// cycle are what four of 128 are, so the gain is in what is not a product.
TEST_F(LoopModelTest, LongerVectorsAreNotSlower) {
  for (llvm::StringRef cpu : {"neoverse-v1", "a64fx"})
    for (WeightFormat format : allWeightFormats())
      for (KernelPhase phase : {KernelPhase::Decode, KernelPhase::Prefill}) {
        double sve = model(cpu, phase, format).macsPerCycle();
        double neon = model(cpu, phase, format, "-sve").macsPerCycle();
        EXPECT_GE(sve, 0.99 * neon) << cpu.str() << " " << weightFormatName(format).str()
                                    << (phase == KernelPhase::Decode ? " decode" : " prefill");
        if (cpu == "a64fx" && !isFloatFormat(format)) // there NEON has no dot products
          EXPECT_GE(sve, 2 * neon) << weightFormatName(format).str();
      }
}

// A group of a panel is 32 * 32, and what multiplies bits of it apart is one product.
TEST_F(LoopModelTest, CountsProductsOfWeights) {
  for (WeightFormat format : {WeightFormat::Q8_0, WeightFormat::Q5_K, WeightFormat::Q6_K})
    EXPECT_EQ(model("neoverse-n2", KernelPhase::Decode, format).macs, 1024u)
        << weightFormatName(format).str();
}

// The bounds are what the instruction sets allow: two sdot of 16 multiply-adds
// a cycle on Neoverse N1, one widening multiply of 8 on Cortex-A72's two pipes.
TEST_F(LoopModelTest, ModelsCpusThatAreNotHere) {
  LoopModel n1 = model("neoverse-n1", KernelPhase::Prefill);
  EXPECT_GT(n1.macsPerCycle(), 8);
  EXPECT_LE(n1.macsPerCycle(), 32);
  LoopModel a72 = model("cortex-a72", KernelPhase::Prefill);
  EXPECT_GT(a72.macsPerCycle(), 2);
  EXPECT_LE(a72.macsPerCycle(), 16);
  EXPECT_GT(n1.macsPerCycle(), a72.macsPerCycle());
}

// 64 multiply-adds a cycle: two smmla.
TEST_F(LoopModelTest, PrefillOfNeoverseN2IsNearItsPeak) {
  auto target = ir::resolveTarget(&context, {"neoverse-n2", "", ""});
  ASSERT_TRUE(bool(target));
  auto share = [&](WeightFormat format) {
    auto result = modelMatmulKernel(
        defaultMatmulSpec(KernelClass::NeonI8mm, format, Epilogue::Store, KernelPhase::Prefill),
        *target);
    EXPECT_TRUE(bool(result)) << llvm::toString(result.takeError());
    return result ? result->macsPerCycle() / 64 : 0;
  };
  EXPECT_GE(share(WeightFormat::Q4_0), 0.58);
  EXPECT_GE(share(WeightFormat::Q8_0), 0.58);
  EXPECT_GE(share(WeightFormat::W4G128), 0.78);
}

TEST_F(LoopModelTest, PrefillReusesWhatDecodeUnpacksForOneToken) {
  EXPECT_GT(model("neoverse-n1", KernelPhase::Prefill).macsPerCycle(),
            model("neoverse-n1", KernelPhase::Decode).macsPerCycle());
}

} // namespace

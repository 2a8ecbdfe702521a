//===- tests/unit/codegen/microkernel/EmitMatmulTest.cpp - emission -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is emitted, and which instructions it becomes; tests/kernels checks the
// numbers.
//===----------------------------------------------------------------------===//
#include "codegen/microkernel/EmitMatmul.h"
#include "codegen/microkernel/EmitEmbedding.h"
#include "ir/kernels/KernelName.h"
#include "ir/kernels/PackedLayout.h"
#include "mlir/IR/Verifier.h"
#include "tests/kernels/KernelCompiler.h"
#include <gtest/gtest.h>
#include <regex>
#include <sstream>

using namespace qwenc;

namespace {

TEST(EmitMatmul, EmitsOneFunctionAName) {
  mlir::MLIRContext context;
  loadKernelDialects(context);
  mlir::OpBuilder builder(&context);
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(builder.getUnknownLoc());
  MatmulKernelSpec spec = defaultMatmulSpec(KernelClass::Avx2, WeightFormat::Q4_0, Epilogue::Store,
                                            KernelPhase::Decode);
  auto first = emitMatmul(builder, *module, spec);
  ASSERT_TRUE(static_cast<bool>(first)) << llvm::toString(first.takeError());
  auto second = emitMatmul(builder, *module, spec);
  ASSERT_TRUE(static_cast<bool>(second)) << llvm::toString(second.takeError());
  EXPECT_EQ(first->getOperation(), second->getOperation());
  EXPECT_EQ(first->getName(), formatKernelName(spec));
  EXPECT_TRUE(succeeded(mlir::verify(*module)));
}

TEST(EmitMatmul, RefusesATileOfAnotherClass) {
  mlir::MLIRContext context;
  loadKernelDialects(context);
  mlir::OpBuilder builder(&context);
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(builder.getUnknownLoc());
  MatmulKernelSpec spec{KernelClass::Avx512Vnni, WeightFormat::Q4_0, Epilogue::Store, 4, 8, 4};
  auto function = emitMatmul(builder, *module, spec);
  ASSERT_FALSE(static_cast<bool>(function));
  llvm::consumeError(function.takeError());
}

/// Instructions of a class's kernels: regular expressions over one line of
/// assembly, operands included.
struct InstructionRow {
  KernelClass cls;
  WeightFormat format;
  std::vector<const char *> present;
  std::vector<const char *> absent;
};

void PrintTo(const InstructionRow &row, std::ostream *stream) {
  *stream << kernelClassName(row.cls).str() << "_" << weightFormatName(row.format).str();
}

// A decode loop must not be full of spills, and nothing may call a library but
// the copy of ragged edges.
const char *const kAnyCall = R"(\b(call|callq|bl)\s+(?!memcpy))";
const char *const kAvx512 = R"(%zmm|%k[0-7]|%[xy]mm(1[6-9]|2\d|3[01]))";
const char *const kVex = R"(^\s+v[a-z])";
const char *const kDotprod = R"(^\s+(sdot|udot|usdot|smmla)\b)";
// NEON's half of an SVE vector, and its dot products.
const char *const kNeonDot = R"((dot|smmla)\s+v)";
const char *const kSveSpill = R"(\b(str|ldr)\s+z\d+, \[sp)";
const char *const kSve = R"(\bz\d+\.|\bp\d+/|\bptrue\b)";

const char *const kSveDot = R"(\bsdot\s+z\d+\.s, z\d+\.b, z\d+\.b)";
const char *const kSveHalves = R"(\bld1h\s+\{ z\d+\.s \})";
const char *const kSveFmla = R"(\bfmla\s+z\d+\.s, p\d+/m)";

std::vector<InstructionRow> instructionRows() {
  return {
      {KernelClass::Sse, WeightFormat::Q4_0, {"pmaddubsw", "pmaddwd"}, {kVex, "%ymm", kAnyCall}},
      {KernelClass::Sse, WeightFormat::Q8_0, {"psignb", "pmaddubsw"}, {kVex, "%ymm", kAnyCall}},
      {KernelClass::Sse, WeightFormat::F16, {"mulps"}, {kVex, "%ymm", kAnyCall}},
      {KernelClass::Avx2,
       WeightFormat::Q4_0,
       {"vpmaddubsw.*%ymm", "vpmaddwd.*%ymm", "vfmadd.*%ymm", "vcvtph2ps"},
       {kAvx512, "vpdpbusd", kAnyCall}},
      {KernelClass::Avx2, WeightFormat::Q8_0, {"vpsignb.*%ymm"}, {kAvx512, "vpdpbusd", kAnyCall}},
      {KernelClass::Avx2, WeightFormat::Q6_K, {"vpsignb.*%ymm"}, {kAvx512, "vpdpbusd", kAnyCall}},
      {KernelClass::Avx2, WeightFormat::BF16, {"vfmadd.*%ymm"}, {kAvx512, kAnyCall}},
      {KernelClass::AvxVnni,
       WeightFormat::Q4_0,
       {R"(\{vex\}\s*vpdpbusd.*%ymm)"},
       {kAvx512, "vpmaddubsw", kAnyCall}},
      {KernelClass::Avx512Vnni,
       WeightFormat::Q4_0,
       {"vpdpbusd.*%zmm", "vcvtph2ps.*%zmm", "vfmadd.*%zmm"},
       {"vpmaddubsw", kAnyCall}},
      {KernelClass::Avx512Vnni, WeightFormat::Q6_K, {"vpdpbusd.*%zmm"}, {"vpmaddubsw", kAnyCall}},
      {KernelClass::Neon,
       WeightFormat::Q4_0,
       {R"(\bsmlal\b)", R"(\bsmlal2\b)", R"(\bsaddlp\b)", R"(\bfcvtl\b)", R"(\bfmla\b)"},
       {kDotprod, kSve, kAnyCall}},
      {KernelClass::Neon,
       WeightFormat::Q8_0,
       {R"(\bsmull\b)", R"(\bsmlal2\b)", R"(\bsadalp\b)"},
       {kDotprod, kSve, kAnyCall}},
      {KernelClass::Neon, WeightFormat::F16, {R"(\bfcvtl\b)", R"(\bfmla\b)"}, {kSve, kAnyCall}},
      {KernelClass::NeonDotprod,
       WeightFormat::Q4_0,
       {R"(\bsdot\s+v\d+\.4s, v\d+\.16b, v\d+\.4b\[)"},
       {R"(\bsmlal)", "smmla", kSve, kAnyCall}},
      {KernelClass::NeonDotprod, WeightFormat::Q8_0, {R"(\bsdot\b)"}, {"smmla", kSve, kAnyCall}},
      {KernelClass::NeonI8mm,
       WeightFormat::Q4_0,
       {R"(\bsmmla\b)", R"(\bsdot\b)"},
       {kSve, kAnyCall}},
      {KernelClass::NeonI8mm,
       WeightFormat::Q8_0,
       {R"(\bsmmla\b)", R"(\bsdot\b)"},
       {kSve, kAnyCall}},
      {KernelClass::NeonI8mm, WeightFormat::Q6_K, {R"(\bsmmla\b)"}, {kSve, kAnyCall}},
      // Five bits are unsigned: no magnitudes. Tables stay in registers.
      {KernelClass::Sse, WeightFormat::Q5_K, {"pmaddubsw"}, {"psignb", kVex, "%ymm", kAnyCall}},
      {KernelClass::Avx2, WeightFormat::Q4_K, {"vpmaddubsw.*%ymm"}, {"vpsignb", kAvx512, kAnyCall}},
      {KernelClass::Avx2, WeightFormat::Q2_K, {"vpmaddubsw.*%ymm"}, {"vpsignb", kAvx512, kAnyCall}},
      {KernelClass::Avx2, WeightFormat::IQ4_XS, {"vpshufb.*%ymm"}, {kAvx512, kAnyCall}},
      {KernelClass::Avx512Vnni,
       WeightFormat::IQ4_NL,
       {"vpshufb.*%zmm", "vpdpbusd.*%zmm"},
       {"vpmaddubsw", kAnyCall}},
      {KernelClass::Neon,
       WeightFormat::MXFP4,
       {R"(\btbl\b)", R"(\bsmull\b)"},
       {kDotprod, kAnyCall}},
      {KernelClass::NeonDotprod,
       WeightFormat::IQ4_XS,
       {R"(\btbl\b)", R"(\bsdot\b)"},
       {"smmla", kSve, kAnyCall}},
      {KernelClass::NeonDotprod, WeightFormat::Q5_K, {R"(\bsdot\b)"}, {"smmla", kSve, kAnyCall}},
      {KernelClass::NeonI8mm, WeightFormat::Q3_K, {R"(\bsmmla\b)"}, {kSve, kAnyCall}},
      {KernelClass::Sve256Dotprod,
       WeightFormat::Q4_0,
       {kSveDot, kSveHalves, kSveFmla},
       {"smmla", kNeonDot, kSveSpill, kAnyCall}},
      {KernelClass::Sve512Dotprod,
       WeightFormat::Q4_0,
       {kSveDot, kSveHalves, kSveFmla},
       {"smmla", kNeonDot, kSveSpill, kAnyCall}},
      {KernelClass::Sve512Dotprod, WeightFormat::Q8_0, {kSveDot}, {"smmla", kNeonDot, kAnyCall}},
      {KernelClass::Sve256I8mm,
       WeightFormat::Q4_0,
       {R"(\bsmmla\s+z\d+\.s, z\d+\.b, z\d+\.b)", R"(\bsdot\s+z\d+\.s, z\d+\.b, z\d+\.b\[)",
        R"(\bld1rqb\b)", kSveHalves, kSveFmla},
       {kNeonDot, kSveSpill, kAnyCall}},
      {KernelClass::Sve512I8mm,
       WeightFormat::Q4_1,
       {R"(\bsmmla\s+z)", kSveDot, kSveHalves, kSveFmla},
       {kNeonDot, kSveSpill, kAnyCall}},
      {KernelClass::Sve256I8mm, WeightFormat::Q8_0, {kSveDot}, {kNeonDot, kSveSpill, kAnyCall}},
      {KernelClass::Sve256I8mm, WeightFormat::Q6_K, {kSveDot}, {kNeonDot, kAnyCall}},
      {KernelClass::Sve256I8mm, WeightFormat::F16, {kSveHalves, kSveFmla}, {kNeonDot, kAnyCall}},
  };
}

class InstructionTest : public ::testing::TestWithParam<InstructionRow> {};

TEST_P(InstructionTest, UsesTheClassAndNothingElse) {
  const InstructionRow &row = GetParam();
  KernelBatch batch{row.cls, {}, {row.format}};
  for (KernelPhase phase : {KernelPhase::Decode, KernelPhase::Prefill})
    batch.matmuls.push_back(defaultMatmulSpec(row.cls, row.format, Epilogue::Bias, phase));
  auto assembly = compileKernels(batch, "", /*assembly=*/true);
  ASSERT_TRUE(static_cast<bool>(assembly)) << llvm::toString(assembly.takeError());

  auto firstMatch = [&](const char *pattern) {
    std::regex expression(pattern);
    std::istringstream lines(*assembly);
    bool isBatch = false; // sums of 4 tokens and a panel rest in memory
    for (std::string line; std::getline(lines, line);) {
      if (llvm::StringRef(line).starts_with("qwen_"))
        isBatch = llvm::StringRef(line).split(':').first.ends_with("_batch");
      bool isTheOneCall = llvm::StringRef(line).ends_with("_batch");
      if (!isTheOneCall && !(isBatch && pattern == kSveSpill) &&
          std::regex_search(line, expression))
        return line;
    }
    return std::string();
  };
  for (const char *pattern : row.present)
    EXPECT_NE(firstMatch(pattern), "") << "no " << pattern;
  for (const char *pattern : row.absent)
    EXPECT_EQ(firstMatch(pattern), "");
}

/// The lines of as much as a group of 32 k reads, no more: 576 bytes of Q4_0, and an
/// eighth of a block of Q4_K.
TEST(EmitMatmulTest, PrefetchesEachLineOfAStreamOnce) {
  for (WeightFormat format : {WeightFormat::Q4_0, WeightFormat::Q4_K}) {
    const bool intoL2 = format == WeightFormat::Q4_K;
    const PackedBlock block = packedBlock(format);
    const int64_t lines = llvm::divideCeil(block.bytes * 32 / block.blockK, 64);
    MatmulKernelSpec decode =
        defaultMatmulSpec(KernelClass::Avx2, format, Epilogue::Store, KernelPhase::Decode);
    decode.prefetchBytes = 1280;
    decode.prefetchLevel = intoL2 ? 2 : 0;
    auto assembly = compileKernels({KernelClass::Avx2, {decode}, {}}, "", /*assembly=*/true);
    ASSERT_TRUE(static_cast<bool>(assembly)) << llvm::toString(assembly.takeError());
    EXPECT_EQ(llvm::StringRef(*assembly).count(intoL2 ? "prefetcht1" : "prefetchnta"),
              size_t(lines));
  }
}

INSTANTIATE_TEST_SUITE_P(Classes, InstructionTest, ::testing::ValuesIn(instructionRows()));

} // namespace

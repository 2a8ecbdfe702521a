//===- tests/unit/codegen/halide/HalideKernelTest.cpp ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The objects themselves: symbols, arguments, instructions, errors. What the
// kernels compute is checked in tests/kernels/halide.
//===----------------------------------------------------------------------===//
#include "codegen/halide/HalideKernel.h"

#include "llvm/Object/ELFObjectFile.h"
#include <gtest/gtest.h>
#include <regex>

using namespace llvm;
using namespace qwenc;

namespace {

using Arch = HalideTargetSpec::Arch;
using Kind = HalideKernelKind;

/// avx_vnni and neon_dotprod get the code of the classes below them.
std::vector<HalideTargetSpec> targets() {
  return {{Arch::X86_64, "sse"},
          {Arch::X86_64, "avx2"},
          {Arch::X86_64, "avx512_vnni"},
          {Arch::AArch64, "neon"}};
}

HalideKernelSpec makeSpec(Kind kind) {
  HalideKernelSpec spec;
  spec.kind = kind;
  spec.symbol = "qwen_test_" + std::to_string(static_cast<int>(kind));
  spec.width = kind == Kind::AttentionValues ? 32 : 896;
  spec.headDim = 64;
  spec.rows = kind == Kind::AttentionPrefill ? attentionPrefillRows : 7;
  spec.eps = 1e-6f;
  return spec;
}

HalideKernelSpec makeQ8Spec(Kind kind) {
  HalideKernelSpec spec = makeSpec(kind);
  spec.symbol += "_q8";
  spec.cache = KVFormat::Q8;
  return spec;
}

/// One spec of every kind, and of those that handle the cache one in q8.
std::vector<HalideKernelSpec> everyKind() {
  std::vector<HalideKernelSpec> specs;
  for (int kind = 0; kind <= static_cast<int>(Kind::Argmax); ++kind)
    specs.push_back(makeSpec(static_cast<Kind>(kind)));
  for (int kind = static_cast<int>(Kind::KStore); kind <= static_cast<int>(Kind::AttentionValues);
       ++kind)
    specs.push_back(makeQ8Spec(static_cast<Kind>(kind)));
  return specs;
}

std::string listArguments(const HalideKernelSpec &spec) {
  Expected<std::vector<HalideKernelArgument>> arguments = describeHalideKernel(spec);
  if (!arguments)
    return toString(arguments.takeError());
  std::string list;
  for (const HalideKernelArgument &argument : *arguments) {
    list += argument.isOutput ? " ->" : " ";
    list += argument.name + ":" + "iuf"[static_cast<int>(argument.type)];
    list += std::to_string(argument.bits) + "x" + std::to_string(argument.dimensions);
  }
  return list;
}

TEST(HalideKernel, DescribesArgumentsInOrder) {
  EXPECT_EQ(listArguments(makeSpec(Kind::NormQuantize)),
            " x:f32x2 weight:f32x1 ->normalized:f32x2 ->scale:f32x2 ->q:i8x2 ->neg8:i32x2");
  EXPECT_EQ(listArguments(makeSpec(Kind::HeadNormRoPEKStore)),
            " x:f32x3 weight:f32x1 cosLo:f32x2 sinLo:f32x2 cosHi:f32x2 sinHi:f32x2 position:i32x0"
            " ->kcache:u16x4");
  EXPECT_EQ(listArguments(makeSpec(Kind::AttentionDecode)),
            " q:f32x2 k:u16x3 v:u16x2 position:i32x0 ->scores:f32x3 ->weights:f32x3 ->out:f32x2");
  EXPECT_EQ(listArguments(makeQ8Spec(Kind::RoPEKStore)),
            " x:f32x3 cosLo:f32x2 sinLo:f32x2 cosHi:f32x2 sinHi:f32x2 position:i32x0"
            " ->kcache:i8x4 ->kscale:f32x4");
  EXPECT_EQ(listArguments(makeQ8Spec(Kind::VStore)),
            " x:f32x3 position:i32x0 ->vcache:i8x3 ->vscale:f32x3");
  EXPECT_EQ(listArguments(makeQ8Spec(Kind::AttentionPrefill)),
            " q:f32x2 k:i8x3 kscale:f32x3 v:i8x2 vscale:f32x2 position:i32x0"
            " ->scores:f32x3 ->weights:f32x3 ->out:f32x2");
}

TEST(HalideKernel, ObjectsDefineTheirSymbolAndNeedNone) {
  for (const HalideTargetSpec &target : targets()) {
    std::vector<HalideKernelSpec> specs = everyKind();
    Expected<std::vector<std::string>> objects = compileHalideKernels(specs, target);
    ASSERT_TRUE(bool(objects)) << toString(objects.takeError());
    ASSERT_EQ(objects->size(), specs.size());
    for (size_t i = 0; i < specs.size(); ++i) {
      auto file =
          object::ObjectFile::createELFObjectFile(MemoryBufferRef((*objects)[i], specs[i].symbol));
      ASSERT_TRUE(bool(file)) << toString(file.takeError());
      EXPECT_EQ((*file)->getArch(), target.arch == Arch::X86_64 ? Triple::x86_64 : Triple::aarch64);
      std::vector<std::string> visible;
      for (const object::SymbolRef &symbol : (*file)->symbols()) {
        uint32_t flags = cantFail(symbol.getFlags());
        std::string name = cantFail(symbol.getName()).str();
        if (flags & object::SymbolRef::SF_Undefined)
          EXPECT_EQ(name, "") << specs[i].symbol << " for " << target.kernelClass;
        else if (flags & object::SymbolRef::SF_Global)
          visible.push_back(name);
      }
      EXPECT_EQ(visible, std::vector<std::string>{specs[i].symbol});
    }
  }
}

TEST(HalideKernel, EmitsTheInstructionsOfItsClass) {
  struct Row {
    Kind kind;
    HalideTargetSpec target;
    const char *pattern;
    KVFormat cache = KVFormat::F16;
  };
  const Row rows[] = {
      // Products in the widest registers, halves converted as they are loaded.
      {Kind::AttentionPrefill, {Arch::X86_64, "avx512_vnni"}, "vfmadd231ps.*%zmm"},
      {Kind::AttentionPrefill, {Arch::X86_64, "avx512_vnni"}, "vcvtph2ps\\s.*%zmm"},
      {Kind::AttentionPrefill, {Arch::X86_64, "avx2"}, "vfmadd231ps.*%ymm"},
      {Kind::AttentionDecode, {Arch::X86_64, "avx2"}, "vcvtph2ps\\s.*%ymm"},
      {Kind::AttentionPrefill, {Arch::AArch64, "neon"}, "fmla\\s+v[0-9]+\\.4s.*\\.s\\["},
      {Kind::AttentionPrefill, {Arch::AArch64, "neon"}, "fcvtl2\\s"},
      {Kind::VStore, {Arch::AArch64, "neon"}, "fcvtn\\s"},
      {Kind::VStore, {Arch::X86_64, "avx2"}, "vcvtps2ph\\s"},
      // Codes widened as they are loaded.
      {Kind::AttentionDecode, {Arch::X86_64, "avx2"}, "vpmovsxbd\\s.*%ymm", KVFormat::Q8},
      {Kind::AttentionDecode, {Arch::X86_64, "avx512_vnni"}, "vpmovsxbd\\s.*%zmm", KVFormat::Q8},
      {Kind::AttentionPrefill, {Arch::X86_64, "avx2"}, "vfmadd231ps.*%ymm", KVFormat::Q8},
      {Kind::AttentionPrefill,
       {Arch::AArch64, "neon"},
       "fmla\\s+v[0-9]+\\.4s.*\\.s\\[",
       KVFormat::Q8},
      // Rounding to nearest even by the addition of a constant, with the product.
      {Kind::Quantize, {Arch::X86_64, "sse"}, "\\saddps\\s"},
      {Kind::Quantize, {Arch::X86_64, "avx2"}, "vfmadd[0-9]+ps\\s.*%ymm"},
      {Kind::Quantize, {Arch::X86_64, "avx512_vnni"}, "vfmadd[0-9]+ps\\s.*%zmm"},
      {Kind::Quantize, {Arch::AArch64, "neon"}, "fmla\\s+v[0-9]+\\.4s"},
  };
  for (const Row &row : rows) {
    HalideKernelSpec spec = row.cache == KVFormat::Q8 ? makeQ8Spec(row.kind) : makeSpec(row.kind);
    Expected<std::string> text = assembleHalideKernel(spec, row.target);
    ASSERT_TRUE(bool(text)) << toString(text.takeError());
    EXPECT_TRUE(std::regex_search(*text, std::regex(row.pattern)))
        << row.pattern << " is not in kind " << static_cast<int>(row.kind) << " for "
        << row.target.kernelClass;
  }
}

/// Halide is told that half arithmetic exists, so that it converts with fcvtl and
/// fcvtn; armv8-a must still run the result.
TEST(HalideKernel, NeonUsesNoHalfArithmetic) {
  std::regex half("\\n\\s+f(?!cvtl|cvtn\\b|cvtn2\\b)[a-z0-9]+\\s[^\\n]*(\\.[48]h|\\bh[0-9])");
  for (const HalideKernelSpec &spec : everyKind()) {
    Expected<std::string> text = assembleHalideKernel(spec, {Arch::AArch64, "neon"});
    ASSERT_TRUE(bool(text)) << toString(text.takeError());
    std::smatch found;
    EXPECT_FALSE(std::regex_search(*text, found, half)) << spec.symbol << ": " << found.str();
  }
  std::string arithmetic = "\n\tfmul\tv0.8h, v1.8h, v2.8h\n";
  EXPECT_TRUE(std::regex_search(arithmetic, half));
}

TEST(HalideKernel, RefusesSizesItCannotCompile) {
  auto messageOf = [](const HalideKernelSpec &spec, const HalideTargetSpec &target) {
    Expected<std::vector<std::string>> objects = compileHalideKernels(spec, target);
    return objects ? std::string("compiled") : toString(objects.takeError());
  };
  HalideTargetSpec avx2{Arch::X86_64, "avx2"};
  HalideKernelSpec spec = makeSpec(Kind::NormQuantize);
  spec.width = 100;
  EXPECT_EQ(messageOf(spec, avx2),
            "Halide kernel NormQuantize: width is 100, not a positive multiple of 32");
  spec = makeSpec(Kind::RoPE);
  spec.headDim = 63;
  EXPECT_EQ(messageOf(spec, avx2),
            "Halide kernel RoPE: headDim (at most 512) is 63, not a positive multiple of 2");
  spec = makeSpec(Kind::AttentionDecode);
  spec.rows = 0;
  EXPECT_EQ(messageOf(spec, avx2),
            "Halide kernel AttentionDecode: rows (at most 64) is 0, not a positive multiple of 1");
  EXPECT_EQ(messageOf(makeSpec(Kind::Add), {Arch::AArch64, "avx2"}),
            "no Halide target for kernel class 'avx2'");
}

TEST(HalideKernel, ErrorsOfHalideAreErrors) {
  HalideKernelSpec spec = makeSpec(Kind::Add);
  spec.symbol = "space::"; // Halide looks for a function without a name
  Expected<std::vector<std::string>> objects = compileHalideKernels(spec, {Arch::X86_64, "avx2"});
  ASSERT_FALSE(bool(objects));
  std::string message = toString(objects.takeError());
  EXPECT_TRUE(StringRef(message).starts_with("Halide kernel 'space::': ")) << message;
  EXPECT_FALSE(StringRef(message).contains('\n')) << message;
}

} // namespace

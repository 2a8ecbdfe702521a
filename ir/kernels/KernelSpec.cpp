//===- ir/kernels/KernelSpec.cpp - which matmul kernels exist -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/kernels/KernelSpec.h"
#include "ir/kernels/EnumTable.h"
#include "ir/kernels/FormatTraits.h"
#include "runtime/abi/ModelAbi.h"
#include <array>

namespace qwenc {
namespace {

/// One row a class; the order is that of the enum. `mr` and `nr` are the tiles
/// of the prefill kernels: nibble formats, byte formats, floats. `decodeRows` are
/// those of integer formats; more need more registers, fewer wait for latencies.
struct ClassRow {
  KernelClass cls;
  llvm::StringLiteral name;
  KernelArch arch;
  int vectorBytes;
  uint32_t abiFeatures;
  llvm::StringLiteral llvmFeatures;
  int decodeRows;
  int mrNibble, nrNibble, mrByte, nrByte, mrFloat, nrFloat;
};

constexpr uint32_t kSse = QWEN_FEATURE_SSSE3 | QWEN_FEATURE_SSE41;
constexpr uint32_t kAvx2 = kSse | QWEN_FEATURE_F16C | QWEN_FEATURE_FMA | QWEN_FEATURE_AVX2;

constexpr uint32_t kSveI8mm = QWEN_FEATURE_DOTPROD | QWEN_FEATURE_SVE | QWEN_FEATURE_SVE_I8MM;

constexpr ClassRow kClasses[] = {
    {KernelClass::Sse, "sse", KernelArch::X86, 16, kSse, "+sse4.2", 8, 4, 8, 2, 8, 2, 16},
    {KernelClass::Avx2, "avx2", KernelArch::X86, 32, kAvx2, "+avx2,+fma,+f16c", 16, 4, 16, 4, 16, 4,
     16},
    {KernelClass::AvxVnni, "avx_vnni", KernelArch::X86, 32, kAvx2 | QWEN_FEATURE_AVXVNNI,
     "+avx2,+fma,+f16c,+avxvnni", 32, 6, 16, 6, 16, 4, 16},
    {KernelClass::Avx512Vnni, "avx512_vnni", KernelArch::X86, 64,
     kAvx2 | QWEN_FEATURE_AVX512 | QWEN_FEATURE_AVX512VNNI,
     "+avx2,+fma,+f16c,+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx512vnni", 32, 6, 32, 6, 32, 8,
     32},
    {KernelClass::Neon, "neon", KernelArch::AArch64, 16, 0, "+neon", 16, 2, 16, 4, 8, 6, 16},
    {KernelClass::NeonDotprod, "neon_dotprod", KernelArch::AArch64, 16, QWEN_FEATURE_DOTPROD,
     "+neon,+dotprod", 32, 4, 8, 4, 8, 6, 16},
    {KernelClass::Sve256Dotprod, "sve256_dotprod", KernelArch::AArch64, 32, QWEN_FEATURE_SVE,
     "+neon,+sve", 32, 4, 16, 4, 16, 4, 32},
    {KernelClass::Sve512Dotprod, "sve512_dotprod", KernelArch::AArch64, 64, QWEN_FEATURE_SVE,
     "+neon,+sve", 32, 4, 32, 4, 32, 8, 32},
    {KernelClass::NeonI8mm, "neon_i8mm", KernelArch::AArch64, 16,
     QWEN_FEATURE_DOTPROD | QWEN_FEATURE_I8MM, "+neon,+dotprod,+i8mm", 32, 2, 32, 2, 32, 6, 16},
    {KernelClass::Sve256I8mm, "sve256_i8mm", KernelArch::AArch64, 32, kSveI8mm,
     "+neon,+dotprod,+sve,+i8mm", 32, 2, 32, 2, 32, 4, 32},
    {KernelClass::Sve512I8mm, "sve512_i8mm", KernelArch::AArch64, 64, kSveI8mm,
     "+neon,+dotprod,+sve,+i8mm", 32, 4, 32, 4, 32, 8, 32},
};
static_assert(isInEnumOrder(kClasses, &ClassRow::cls, kKernelClasses));

template <typename Enum, int count> constexpr std::array<Enum, count> firstOf() {
  std::array<Enum, count> list{};
  for (int i = 0; i < count; ++i)
    list[i] = static_cast<Enum>(i);
  return list;
}
constexpr auto kClassList = firstOf<KernelClass, kKernelClasses>();
constexpr auto kFormatList = firstOf<WeightFormat, kWeightFormats>();
constexpr Epilogue kEpilogueList[] = {Epilogue::Store, Epilogue::Bias, Epilogue::Accumulate};

const ClassRow &rowOf(KernelClass cls) { return kClasses[static_cast<int>(cls)]; }

/// The class whose decode kernel serves `cls` best. Neoverse V1 shifts and converts
/// SVE vectors of 256 bits on one pipe, NEON's of 128 on two, which is what takes the
/// time of halves, of integers in two planes and of scales with minima in integers;
/// codegen/cost models both.
KernelClass decodeClass(KernelClass cls, WeightFormat format) {
  if (cls != KernelClass::Sve256I8mm)
    return cls;
  if (format == WeightFormat::F16 || format == WeightFormat::BF16)
    return KernelClass::Neon;
  const FormatTraits &traits = formatTraits(format);
  const bool neon = traits.operand == OperandKind::FiveBit || traits.minimum == MinimumKind::Super;
  return neon ? KernelClass::NeonDotprod : cls;
}

} // namespace

int stepK(KernelClass cls, WeightFormat format, KernelPhase phase) {
  if (isFloatFormat(format))
    return 1;
  bool matrix = cls == KernelClass::NeonI8mm || cls == KernelClass::Sve256I8mm ||
                cls == KernelClass::Sve512I8mm;
  return matrix && phase == KernelPhase::Prefill ? 8 : 4;
}

bool canStartFromMemory(KernelClass cls, WeightFormat format, KernelPhase phase) {
  return cls == KernelClass::NeonDotprod && phase == KernelPhase::Prefill &&
         !isFloatFormat(format) && formatTraits(format).parts == 1;
}

int vectorLanes(KernelClass cls) { return vectorBytesOf(cls) / 4; }

KernelArch archOf(KernelClass cls) { return rowOf(cls).arch; }

bool isFloatFormat(WeightFormat format) { return formatTraits(format).isFloat(); }

llvm::StringRef kernelClassName(KernelClass cls) { return rowOf(cls).name; }

std::optional<KernelClass> parseKernelClass(llvm::StringRef name) {
  for (const ClassRow &row : kClasses)
    if (row.name == name)
      return row.cls;
  return std::nullopt;
}

llvm::StringRef weightFormatName(WeightFormat format) { return formatTraits(format).name; }

std::optional<WeightFormat> parseWeightFormat(llvm::StringRef name) {
  for (WeightFormat format : kFormatList)
    if (weightFormatName(format) == name)
      return format;
  return std::nullopt;
}

llvm::ArrayRef<KernelClass> allKernelClasses() { return kClassList; }
llvm::ArrayRef<WeightFormat> allWeightFormats() { return kFormatList; }
llvm::ArrayRef<Epilogue> allEpilogues() { return kEpilogueList; }

int vectorBytesOf(KernelClass cls) { return rowOf(cls).vectorBytes; }

int sveVectorBitsOf(KernelClass cls) {
  return rowOf(cls).abiFeatures & QWEN_FEATURE_SVE ? 8 * rowOf(cls).vectorBytes : 0;
}

uint32_t abiFeaturesOf(KernelClass cls) { return rowOf(cls).abiFeatures; }

llvm::StringRef llvmFeaturesOf(KernelClass cls) { return rowOf(cls).llvmFeatures; }

MatmulKernelSpec defaultMatmulSpec(KernelClass cls, WeightFormat format, Epilogue epilogue,
                                   KernelPhase phase) {
  MatmulKernelSpec spec{cls, format, epilogue, 1, kPanelRows, stepK(cls, format, phase)};
  if (phase == KernelPhase::Decode) {
    spec.cls = decodeClass(cls, format);
    if (!isFloatFormat(format))
      spec.nr = rowOf(spec.cls).decodeRows;
    return spec;
  }
  const ClassRow &row = rowOf(cls);
  switch (formatTraits(format).operand) {
  case OperandKind::Float:
    spec.mr = row.mrFloat;
    spec.nr = row.nrFloat;
    break;
  case OperandKind::SixBit:
  case OperandKind::Byte:
    spec.mr = row.mrByte;
    spec.nr = row.nrByte;
    break;
  case OperandKind::Nibble:
  case OperandKind::FiveBit:
    spec.mr = row.mrNibble;
    spec.nr = row.nrNibble;
    break;
  }
  return spec;
}

} // namespace qwenc

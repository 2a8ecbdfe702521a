//===- ir/kernels/KernelSpec.h - which matmul kernels exist ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A kernel is a row of data: the class of CPU it needs, the format of the
// weights it reads, how it ends, and its register tile. Passes choose a spec,
// codegen emits it; neither needs to know how the other works.
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_KERNELS_KERNELSPEC_H
#define QWENC_IR_KERNELS_KERNELSPEC_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>

namespace qwenc {

/// A set of instructions that kernels are written for. The order within an
/// architecture is from what every CPU has to what the newest have.
/// Sve classes are compiled for vectors of exactly the length in their name.
enum class KernelClass {
  Sse,
  Avx2,
  AvxVnni,
  Avx512Vnni,
  Neon,
  NeonDotprod,
  Sve256Dotprod,
  Sve512Dotprod,
  NeonI8mm,
  Sve256I8mm,
  Sve512I8mm,
};
inline constexpr int kKernelClasses = static_cast<int>(KernelClass::Sve512I8mm) + 1;

/// Classes of one architecture read the same packed weights.
enum class KernelArch { X86, AArch64 };

/// The type of the weights in the GGUF file, or of those that --quantize makes; the
/// packed form keeps their values.
/// FormatTraits.h says what they are.
enum class WeightFormat {
  F32,
  F16,
  BF16,
  Q4_0,
  Q4_1,
  Q8_0,
  Q6_K,
  Q4_K,
  Q5_K,
  Q5_0,
  Q5_1,
  IQ4_NL,
  IQ4_XS,
  Q3_K,
  Q2_K,
  MXFP4,
  W4G64,
  W4G128,
  W4G64A,
  W4G128A,
  W8,
};
inline constexpr int kWeightFormats = static_cast<int>(WeightFormat::W8) + 1;

/// What an output starts from: zero, a vector over the rows (bias), or a
/// matrix of the output's shape (residual stream).
enum class Epilogue { Store, Bias, Accumulate };

/// Decode: exactly one token, weights stream from memory once. Prefill: any
/// number of tokens, a panel of weights is unpacked once and used for all.
enum class KernelPhase { Decode, Prefill };

/// Rows of a panel of packed weights; outputs are computed panel by panel.
inline constexpr int kPanelRows = 32;
/// Length in k of the shortest group of quantised activations. Longer ones store
/// their scale once for each so many k.
inline constexpr int kActivationGroup = 32;

/// One matmul kernel: out[m][rows] = act[m][k] * weights[rows][k]^T + init.
struct MatmulKernelSpec {
  KernelClass cls = KernelClass::Avx2;
  WeightFormat format = WeightFormat::Q4_0;
  Epilogue epilogue = Epilogue::Store;
  /// Tokens of the register tile. 1 is the decode kernel, which has no loop
  /// over tokens; anything else is a prefill kernel for any number of tokens.
  int mr = 1;
  /// Rows of the register tile: a multiple of the class's 32-bit lanes that
  /// divides kPanelRows. Decode kernels hold the sums of a whole panel and work on
  /// so many rows of a group of k at once (floats: on all).
  int nr = kPanelRows;
  /// k taken by one step: 4 for integers (8 where a matrix instruction makes a
  /// prefill kernel's products), 1 for floats.
  int ku = 4;
  /// Integer sums start from a value in memory instead of a copy of a register:
  /// dearer where few instructions begin in a cycle, cheaper where vector units
  /// are what binds. Only where canStartFromMemory().
  bool startsInMemory = false;
  /// Bytes ahead that loops which read packed weights straight from memory ask for:
  /// a multiple of 64 below 64 KiB. 0: they leave it to the CPU's own prefetchers.
  int prefetchBytes = 0;
  /// The cache that they are asked into: 2, or 0 for the first alone, once and not again.
  int prefetchLevel = 0;

  KernelPhase phase() const { return mr == 1 ? KernelPhase::Decode : KernelPhase::Prefill; }
  bool operator==(const MatmulKernelSpec &) const = default;
};

/// MatmulKernelSpec::ku of a kernel.
int stepK(KernelClass cls, WeightFormat format, KernelPhase phase);

/// May the tile's sums start from memory? Prefill with products of 4.
bool canStartFromMemory(KernelClass cls, WeightFormat format, KernelPhase phase);

/// 32-bit lanes of the class's vectors.
int vectorLanes(KernelClass cls);

/// The architecture a class belongs to.
KernelArch archOf(KernelClass cls);

/// True for F32, F16 and BF16: fp32 activations instead of int8 ones.
bool isFloatFormat(WeightFormat format);

/// "avx512_vnni", "neon_dotprod" ...: as in kernel names and `info`.
llvm::StringRef kernelClassName(KernelClass cls);
std::optional<KernelClass> parseKernelClass(llvm::StringRef name);

/// "q4_0", "bf16" ...: lower case, as in kernel names.
llvm::StringRef weightFormatName(WeightFormat format);
std::optional<WeightFormat> parseWeightFormat(llvm::StringRef name);

/// All classes, formats and epilogues, in the order of their enums.
llvm::ArrayRef<KernelClass> allKernelClasses();
llvm::ArrayRef<WeightFormat> allWeightFormats();
llvm::ArrayRef<Epilogue> allEpilogues();

/// Bytes of the vectors of a class's kernels.
int vectorBytesOf(KernelClass cls);

/// The SVE vector length in bits at which code of the class is right, and at no
/// other; 0 for classes without SVE.
int sveVectorBitsOf(KernelClass cls);

/// QWEN_FEATURE_* bits (runtime/abi/ModelAbi.h) that code of the class uses.
uint32_t abiFeaturesOf(KernelClass cls);

/// LLVM target features that kernels of the class are compiled with, as a
/// comma-separated "+f" list on top of the architecture's baseline.
llvm::StringRef llvmFeaturesOf(KernelClass cls);

/// The tile that serves a class and format well without a cost model. For an SVE
/// class it may be a NEON kernel, where that is faster.
MatmulKernelSpec defaultMatmulSpec(KernelClass cls, WeightFormat format, Epilogue epilogue,
                                   KernelPhase phase);

} // namespace qwenc
#endif

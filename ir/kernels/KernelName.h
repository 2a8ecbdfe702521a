//===- ir/kernels/KernelName.h - the grammar of kernel names --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The name of a kernel says all of its spec, and is its symbol, its filter in
// benches and its file in dumps:
//
//   qwen_matmul_f32_q8g32_q4_0_6x32x4_avx512_vnni_bias
//               |   |     |    |       |          +- epilogue: _bias, _accumulate,
//               |   |     |    |       |             nothing for a plain store
//               |   |     |    |       +- class of CPU
//               |   |     |    +- tokens x rows x k of the register tile; with an
//               |   |     |       m behind it if its sums start from memory, and
//               |   |     |       p1024 if weights are prefetched 1024 bytes ahead
//               |   |     |       (p1024l2: into the second cache)
//               |   |     +- format of the weights
//               |   +- activations: int8 in groups of 32, or f32
//               +- output
//   ..._6x32x4_avx512_vnni_batch       a part of that kernel: its way with 8 tokens or
//                                      fewer, which share weights as they are packed
//   qwen_embedding_f32_q4_0_avx2       decodes rows of the embedding table
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_KERNELS_KERNELNAME_H
#define QWENC_IR_KERNELS_KERNELNAME_H

#include "ir/kernels/KernelSpec.h"
#include "llvm/Support/Error.h"
#include <string>

namespace qwenc {

/// The tile's part of the name: "4x8x4", "4x8x4m", "1x16x4p1024".
std::string formatTile(const MatmulKernelSpec &spec);

/// The symbol of a matmul kernel.
std::string formatKernelName(const MatmulKernelSpec &spec);

/// The spec that a name stands for, or an error that says which part of the
/// name is not in the grammar. formatKernelName of the result is the name.
llvm::Expected<MatmulKernelSpec> parseKernelName(llvm::StringRef name);

/// The symbol of the kernel that decodes embedding rows.
std::string embeddingKernelName(KernelClass cls, WeightFormat format);

/// One sentence for a person: "prefill matmul for AVX-512 VNNI: ...".
std::string explainKernel(const MatmulKernelSpec &spec);

/// Checks that the tile is one that the emitter can emit for the class.
llvm::Error verifyMatmulSpec(const MatmulKernelSpec &spec);

} // namespace qwenc
#endif

//===- tests/kernels/KernelCase.h - one call of a kernel as data ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A case is the bytes a kernel reads, its integer arguments, and what must come
// out. It can be run in this process or written to a file for a CPU under qemu.
//===----------------------------------------------------------------------===//
#ifndef QWENC_TESTS_KERNELS_KERNELCASE_H
#define QWENC_TESTS_KERNELS_KERNELCASE_H

#include "ir/kernels/KernelSpec.h"
#include <cstdint>
#include <string>
#include <vector>

namespace qwenc {

struct MatmulShape {
  int64_t rows, k, m;
  int64_t panelBegin = 0;
  int64_t panelEnd = -1; ///< -1: to the last panel
};

/// Exact: all scales are 1 (minima 0), so that fp32 outputs are the integer sums and
/// must match to the last bit. Real: random scales, and a tolerance.
enum class CaseScales { Exact, Real };

/// Buffers in the order of the kernel's pointer arguments, then the output that
/// must come out and how far it may be off.
struct KernelCase {
  std::string kernel; ///< symbol
  std::string label;  ///< for messages
  bool embedding = false;
  bool initIsOut = false;
  std::vector<std::vector<uint8_t>> buffers; ///< matmul: 7; embedding: 3
  std::vector<int64_t> integers;             ///< matmul: 7; embedding: 4
  int outIndex = 5;                          ///< of the output among the buffers
  std::vector<float> expected;
  std::vector<float> tolerance;

  std::vector<float> output() const;
};

KernelCase makeMatmulCase(const MatmulKernelSpec &spec, const MatmulShape &shape, CaseScales scales,
                          uint64_t seed);
KernelCase makeEmbeddingCase(KernelClass cls, WeightFormat format, int64_t rows, int64_t k,
                             uint64_t seed);

/// Random GGUF rows of a format; Exact scales are 1.
std::vector<uint8_t> randomRows(WeightFormat format, int64_t rows, int64_t k, CaseScales scales,
                                uint64_t seed);
/// The rows' values by the format's scalar reference.
std::vector<float> dequantizeRows(WeightFormat format, const std::vector<uint8_t> &gguf,
                                  int64_t rows, int64_t k);

/// Empty if the output is right, else a line about the worst element.
std::string checkCase(const KernelCase &test);

} // namespace qwenc
#endif

//===- ir/reference/Tensor.h - values of the interpreter -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A matrix of fp32, row-major; rows are the tokens of a step. A quantised
// activation is held as the values it stands for (scale x q), which fp32 holds
// without error.
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_REFERENCE_TENSOR_H
#define QWENC_IR_REFERENCE_TENSOR_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace qwenc::ir::reference {

struct Tensor {
  int64_t rows = 0;
  int64_t cols = 0;
  std::vector<float> values; // [rows][cols]

  Tensor() = default;
  Tensor(int64_t rows, int64_t cols) : rows(rows), cols(cols), values(rows * cols) {}

  llvm::MutableArrayRef<float> row(int64_t r) {
    return llvm::MutableArrayRef<float>(values).slice(r * cols, cols);
  }
  llvm::ArrayRef<float> row(int64_t r) const {
    return llvm::ArrayRef<float>(values).slice(r * cols, cols);
  }
};

} // namespace qwenc::ir::reference
#endif

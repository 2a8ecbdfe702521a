//===- frontend/transforms/ActivationStats.h - what goes into a matrix ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A matrix times x: an error in column i moves the result by x[i] times the error.
// The mean square of each x[i] over some text says which columns matter. It comes
// from running the model (tools/qwenc/Calibrate.h) or from an importance matrix
// that llama.cpp has written.
//===----------------------------------------------------------------------===//
#ifndef QWENC_FRONTEND_TRANSFORMS_ACTIVATIONSTATS_H
#define QWENC_FRONTEND_TRANSFORMS_ACTIVATIONSTATS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace qwenc {

class ActivationStats {
public:
  bool empty() const { return columns.empty(); }
  /// Adds the squares of one more input of a tensor. All inputs of a tensor are
  /// equally long.
  void add(llvm::StringRef tensor, llvm::ArrayRef<float> input);
  /// Sets a tensor's mean squares.
  void set(llvm::StringRef tensor, std::vector<float> meanSquares);

  /// Mean square of each column's input; empty if the tensor was not seen.
  /// `tiedHead`: the embedding has what the output head has.
  llvm::ArrayRef<float> find(llvm::StringRef tensor, bool tiedHead) const;
  /// Turns sums into means: after the last add().
  void finish();

private:
  struct Columns {
    std::vector<double> sums;
    std::vector<float> means;
    uint64_t count = 0;
  };
  llvm::StringMap<Columns> columns;
};

/// Reads an importance matrix: GGUF of type `imatrix`, or the older `.dat`. The
/// error begins with the path.
llvm::Expected<ActivationStats> readImportanceMatrix(const std::string &path);

} // namespace qwenc
#endif

//===- ir/reference/EvalLayerOps.h - what layer operations compute -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The meaning of each operation in fp32, one function an operation, written to
// be read: no tiles, and threads in matrix products only. Sums of squares are double, angles are
// double. Knows numbers only; Interpreter.cpp connects them to the IR.
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_REFERENCE_EVALLAYEROPS_H
#define QWENC_IR_REFERENCE_EVALLAYEROPS_H

#include "ir/reference/Tensor.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

namespace qwenc::ir::reference {

/// Decodes row `row` of a weight matrix into `out`, one row long.
using ReadRow = llvm::function_ref<llvm::Error(int64_t row, llvm::MutableArrayRef<float> out)>;

/// Keys and values of all positions so far, of one layer.
struct LayerCache {
  Tensor keys;   // [positions][kv heads x head_dim]
  Tensor values; // the same shape
};

/// x / sqrt(mean(x^2) + eps) * weight over each run of weight.size() columns: one
/// run a row for a layer's norm, one a head for the norms of qwen3's Q and K.
void rmsNorm(Tensor &x, llvm::ArrayRef<float> weight, double eps);

/// input x transpose(weight): weight has `outputs` rows of input.cols elements, and
/// each is read once, by one of `threads` (0: one a CPU).
llvm::Expected<Tensor> matmul(const Tensor &input, int64_t outputs, ReadRow weight,
                              unsigned threads = 1);

/// Adds one vector of x.cols elements to every row.
void addBias(Tensor &x, llvm::ArrayRef<float> bias);

/// x += y, of the same shape.
void add(Tensor &x, const Tensor &y);

/// gate = silu(gate) * up.
void swiglu(Tensor &gate, const Tensor &up);

/// How the pairs of a head turn.
struct Rotation {
  std::vector<double> frequencies; // radians a position, for each pair
  double magnitude = 1;            // that cosines and sines are multiplied by
  bool pairs = false;              // elements 2i and 2i + 1 turn, else i and i + D/2
};

/// Turns each head of row r, of two elements a pair, by position + r.
void rope(Tensor &x, const Rotation &rotation, int64_t position);

/// Appends the step's keys and values; with `half` they are rounded to fp16, as
/// the compiled program's cache stores them.
void storeKV(LayerCache &cache, const Tensor &keys, const Tensor &values, bool half);

/// Replaces each group of KVLayout::groupSize elements of each head by what its
/// int8 form in a q8 cache stands for.
void roundToQ8Cache(Tensor &x, int64_t headDim);

/// Causal grouped-query attention of the last query.rows positions of `cache`.
Tensor attention(const Tensor &query, const LayerCache &cache, int64_t kvHeads, int64_t headDim);

/// The `used` largest logits of each row, the lower number first of equal ones:
/// their numbers, then their softmax over all (`normalized`: over those used).
/// [rows][2 x used]
Tensor topExperts(const Tensor &logits, int64_t used, bool normalized);

/// Decodes row `row` of an expert's matrix.
using ReadExpertRow =
    llvm::function_ref<llvm::Error(int64_t expert, int64_t row, llvm::MutableArrayRef<float> out)>;

/// Each row times the matrices, of `outputs` rows, of the row's experts, side by
/// side; `routes` is what topExperts gave. With `parts` a row of the input holds a
/// row for each of them, else one for all. Each matrix is read at most once.
llvm::Expected<Tensor> expertMatmul(const Tensor &input, const Tensor &routes, bool parts,
                                    int64_t outputs, ReadExpertRow weight);

/// The sum of the parts of each row by the weights of its routes.
Tensor weightedSum(const Tensor &parts, const Tensor &routes);

/// value *= sigmoid(input . weight), row by row.
void sigmoidGate(Tensor &value, const Tensor &input, llvm::ArrayRef<float> weight);

/// Replaces each group of `group` columns by what its int8 form stands for: scale =
/// max|x| / 127 rounded up to 22 significant bits, q = round-to-nearest-even(x / scale).
void quantizeDequantize(Tensor &x, int64_t group);

} // namespace qwenc::ir::reference
#endif

//===- frontend/transforms/ModelTransform.h - weights changed on the way --===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A transform makes other rows of a tensor's rows while they stream from the file
// to the packer: merged with an adapter, encoded anew. Which tensors change, and
// into what type, is settled before the import, which sees the new types alone;
// values are computed when the packer asks for them, a few rows at a time, so that
// memory does not grow with the model.
//
//   rows of the file -decode-> fp32 -RowTransforms-> fp32 -encode-> rows
//
// A row's result depends on nothing but the row: the order of requests and the
// number of threads change no bit.
//===----------------------------------------------------------------------===//
#ifndef QWENC_FRONTEND_TRANSFORMS_MODELTRANSFORM_H
#define QWENC_FRONTEND_TRANSFORMS_MODELTRANSFORM_H

#include "frontend/Model.h"

#include "llvm/Support/Error.h"

#include <memory>
#include <optional>

namespace qwenc {

/// Changes values of one tensor. Thread-safe.
class RowTransform {
public:
  virtual ~RowTransform() = default;
  /// `values` are the rows of these numbers, [rows.size()][columns].
  virtual void apply(llvm::ArrayRef<int64_t> rows, llvm::MutableArrayRef<float> values) const = 0;
};

/// How scales are chosen where a type has one for a group.
enum class ScaleRule {
  Absmax, ///< by the largest magnitude, as ggml does
  Fitted, ///< of least error, see support/quant/FitScale.h
};

/// What happens to one tensor.
struct TensorPlan {
  TensorInfo stored; ///< as the file has it
  GgmlType type;     ///< as the executable has it; canQuantize()
  llvm::SmallVector<std::unique_ptr<RowTransform>, 1> changes;
  ScaleRule rule = ScaleRule::Fitted;
  /// For each column how much its error matters, or empty: all alike.
  std::vector<float> importance;
};

/// What became of a tensor, for the report. Errors are relative: the root mean
/// square of the difference over that of the wanted values.
struct TensorChange {
  std::string name;
  GgmlType from, to;
  double error = 0;
  std::optional<double> weightedError; ///< columns weighted by their importance
  /// Of the changes of values: their size against the stored values, and the share
  /// of them that is left after rounding (1: all).
  std::optional<double> updateSize, updateKept;
};

class ModelTransforms {
public:
  ModelTransforms();
  ~ModelTransforms();
  ModelTransforms(ModelTransforms &&) noexcept;
  ModelTransforms &operator=(ModelTransforms &&) noexcept;

  bool empty() const { return plans.empty(); }
  /// The plan of a matrix of the model, made if there is none yet: decode and
  /// encode to the type that it has. Not after apply().
  TensorPlan &plan(const TensorInfo &tensor);
  /// Null if the tensor stays as it is.
  const TensorPlan *find(llvm::StringRef tensor) const;

  /// Gives the model's tensors the types of the plans. From here on the model
  /// describes the result, and only rows() knows what the file has.
  void apply(Model &model);

  /// The rows of these numbers in the result's type, one after the other: a view
  /// of the mapping or of `buffer`. Any thread; every row of a changed tensor must
  /// be asked for once. Fails, naming the tensor, where values cannot be encoded.
  llvm::Expected<const uint8_t *> rows(const Model &model, const TensorInfo &tensor,
                                       llvm::ArrayRef<int64_t> rows,
                                       std::vector<uint8_t> &buffer) const;
  /// All rows of the tensor have been made: gives back its memory.
  void finish(const Model &model, const TensorInfo &tensor) const;

  /// The tensors that have been finished, in the order of the file.
  std::vector<TensorChange> changes() const;

private:
  struct Entry;
  llvm::StringMap<size_t> index;
  std::vector<std::unique_ptr<Entry>> plans;
};

} // namespace qwenc
#endif

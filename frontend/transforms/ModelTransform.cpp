//===- frontend/transforms/ModelTransform.cpp -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/transforms/ModelTransform.h"

#include "support/quant/Encode.h"
#include "support/quant/FitScale.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>

using namespace qwenc;
using llvm::ArrayRef;
using llvm::MutableArrayRef;

namespace {

/// fp32 values that are worked on at once: what a core's cache holds.
constexpr size_t kBatchValues = 1 << 16;

/// Sums of squares over one row.
struct RowSums {
  double error = 0, wanted = 0;                 // result - wanted; wanted
  double weightedError = 0, weightedWanted = 0; // by importance
  double stored = 0, update = 0, kept = 0; // as in the file; wanted - stored; of it what is left
};

double ratio(double part, double whole) { return whole > 0 ? std::sqrt(part / whole) : 0; }

} // namespace

struct ModelTransforms::Entry {
  TensorPlan plan;
  // Each row is written by the one thread that makes it, and all are added up in
  // order: the sum does not depend on who was first.
  std::once_flag started;
  std::vector<RowSums> sums;
  std::optional<TensorChange> change;

  void encode(const float *values, uint8_t *out) const;
  void measure(RowSums &row, const float *stored, const float *wanted, const float *result) const;
  void addUp();
};

void ModelTransforms::Entry::encode(const float *values, uint8_t *out) const {
  uint64_t columns = plan.stored.columns();
  if (plan.rule == ScaleRule::Fitted && canFitScales(plan.type))
    fitRow(plan.type, values, plan.importance.empty() ? nullptr : plan.importance.data(), out,
           columns);
  else
    quantizeRow(plan.type, values, out, columns);
}

void ModelTransforms::Entry::measure(RowSums &row, const float *stored, const float *wanted,
                                     const float *result) const {
  auto square = [](double x) { return x * x; };
  for (uint64_t i = 0; i < plan.stored.columns(); ++i) {
    double difference = square(double(result[i]) - wanted[i]), size = square(wanted[i]);
    row.error += difference;
    row.wanted += size;
    if (!plan.importance.empty()) {
      row.weightedError += plan.importance[i] * difference;
      row.weightedWanted += plan.importance[i] * size;
    }
    double update = double(wanted[i]) - stored[i];
    row.stored += square(stored[i]);
    row.update += square(update);
    row.kept += update * (double(result[i]) - stored[i]);
  }
}

void ModelTransforms::Entry::addUp() {
  RowSums all;
  for (const RowSums &row : sums) {
    all.error += row.error;
    all.wanted += row.wanted;
    all.weightedError += row.weightedError;
    all.weightedWanted += row.weightedWanted;
    all.stored += row.stored;
    all.update += row.update;
    all.kept += row.kept;
  }
  sums = {};
  change = {
      plan.stored.name, plan.stored.type, plan.type, ratio(all.error, all.wanted), {}, {}, {}};
  if (!plan.importance.empty())
    change->weightedError = ratio(all.weightedError, all.weightedWanted);
  if (!plan.changes.empty()) {
    change->updateSize = ratio(all.update, all.stored);
    change->updateKept = all.update > 0 ? all.kept / all.update : 1;
  }
}

ModelTransforms::ModelTransforms() = default;
ModelTransforms::~ModelTransforms() = default;
ModelTransforms::ModelTransforms(ModelTransforms &&) noexcept = default;
ModelTransforms &ModelTransforms::operator=(ModelTransforms &&) noexcept = default;

TensorPlan &ModelTransforms::plan(const TensorInfo &tensor) {
  assert(!tensor.isVector() && "norms and biases stay as they are");
  auto [it, isNew] = index.try_emplace(tensor.name, plans.size());
  if (isNew) {
    plans.push_back(std::make_unique<Entry>());
    plans.back()->plan.stored = tensor;
    plans.back()->plan.type = tensor.type;
  }
  return plans[it->second]->plan;
}

const TensorPlan *ModelTransforms::find(llvm::StringRef tensor) const {
  auto it = index.find(tensor);
  return it == index.end() ? nullptr : &plans[it->second]->plan;
}

void ModelTransforms::apply(Model &model) {
  for (TensorInfo &tensor : model.tensors) {
    auto it = index.find(tensor.name);
    if (it == index.end())
      continue;
    Entry &entry = *plans[it->second];
    tensor.type = entry.plan.type;
    tensor.bytes = tensor.rows() * tensor.rowBytes();
  }
}

/// A view where the rows follow one another.
static const uint8_t *copyRows(const uint8_t *bytes, uint64_t rowBytes, ArrayRef<int64_t> rows,
                               std::vector<uint8_t> &buffer) {
  bool inOrder = true;
  for (size_t i = 1; i < rows.size() && inOrder; ++i)
    inOrder = rows[i] == rows[i - 1] + 1;
  if (inOrder)
    return bytes + (rows.empty() ? 0 : rows.front() * rowBytes);
  buffer.resize(rows.size() * rowBytes);
  for (auto [i, row] : llvm::enumerate(rows))
    std::memcpy(buffer.data() + i * rowBytes, bytes + row * rowBytes, rowBytes);
  return buffer.data();
}

static bool allFinite(ArrayRef<float> values) {
  return llvm::all_of(values, [](float v) { return std::isfinite(v); });
}

llvm::Expected<const uint8_t *> ModelTransforms::rows(const Model &model, const TensorInfo &tensor,
                                                      ArrayRef<int64_t> rows,
                                                      std::vector<uint8_t> &buffer) const {
  auto it = index.find(tensor.name);
  if (it == index.end())
    return copyRows(model.data(tensor).data(), tensor.rowBytes(), rows, buffer);
  Entry &entry = *plans[it->second];
  const TensorInfo &stored = entry.plan.stored;
  const uint8_t *bytes = model.data(stored).data();
  const uint64_t columns = stored.columns(), rowBytes = tensor.rowBytes();
  buffer.resize(rows.size() * rowBytes);
  std::call_once(entry.started, [&] { entry.sums.resize(stored.rows()); });
  std::vector<RowSums> &sums = entry.sums;
  const size_t batch = std::max<size_t>(1, kBatchValues / columns);
  std::vector<float> before(batch * columns), wanted(batch * columns), result(columns);
  auto error = [&](int64_t row, const llvm::Twine &what) {
    return llvm::createStringError("tensor '" + stored.name + "', row " + llvm::Twine(row) + ": " +
                                   what);
  };
  for (size_t done = 0; done < rows.size(); done += batch) {
    ArrayRef<int64_t> part = rows.slice(done, std::min(batch, rows.size() - done));
    for (auto [i, row] : llvm::enumerate(part))
      dequantizeRow(stored.type, bytes + row * stored.rowBytes(), before.data() + i * columns,
                    columns);
    MutableArrayRef<float> values =
        MutableArrayRef<float>(wanted).take_front(part.size() * columns);
    std::copy_n(before.begin(), values.size(), values.begin());
    for (const std::unique_ptr<RowTransform> &change : entry.plan.changes)
      change->apply(part, values);
    for (auto [i, row] : llvm::enumerate(part)) {
      const float *want = values.data() + i * columns;
      uint8_t *out = buffer.data() + (done + i) * rowBytes;
      if (!allFinite({want, size_t(columns)}))
        return error(row, "a value is infinite or not a number; nothing can be made of it");
      entry.encode(want, out);
      dequantizeRow(entry.plan.type, out, result.data(), columns);
      if (!allFinite(result))
        return error(row, llvm::Twine("a value is too large for ") + typeName(entry.plan.type) +
                              "; let the tensor keep its type (--quantize=...,NAME=keep)");
      entry.measure(sums[row], before.data() + i * columns, want, result.data());
    }
  }
  return buffer.data();
}

void ModelTransforms::finish(const Model &model, const TensorInfo &tensor) const {
  auto it = index.find(tensor.name);
  if (it == index.end())
    return model.drop(tensor);
  plans[it->second]->addUp();
  model.drop(plans[it->second]->plan.stored);
}

std::vector<TensorChange> ModelTransforms::changes() const {
  std::vector<TensorChange> result;
  for (const std::unique_ptr<Entry> &entry : plans)
    if (entry->change)
      result.push_back(*entry->change);
  return result;
}

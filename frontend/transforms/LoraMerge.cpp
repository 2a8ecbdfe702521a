//===- frontend/transforms/LoraMerge.cpp ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/transforms/LoraMerge.h"

#include "support/quant/Encode.h"

#include "llvm/ADT/STLExtras.h"

using namespace qwenc;
using llvm::ArrayRef;
using llvm::MutableArrayRef;

namespace {

class LoraUpdate : public RowTransform {
public:
  LoraUpdate(std::shared_ptr<const LoraAdapter> adapter, const LoraPair &pair, float factor)
      : adapter(std::move(adapter)), pair(pair), scale(pair.scale * factor) {}

  void apply(ArrayRef<int64_t> rows, MutableArrayRef<float> values) const override;

private:
  uint64_t sourceRow(uint64_t row) const;
  /// Rows first .. first + count - 1 of a matrix.
  std::vector<float> decode(const LoraMatrix &matrix, uint64_t first, uint64_t count) const {
    std::vector<float> result(count * matrix.columns);
    const uint8_t *bytes = adapter->file.data() + matrix.offset +
                           blockFormat(matrix.type).rowBytes(first * matrix.columns);
    dequantizeRow(matrix.type, bytes, result.data(), result.size());
    return result;
  }

  std::shared_ptr<const LoraAdapter> adapter;
  LoraPair pair;
  float scale;
};

} // namespace

/// Row of B that belongs to a row of the model.
uint64_t LoraUpdate::sourceRow(uint64_t row) const {
  if (pair.headsInHalves == 0)
    return row;
  uint64_t headRows = pair.b.rows / pair.headsInHalves, within = row % headRows;
  return row - within + within / 2 + within % 2 * (headRows / 2);
}

/// The sum over the rank goes first, in fp32 and in order, then the scale.
void LoraUpdate::apply(ArrayRef<int64_t> rows, MutableArrayRef<float> values) const {
  const uint64_t columns = pair.a.columns, rank = pair.a.rows;
  std::vector<float> a = decode(pair.a, 0, rank), sums(columns);
  for (auto [i, row] : llvm::enumerate(rows)) {
    std::vector<float> b = decode(pair.b, sourceRow(static_cast<uint64_t>(row)), 1);
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (uint64_t r = 0; r < rank; ++r)
      for (uint64_t c = 0; c < columns; ++c)
        sums[c] += b[r] * a[r * columns + c];
    for (uint64_t c = 0; c < columns; ++c)
      values[i * columns + c] += scale * sums[c];
  }
}

void qwenc::planLoraMerge(std::shared_ptr<const LoraAdapter> adapter, float factor,
                          const Model &model, ModelTransforms &transforms) {
  for (const LoraPair &pair : adapter->pairs)
    transforms.plan(model.tensor(pair.tensor))
        .changes.push_back(std::make_unique<LoraUpdate>(adapter, pair, factor));
}

llvm::Error qwenc::checkEncoders(const Model &model, const ModelTransforms &transforms) {
  for (const TensorInfo &tensor : model.tensors)
    if (const TensorPlan *plan = transforms.find(tensor.name); plan && !canQuantize(plan->type))
      return llvm::createStringError("tensor '" + tensor.name + "': qwenc cannot encode " +
                                     typeName(plan->type) +
                                     ", into which the adapter would be merged; choose another "
                                     "format for it with --quantize, like w8g32");
  return llvm::Error::success();
}

//===- ir/reference/EvalExpertOps.cpp - mixtures of experts ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/reference/EvalLayerOps.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <map>
#include <numeric>

using namespace llvm;

namespace qwenc::ir::reference {

Tensor topExperts(const Tensor &logits, int64_t used, bool normalized) {
  Tensor out(logits.rows, 2 * used);
  std::vector<int64_t> order(logits.cols);
  for (int64_t m = 0; m < logits.rows; ++m) {
    ArrayRef<float> row = logits.row(m);
    std::iota(order.begin(), order.end(), 0);
    llvm::sort(order,
               [&](int64_t a, int64_t b) { return row[a] != row[b] ? row[a] > row[b] : a < b; });
    ArrayRef<int64_t> counted = order;
    if (normalized)
      counted = counted.take_front(used);
    double total = 0;
    for (int64_t e : counted)
      total += std::exp(double(row[e]) - row[order[0]]);
    for (int64_t s = 0; s < used; ++s) {
      out.row(m)[s] = float(order[s]);
      out.row(m)[used + s] = float(std::exp(double(row[order[s]]) - row[order[0]]) / total);
    }
  }
  return out;
}

Expected<Tensor> expertMatmul(const Tensor &input, const Tensor &routes, bool parts,
                              int64_t outputs, ReadExpertRow weight) {
  const int64_t used = routes.cols / 2, width = parts ? input.cols / used : input.cols;
  Tensor out(input.rows, used * outputs);
  // The entries of each expert, in the order of the rows.
  std::map<int64_t, std::vector<std::pair<int64_t, int64_t>>> entries;
  for (int64_t m = 0; m < input.rows; ++m)
    for (int64_t s = 0; s < used; ++s)
      entries[int64_t(routes.row(m)[s])].push_back({m, s});
  for (auto &[expert, rows] : entries) {
    Tensor gathered(rows.size(), width);
    for (auto [index, entry] : enumerate(rows))
      copy(input.row(entry.first).slice(parts ? entry.second * width : 0, width),
           gathered.row(index).begin());
    auto product = matmul(gathered, outputs, [&](int64_t row, MutableArrayRef<float> values) {
      return weight(expert, row, values);
    });
    if (!product)
      return product.takeError();
    for (auto [index, entry] : enumerate(rows))
      copy(product->row(index), out.row(entry.first).begin() + entry.second * outputs);
  }
  return out;
}

Tensor weightedSum(const Tensor &parts, const Tensor &routes) {
  const int64_t used = routes.cols / 2, width = parts.cols / used;
  Tensor out(parts.rows, width);
  for (int64_t m = 0; m < parts.rows; ++m)
    for (int64_t s = 0; s < used; ++s)
      for (int64_t c = 0; c < width; ++c)
        out.row(m)[c] += routes.row(m)[used + s] * parts.row(m)[s * width + c];
  return out;
}

void sigmoidGate(Tensor &value, const Tensor &input, ArrayRef<float> weight) {
  for (int64_t m = 0; m < value.rows; ++m) {
    double dot = 0;
    for (auto [x, w] : zip_equal(input.row(m), weight))
      dot += double(x) * w;
    const float gate = float(1 / (1 + std::exp(-dot)));
    for (float &v : value.row(m))
      v *= gate;
  }
}

} // namespace qwenc::ir::reference

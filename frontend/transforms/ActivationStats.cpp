//===- frontend/transforms/ActivationStats.cpp ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/transforms/ActivationStats.h"

using namespace qwenc;
using llvm::ArrayRef;
using llvm::StringRef;

void ActivationStats::add(StringRef tensor, ArrayRef<float> input) {
  Columns &entry = columns[tensor];
  entry.sums.resize(input.size());
  for (size_t i = 0; i < input.size(); ++i)
    entry.sums[i] += double(input[i]) * input[i];
  ++entry.count;
}

void ActivationStats::set(StringRef tensor, std::vector<float> meanSquares) {
  columns[tensor].means = std::move(meanSquares);
}

void ActivationStats::finish() {
  for (auto &entry : columns) {
    Columns &values = entry.second;
    if (values.count == 0)
      continue;
    values.means.clear();
    for (double sum : values.sums)
      values.means.push_back(static_cast<float>(sum / double(values.count)));
    values.sums = {};
    values.count = 0;
  }
}

ArrayRef<float> ActivationStats::find(StringRef tensor, bool tiedHead) const {
  auto it = columns.find(tensor);
  if (it == columns.end() && tiedHead && tensor == "token_embd.weight")
    it = columns.find("output.weight");
  return it == columns.end() ? ArrayRef<float>() : ArrayRef<float>(it->second.means);
}

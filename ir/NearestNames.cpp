//===- ir/NearestNames.cpp - what a wrong name may have meant --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/NearestNames.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

using namespace llvm;

std::string qwenc::ir::nearestNames(StringRef wrong, ArrayRef<StringRef> names) {
  SmallVector<std::pair<unsigned, StringRef>> rows;
  for (StringRef name : names)
    rows.push_back({wrong.edit_distance(name), name});
  llvm::sort(rows);
  rows.erase(llvm::unique(rows), rows.end());
  std::string text;
  for (const auto &[distance, name] : ArrayRef(rows).take_front(3))
    text += (text.empty() ? "'" : ", '") + name.str() + "'";
  return text;
}

//===- ir/kernels/EnumTable.h - tables that an enum is the index of -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_KERNELS_ENUMTABLE_H
#define QWENC_IR_KERNELS_ENUMTABLE_H

#include <cstddef>

namespace qwenc {

/// Has the table one row for each of the `count` values of an enum, in its order?
/// For a static_assert beside the table: a forgotten row would shift those after it.
template <typename Row, typename Enum, size_t rows>
constexpr bool isInEnumOrder(const Row (&table)[rows], Enum Row::*key, int count) {
  for (size_t i = 0; i < rows; ++i)
    if (table[i].*key != static_cast<Enum>(i))
      return false;
  return rows == static_cast<size_t>(count);
}

} // namespace qwenc
#endif

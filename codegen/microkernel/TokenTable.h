//===- codegen/microkernel/TokenTable.h - tokens' scales, put in order ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a tile of tokens brings to the epilogue is the same for all rows of a panel.
// Where loads are cheaper than multiplications and broadcasts (KernelFacts::loadsBelow),
// it is made once and waits in memory. For each group of k:
//
//   [tokens] vectors of -R * scale      where sums start at the bits of R
//   [tokens, to whole vectors] fp32     scales
//   [parts][the same] fp32              scale * sum(q) of formats with minima
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_MICROKERNEL_TOKENTABLE_H
#define QWENC_CODEGEN_MICROKERNEL_TOKENTABLE_H

#include "codegen/microkernel/ScaleEpilogue.h"

namespace qwenc {

class TokenTable {
public:
  TokenTable(KernelBuilder &kb, const FormatTraits &traits, int tokens);

  /// Of one group; a multiple of a vector.
  int64_t bytes() const { return groupBytes; }
  /// Writes the table of `length` (i64) groups at `table`, a vector's alignment.
  /// `first` has the addresses of each token's first group.
  void store(mlir::Value table, llvm::ArrayRef<TokenAddresses> first, mlir::Value length);
  /// Takes the scales of every token from a group's part of the table. `at` makes the
  /// address of an offset in it.
  llvm::SmallVector<TokenScales> load(llvm::function_ref<mlir::Value(int64_t)> at);

private:
  KernelBuilder &kb;
  const FormatTraits &traits;
  int tokens;
  int64_t lineBytes;   ///< one fp32 of each token
  int64_t scaleOffset; ///< behind the vectors of -R * scale
  int64_t groupBytes;

  int64_t lineOffset(int line, int token) const {
    return scaleOffset + line * lineBytes + 4 * token;
  }
};

} // namespace qwenc
#endif

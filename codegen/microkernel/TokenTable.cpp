//===- codegen/microkernel/TokenTable.cpp - tokens' scales, put in order --===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/microkernel/TokenTable.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace qwenc {

TokenTable::TokenTable(KernelBuilder &kb, const FormatTraits &traits, int tokens)
    : kb(kb), traits(traits), tokens(tokens),
      lineBytes(llvm::alignTo(4 * tokens, kb.facts.vectorBytes)),
      scaleOffset(traits.parts == 1 ? tokens * kb.facts.vectorBytes : 0),
      groupBytes(scaleOffset + lineBytes * (1 + (traits.hasMinimum() ? traits.parts : 0))) {}

void TokenTable::store(Value table, ArrayRef<TokenAddresses> first, Value length) {
  kb.loop(kb.constI64(0), length, 1, [&](Value group) {
    Value to = kb.at(table, kb.mul(group, groupBytes));
    for (int t = 0; t < tokens; ++t) {
      ScalarScales scales = loadScalarScales(kb, traits, movedOn(kb, traits, first[t], group));
      // A vector's product takes two operations on the older cores, a scalar one.
      if (scaleOffset > 0)
        kb.store(kb.splat(makeTokenScale(kb, scales.scale).offset, kb.vecF32()),
                 kb.at(to, t * kb.facts.vectorBytes), kb.facts.vectorBytes);
      kb.store(scales.scale, kb.at(to, lineOffset(0, t)), 4);
      for (int part = 0; traits.hasMinimum() && part < traits.parts; ++part)
        kb.store(scales.scaledSum[part], kb.at(to, lineOffset(1 + part, t)), 4);
    }
  });
}

llvm::SmallVector<TokenScales> TokenTable::load(llvm::function_ref<Value(int64_t)> at) {
  const int lanes = kb.facts.lanes(), bytes = kb.facts.vectorBytes;
  llvm::SmallVector<TokenScales> scales(tokens);
  // A multiply-add takes a factor by element, so that one load serves some tokens.
  auto broadcast = [&](Value vector, int token) {
    return kb.shuffle(vector, SmallVector<int32_t>(lanes, token % lanes));
  };
  const int lines = traits.hasMinimum() ? 1 + traits.parts : 1;
  for (int line = 0; line < lines; ++line) {
    Value vector;
    for (int t = 0; t < tokens; ++t) {
      if (t % lanes == 0)
        vector = kb.load(kb.vecF32(), at(lineOffset(line, t)), bytes);
      Value value = broadcast(vector, t);
      if (line > 0) {
        scales[t].scaledSum[line - 1] = value;
        continue;
      }
      scales[t].scale.value = value;
      if (scaleOffset > 0)
        scales[t].scale.offsetAddress = at(t * bytes);
    }
  }
  return scales;
}

} // namespace qwenc

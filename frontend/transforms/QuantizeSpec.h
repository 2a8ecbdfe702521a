//===- frontend/transforms/QuantizeSpec.h - the words of --quantize -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   --quantize=FORMAT[,PATTERN=FORMAT...]
//   --quantize=w4g32,output=w8g32,*.attn_v=w8g32      the last that fits counts
//
// A pattern is a glob on the tensor's name without `.weight`; `output` also means
// the embedding where the head is tied to it.
//
//   w4g32  4 bits, a scale for 32 weights     the kernels of Q4_0
//   w4g32a the same with a minimum            Q4_1
//   w4g64, w4g128, w4g64a, w4g128a            the same with longer groups
//   w8g32  8 bits, a scale for 32 weights     Q8_0
//   w8     8 bits, a scale for the row
//   f16    halves                             F16
//   keep   as in the file
//===----------------------------------------------------------------------===//
#ifndef QWENC_FRONTEND_TRANSFORMS_QUANTIZESPEC_H
#define QWENC_FRONTEND_TRANSFORMS_QUANTIZESPEC_H

#include "support/quant/BlockFormat.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <vector>

namespace qwenc {

struct QuantizeRule {
  std::string pattern;          ///< a well-formed glob; empty: every matrix
  std::optional<GgmlType> type; ///< none: keep
  bool matches(llvm::StringRef name) const;
};

struct QuantizeSpec {
  std::vector<QuantizeRule> rules;
  bool empty() const { return rules.empty(); }
};

/// The error says which word is wrong, and what would be right.
llvm::Expected<QuantizeSpec> parseQuantizeSpec(llvm::StringRef text);

} // namespace qwenc
#endif

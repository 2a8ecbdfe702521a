//===- runtime/tokenizer/CharClass.h - letters, numbers, white space ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The three classes of characters that the pre-tokenizers' regular expressions
// speak of: \p{L}, \p{N} and \s. The Unicode version is fixed by
// support/UnicodeTables.inc.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_TOKENIZER_CHARCLASS_H
#define QWENC_RUNTIME_TOKENIZER_CHARCLASS_H

#include <cstdint>

namespace qwenc::rt {

enum class CharClass : uint8_t {
  Other = 0,
  Letter = 1, ///< \p{L}
  Number = 2, ///< \p{N}
  Space = 3,  ///< \s
  End = 4     ///< past the text; no character has it
};

/// The class of any number; Other for what is no code point.
CharClass charClass(uint32_t codePoint);

/// A checksum over charClass of all 0x110000 code points, as computed from the
/// Unicode data: FNV-1a, one byte each. For tests.
uint64_t expectedCharClassChecksum();

} // namespace qwenc::rt
#endif

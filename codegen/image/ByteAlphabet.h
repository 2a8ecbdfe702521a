//===- codegen/image/ByteAlphabet.h - GPT-2's letters for bytes -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Vocabularies of byte-level BPE write each byte as one printable character:
// those that are printable in Latin-1 as themselves, the others, in ascending
// order, as U+0100, U+0101 ... (byte 0x20, the space, becomes U+0120 "Ġ").
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_IMAGE_BYTEALPHABET_H
#define QWENC_CODEGEN_IMAGE_BYTEALPHABET_H

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace qwenc {

class ByteAlphabet {
public:
  ByteAlphabet();

  /// The character of a byte, in UTF-8.
  const std::string &letter(uint8_t byte) const { return letters[byte]; }

  /// Appends the bytes that `text` spells; false, with `bytes` as before, if it
  /// holds a character of no byte.
  bool decode(std::string_view text, std::string &bytes) const;

private:
  std::array<std::string, 256> letters;
  std::array<int16_t, 0x144> byteOf; ///< by code point, -1: none
};

} // namespace qwenc
#endif

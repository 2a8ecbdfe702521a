//===- codegen/image/ByteAlphabet.cpp - GPT-2's letters for bytes ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/image/ByteAlphabet.h"

#include "support/Utf8.h"

namespace qwenc {

ByteAlphabet::ByteAlphabet() {
  byteOf.fill(-1);
  uint32_t next = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte) {
    bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
    uint32_t codePoint = printable ? byte : next++;
    byteOf[codePoint] = static_cast<int16_t>(byte);
    appendUtf8(letters[byte], codePoint);
  }
}

bool ByteAlphabet::decode(std::string_view text, std::string &bytes) const {
  const size_t before = bytes.size();
  while (!text.empty()) {
    Utf8Char c = decodeUtf8(text);
    int byte =
        c.status == Utf8Char::Valid && c.codePoint < byteOf.size() ? byteOf[c.codePoint] : -1;
    if (byte < 0) {
      bytes.resize(before);
      return false;
    }
    bytes.push_back(static_cast<char>(byte));
    text.remove_prefix(c.bytes);
  }
  return true;
}

} // namespace qwenc

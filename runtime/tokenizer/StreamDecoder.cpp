//===- runtime/tokenizer/StreamDecoder.cpp - tokens to UTF-8 as they come -===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/tokenizer/StreamDecoder.h"

#include "support/Utf8.h"

namespace qwenc::rt {

void StreamDecoder::feed(std::string_view bytes, std::string &out) {
  pending += bytes;
  std::string_view rest = pending;
  while (!rest.empty()) {
    Utf8Char c = decodeUtf8(rest);
    if (c.status == Utf8Char::Incomplete)
      break;
    if (c.status == Utf8Char::Valid)
      out.append(rest.substr(0, c.bytes));
    else
      appendUtf8(out, ReplacementCharacter);
    rest.remove_prefix(c.bytes);
  }
  pending.erase(0, pending.size() - rest.size());
}

void StreamDecoder::flush(std::string &out) {
  if (!pending.empty())
    appendUtf8(out, ReplacementCharacter); // one incomplete character: one mark
  pending.clear();
}

} // namespace qwenc::rt

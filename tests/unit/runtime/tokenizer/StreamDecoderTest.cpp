//===- tests/unit/runtime/tokenizer/StreamDecoderTest.cpp -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/tokenizer/StreamDecoder.h"

#include "support/Utf8.h"

#include <gtest/gtest.h>

using namespace qwenc;

namespace {

TEST(StreamDecoder, HoldsBackPartsOfCharacters) {
  rt::StreamDecoder decoder;
  std::string out;
  decoder.feed("a\xf0\x9f", out);
  EXPECT_EQ(out, "a");
  decoder.feed("\x98", out);
  EXPECT_EQ(out, "a");
  decoder.feed("\x80z", out);
  EXPECT_EQ(out, "a\U0001F600z");
  decoder.flush(out);
  EXPECT_EQ(out, "a\U0001F600z");
}

TEST(StreamDecoder, MarksWhatIsInvalid) {
  rt::StreamDecoder decoder;
  std::string out;
  decoder.feed("\xffq\xe4\xbd", out);
  EXPECT_EQ(out, "\ufffdq");
  decoder.feed("x", out); // the character that was begun cannot be finished
  EXPECT_EQ(out, "\ufffdq\ufffdx");
  decoder.feed("\xc3", out);
  decoder.flush(out);
  EXPECT_EQ(out, "\ufffdq\ufffdx\ufffd");
  decoder.feed("\xa9", out); // a new text: no memory of the old one
  EXPECT_EQ(out, "\ufffdq\ufffdx\ufffd\ufffd");
}

TEST(StreamDecoder, DoesNotDependOnTheCuts) {
  const std::string text = "h\u00e9\u4e2d\U0001F600\xff\xe4\xbd\xf0\x9f\x98 \xed\xa0\x80!";
  auto decode = [&](auto nextLength) {
    rt::StreamDecoder decoder;
    std::string out;
    for (size_t i = 0, n; i < text.size(); i += n) {
      n = std::min<size_t>(nextLength(i), text.size() - i);
      decoder.feed(std::string_view(text).substr(i, n), out);
      EXPECT_TRUE(isValidUtf8(out));
    }
    decoder.flush(out);
    return out;
  };
  const std::string whole = decode([&](size_t) { return text.size(); });
  EXPECT_TRUE(isValidUtf8(whole));
  for (size_t length = 1; length < text.size(); ++length)
    EXPECT_EQ(decode([&](size_t) { return length; }), whole);
  EXPECT_EQ(decode([](size_t i) { return i % 3 + 1; }), whole);
}

} // namespace

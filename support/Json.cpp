//===- support/Json.cpp ---------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/Json.h"

#include "support/Utf8.h"

#include <cmath>
#include <cstdio>

using namespace qwenc;

void JsonWriter::separate() {
  if (needsComma)
    text += ',';
  needsComma = true;
}

void JsonWriter::open(char bracket) {
  separate();
  text += bracket;
  needsComma = false;
}

void JsonWriter::close(char bracket) {
  text += bracket;
  needsComma = true;
}

void JsonWriter::key(std::string_view name) {
  separate();
  quote(name);
  text += ':';
  needsComma = false;
}

void JsonWriter::value(std::string_view s) {
  separate();
  quote(s);
}

void JsonWriter::value(double number) {
  if (!std::isfinite(number))
    return null();
  separate();
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.12g", number);
  text += buffer;
}

void JsonWriter::value(bool truth) {
  separate();
  text += truth ? "true" : "false";
}

void JsonWriter::null() {
  separate();
  text += "null";
}

void JsonWriter::quote(std::string_view s) {
  text += '"';
  for (size_t at = 0; at < s.size();) {
    Utf8Char c = decodeUtf8(s.substr(at));
    at += c.bytes;
    if (c.codePoint == '"' || c.codePoint == '\\') {
      text += '\\';
      text += static_cast<char>(c.codePoint);
    } else if (c.codePoint == '\n') {
      text += "\\n";
    } else if (c.codePoint == '\t') {
      text += "\\t";
    } else if (c.codePoint < 0x20 || c.codePoint == 0x7F) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\u%04x", static_cast<unsigned>(c.codePoint));
      text += buffer;
    } else {
      appendUtf8(text, c.codePoint);
    }
  }
  text += '"';
}

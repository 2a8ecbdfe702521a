//===- support/Json.h - writing JSON --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A writer for the reports and --json answers of our programs; reading JSON is
// no job of theirs. The text is built in memory, on one line.
//
//   JsonWriter json;
//   json.beginObject();
//   json.member("model", "Qwen2.5");
//   json.key("samples"); json.beginArray(); json.value(1.5); json.endArray();
//   json.endObject();                  // {"model":"Qwen2.5","samples":[1.5]}
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_JSON_H
#define QWENC_SUPPORT_JSON_H

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace qwenc {

class JsonWriter {
public:
  void beginObject() { open('{'); }
  void endObject() { close('}'); }
  void beginArray() { open('['); }
  void endArray() { close(']'); }

  /// The name of the object's next member; its value must follow.
  void key(std::string_view name);

  /// Ill-formed UTF-8 in the text is written as U+FFFD.
  void value(std::string_view text);
  void value(const char *text) { value(std::string_view(text)); }
  void value(const std::string &text) { value(std::string_view(text)); }
  /// With as many digits as tell the number from its neighbours, at most 12;
  /// infinities and NaN, which JSON has not, become null.
  void value(double number);
  void value(bool truth);
  template <std::integral T> void value(T number) {
    separate();
    text += std::to_string(number);
  }
  void null();

  /// key(name) and value(v).
  template <typename T> void member(std::string_view name, const T &v) {
    key(name);
    value(v);
  }

  /// The text so far.
  const std::string &str() const { return text; }

private:
  void open(char bracket);
  void close(char bracket);
  void separate();
  void quote(std::string_view s);

  std::string text;
  bool needsComma = false;
};

} // namespace qwenc
#endif

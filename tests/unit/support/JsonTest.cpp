//===- tests/unit/support/JsonTest.cpp ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/Json.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace qwenc;

namespace {

TEST(Json, NestsAndSeparates) {
  JsonWriter json;
  json.beginObject();
  json.member("model", "Qwen2.5");
  json.member("threads", 2);
  json.key("samples");
  json.beginArray();
  json.value(1.5);
  json.value(0.1);
  json.beginArray();
  json.endArray();
  json.beginObject();
  json.endObject();
  json.null();
  json.endArray();
  json.member("exact", true);
  json.member("big", UINT64_MAX);
  json.member("small", int64_t(-5));
  json.endObject();
  EXPECT_EQ(json.str(), R"({"model":"Qwen2.5","threads":2,"samples":[1.5,0.1,[],{},null],)"
                        R"("exact":true,"big":18446744073709551615,"small":-5})");
}

TEST(Json, EscapesText) {
  JsonWriter json;
  json.value(std::string_view("a\"b\\c\n\t\r\0\x7F \xC3\xA4 \xFF", 15));
  EXPECT_EQ(json.str(), "\"a\\\"b\\\\c\\n\\t\\u000d\\u0000\\u007f \xC3\xA4 \xEF\xBF\xBD\"");
}

TEST(Json, NumbersThatJsonHasNotAreNull) {
  JsonWriter json;
  json.beginArray();
  json.value(NAN);
  json.value(INFINITY);
  json.value(23.7123456);
  json.value(1e-9);
  json.endArray();
  EXPECT_EQ(json.str(), "[null,null,23.7123456,1e-09]");
}

} // namespace

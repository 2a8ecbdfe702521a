//===- frontend/transforms/QuantizeSpec.cpp -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "frontend/transforms/QuantizeSpec.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/GlobPattern.h"

using namespace qwenc;
using llvm::StringRef;

namespace {
struct FormatWord {
  llvm::StringLiteral word;
  std::optional<GgmlType> type;
};
} // namespace

static constexpr FormatWord formatWords[] = {
    {"w4g32", GgmlType::Q4_0},    {"w4g32a", GgmlType::Q4_1},   {"w4g64", GgmlType::W4G64},
    {"w4g64a", GgmlType::W4G64A}, {"w4g128", GgmlType::W4G128}, {"w4g128a", GgmlType::W4G128A},
    {"w8g32", GgmlType::Q8_0},    {"w8", GgmlType::W8},         {"f16", GgmlType::F16},
    {"keep", std::nullopt},
};

bool QuantizeRule::matches(StringRef name) const {
  return pattern.empty() || llvm::cantFail(llvm::GlobPattern::create(pattern)).match(name);
}

static llvm::Expected<QuantizeRule> parseRule(StringRef item) {
  QuantizeRule rule;
  StringRef word = item;
  if (item.contains('=')) {
    auto [pattern, format] = item.rsplit('=');
    rule.pattern = pattern.str();
    word = format;
    if (rule.pattern.empty())
      return llvm::createStringError("'" + item + "' names no tensor before its '='");
    if (auto glob = llvm::GlobPattern::create(rule.pattern); !glob)
      return llvm::createStringError("'" + rule.pattern + "': " + llvm::toString(glob.takeError()));
  }
  std::string known;
  for (const FormatWord &format : formatWords) {
    if (format.word == word) {
      rule.type = format.type;
      return rule;
    }
    known += (known.empty() ? "" : ", ") + format.word.str();
  }
  return llvm::createStringError("'" + word + "' is not a format; the formats are " + known);
}

llvm::Expected<QuantizeSpec> qwenc::parseQuantizeSpec(StringRef text) {
  QuantizeSpec spec;
  llvm::SmallVector<StringRef> items;
  text.split(items, ',');
  for (StringRef item : items) {
    auto rule = parseRule(item);
    if (!rule)
      return rule.takeError();
    if (rule->pattern.empty() && !spec.rules.empty())
      return llvm::createStringError("'" + item +
                                     "' has no PATTERN=; only the first format goes without");
    spec.rules.push_back(std::move(*rule));
  }
  return spec;
}

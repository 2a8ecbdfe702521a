//===- runtime/cli/ProfileReport.cpp - profiles of `bench` -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cli/ProfileReport.h"
#include "runtime/cli/Console.h"

#include <algorithm>

namespace qwenc::rt {
namespace {

void writeRow(JsonWriter &json, const ProfileRow &row, bool singleTokens) {
  json.beginObject();
  json.member("name", row.name);
  json.member("executions", row.executions);
  json.member("seconds", row.seconds);
  json.member("slowest_seconds", row.slowest);
  json.member("share", row.share);
  if (singleTokens && row.gigabytes > 0)
    json.member("gb_per_s", row.gigabytes);
  if (row.gigaMacs > 0)
    json.member("gmac_per_s", row.gigaMacs);
  json.endObject();
}

std::string rowText(const ProfileRow &row, bool singleTokens) {
  std::string text =
      format("%-40s %8llu %10.3f %9.3f %6.1f%%", row.name.c_str(),
             static_cast<unsigned long long>(row.executions), row.seconds * 1e3,
             row.seconds * 1e6 / static_cast<double>(std::max<uint64_t>(1, row.executions)),
             row.share * 100);
  text += row.gigaMacs > 0 ? format(" %8.1f", row.gigaMacs) : format(" %8s", "");
  if (singleTokens)
    text += row.gigabytes > 0 ? format(" %7.1f", row.gigabytes) : format(" %7s", "");
  // Threads that wait for a slower one show where work is divided badly.
  if (row.slowest > 1.1 * row.seconds)
    text += format("  slowest thread +%.0f%%", (row.slowest / row.seconds - 1) * 100);
  while (text.ends_with(' '))
    text.pop_back();
  return text + "\n";
}

} // namespace

std::string profileText(const std::string &title, const ProfileSummary &profile) {
  std::vector<ProfileRow> rows = profile.operations;
  rows.push_back(profile.waits);
  std::ranges::sort(rows,
                    [](const ProfileRow &a, const ProfileRow &b) { return a.seconds > b.seconds; });
  std::string text = format("%-40s %8s %10s %9s %7s %8s%s\n", title.c_str(), "times", "ms",
                            "us/time", "share", "GMAC/s", profile.singleTokens ? "    GB/s" : "");
  for (const ProfileRow &row : rows)
    text += rowText(row, profile.singleTokens);
  return text;
}

void writeProfile(JsonWriter &json, const ProfileSummary &profile) {
  json.beginObject();
  json.member("seconds", profile.seconds);
  json.key("operations");
  json.beginArray();
  for (const ProfileRow &row : profile.operations)
    writeRow(json, row, profile.singleTokens);
  json.endArray();
  json.key("waits");
  writeRow(json, profile.waits, profile.singleTokens);
  json.endObject();
}

} // namespace qwenc::rt

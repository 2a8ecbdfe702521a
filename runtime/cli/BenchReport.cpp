//===- runtime/cli/BenchReport.cpp - the result of `bench` -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cli/BenchReport.h"
#include "runtime/cli/Console.h"
#include "runtime/cli/ProfileReport.h"
#include "support/Json.h"

#include <algorithm>
#include <cmath>

namespace qwenc::rt {
namespace {

/// Three decimals are below any noise and keep the numbers short.
double rounded(double value) { return std::round(value * 1e3) / 1e3; }

double mebibytes(uint64_t bytes) { return static_cast<double>(bytes) / (1024.0 * 1024.0); }

void addPart(JsonWriter &json, const char *key, const std::optional<BenchPart> &part) {
  if (!part)
    return;
  json.key(key);
  json.beginObject();
  json.member("tokens", part->tokens);
  json.member("tok_per_s", rounded(part->median()));
  json.key("samples");
  json.beginArray();
  for (double sample : part->samples)
    json.value(rounded(sample));
  json.endArray();
  json.endObject();
}

void addProfile(JsonWriter &json, const char *key, const std::optional<ProfileSummary> &profile) {
  if (!profile)
    return;
  json.key(key);
  writeProfile(json, *profile);
}

std::string partText(const char *name, const std::optional<BenchPart> &part) {
  if (!part)
    return {};
  auto [least, most] = std::minmax_element(part->samples.begin(), part->samples.end());
  std::string label = name + std::to_string(part->tokens);
  return format("%-9s %10.2f tok/s  (%.2f to %.2f, %zu runs)\n", label.c_str(), part->median(),
                *least, *most, part->samples.size());
}

} // namespace

double BenchPart::median() const {
  std::vector<double> sorted = samples;
  std::sort(sorted.begin(), sorted.end());
  size_t middle = sorted.size() / 2;
  return sorted.size() % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

std::string benchJson(const BenchReport &report) {
  JsonWriter json;
  json.beginObject();
  json.member("schema", 1);
  json.member("model", report.model);
  json.member("threads", report.threads);
  json.member("depth", report.depth);
  json.member("target", report.target);
  json.member("load_ms", rounded(report.loadMillis));
  json.member("rss_mib", rounded(mebibytes(report.residentBytes)));
  json.member("barriers_per_token", report.barriersPerToken);
  addPart(json, "pp", report.prompt);
  addPart(json, "tg", report.generation);
  if (report.promptProfile || report.generationProfile) {
    json.key("profile");
    json.beginObject();
    addProfile(json, "prefill", report.promptProfile);
    addProfile(json, "decode", report.generationProfile);
    json.endObject();
  }
  json.endObject();
  return json.str() + "\n";
}

std::string benchText(const BenchReport &report) {
  std::string text =
      format("%s on %s, %d thread%s, depth %d\n", report.model.c_str(), report.target.c_str(),
             report.threads, report.threads == 1 ? "" : "s", report.depth);
  text += partText("pp", report.prompt);
  text += partText("tg", report.generation);
  text += format("loaded in %.1f ms, %.1f MiB resident, %llu barriers a token\n", report.loadMillis,
                 mebibytes(report.residentBytes),
                 static_cast<unsigned long long>(report.barriersPerToken));
  if (report.promptProfile)
    text += "\n" + profileText("prefill", *report.promptProfile);
  if (report.generationProfile)
    text += "\n" + profileText("decode", *report.generationProfile);
  return text;
}

} // namespace qwenc::rt

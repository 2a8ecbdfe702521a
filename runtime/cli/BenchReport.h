//===- runtime/cli/BenchReport.h - the result of `bench` -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_RUNTIME_CLI_BENCHREPORT_H
#define QWENC_RUNTIME_CLI_BENCHREPORT_H

#include "runtime/profile/ProfileSummary.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qwenc::rt {

/// Speed of one part, prompt or generation.
struct BenchPart {
  int32_t tokens = 0;
  std::vector<double> samples; ///< tokens per second of each repetition, >= 1

  double median() const;
};

struct BenchReport {
  std::string model;
  int32_t threads = 0;
  int32_t depth = 0;
  std::string target;
  double loadMillis = 0;
  uint64_t residentBytes = 0; ///< the peak
  uint64_t barriersPerToken = 0;
  std::optional<BenchPart> prompt;
  std::optional<BenchPart> generation;
  std::optional<ProfileSummary> promptProfile; ///< with --profile
  std::optional<ProfileSummary> generationProfile;
};

/// One JSON object, schema 1 of the command-line contract, and a newline. Profiles
/// stand under "profile": {"prefill":{...}, "decode":{...}}.
std::string benchJson(const BenchReport &report);
/// The same for people.
std::string benchText(const BenchReport &report);

} // namespace qwenc::rt
#endif

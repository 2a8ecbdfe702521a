//===- runtime/cli/ProfileReport.h - profiles of `bench` -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_RUNTIME_CLI_PROFILEREPORT_H
#define QWENC_RUNTIME_CLI_PROFILEREPORT_H

#include "runtime/profile/ProfileSummary.h"
#include "support/Json.h"

#include <string>

namespace qwenc::rt {

/// A table under `title`, the most expensive operation first.
std::string profileText(const std::string &title, const ProfileSummary &profile);

/// {"seconds", "operations":[{"name", "executions", "seconds", "slowest_seconds",
/// "share", "gb_per_s", "gmac_per_s"}], "waits":{...}}; without "gb_per_s" and
/// "gmac_per_s" where there are none.
void writeProfile(JsonWriter &json, const ProfileSummary &profile);

} // namespace qwenc::rt
#endif

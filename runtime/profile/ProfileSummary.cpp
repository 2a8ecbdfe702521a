//===- runtime/profile/ProfileSummary.cpp - the time of each operation -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/profile/ProfileSummary.h"

#include <algorithm>

namespace qwenc::rt {
namespace {

double perSecond(double amount, double seconds) { return seconds > 0 ? amount / seconds : 0; }

/// Name and times of operation `op`, or of the waits (op_count).
ProfileRow timesOf(const Profiler &profiler, size_t op, double secondsPerTick) {
  const QwenModel &model = profiler.model();
  ProfileRow row;
  row.name = op < model.op_count ? model.ops[op].name : "wait at barriers";
  row.executions = profiler.threads().front().counts[op];
  for (const ThreadProfile &thread : profiler.threads()) {
    const double seconds = static_cast<double>(thread.ticks[op]) * secondsPerTick;
    row.seconds += seconds / static_cast<double>(profiler.threads().size());
    row.slowest = std::max(row.slowest, seconds);
  }
  return row;
}

} // namespace

ProfileSummary summarize(const Profiler &profiler, const ProfiledWork &work, bool singleTokens) {
  const QwenModel &model = profiler.model();
  const double secondsPerTick = profiler.clock().secondsPerTick();
  ProfileSummary report;
  report.singleTokens = singleTokens;
  for (size_t op = 0; op < model.op_count; ++op) {
    const QwenOperation &facts = model.ops[op];
    ProfileRow row = timesOf(profiler, op, secondsPerTick);
    const double bytes =
        static_cast<double>(facts.weight_bytes) * static_cast<double>(row.executions);
    const auto product = [](int64_t tokens, uint32_t executions) {
      return static_cast<double>(tokens) * executions;
    };
    const double rows = product(work.tokens, facts.executions - facts.logit_executions) +
                        product(work.logitRows, facts.logit_executions);
    row.gigabytes = perSecond(bytes, row.seconds) / 1e9;
    row.gigaMacs = perSecond(static_cast<double>(facts.macs) * rows, row.seconds) / 1e9;
    report.operations.push_back(std::move(row));
  }
  report.waits = timesOf(profiler, model.op_count, secondsPerTick);

  report.seconds = report.waits.seconds;
  for (const ProfileRow &row : report.operations)
    report.seconds += row.seconds;
  for (ProfileRow &row : report.operations)
    row.share = perSecond(row.seconds, report.seconds);
  report.waits.share = perSecond(report.waits.seconds, report.seconds);
  return report;
}

} // namespace qwenc::rt

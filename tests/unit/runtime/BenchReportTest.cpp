//===- tests/unit/runtime/BenchReportTest.cpp ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cli/BenchReport.h"

#include <gtest/gtest.h>

using namespace qwenc::rt;

TEST(BenchReport, JsonIsTheContracts) {
  BenchReport report;
  report.model = "Qwen \"2.5\"";
  report.threads = 2;
  report.depth = 64;
  report.target = "znver3";
  report.loadMillis = 1.23456;
  report.residentBytes = 3 << 20;
  report.barriersPerToken = 99;
  report.prompt = BenchPart{512, {30, 10, 20}};
  report.generation = BenchPart{128, {1, 2, 4, 3}};
  EXPECT_EQ(benchJson(report),
            "{\"schema\":1,\"model\":\"Qwen \\\"2.5\\\"\",\"threads\":2,\"depth\":64,"
            "\"target\":\"znver3\",\"load_ms\":1.235,\"rss_mib\":3,\"barriers_per_token\":99,"
            "\"pp\":{\"tokens\":512,\"tok_per_s\":20,\"samples\":[30,10,20]},"
            "\"tg\":{\"tokens\":128,\"tok_per_s\":2.5,\"samples\":[1,2,4,3]}}\n");
}

TEST(BenchReport, LeavesOutWhatWasNotMeasured) {
  BenchReport report;
  report.prompt = BenchPart{512, {30}};
  EXPECT_EQ(benchJson(report).find("\"tg\""), std::string::npos);
  report.prompt.reset();
  EXPECT_EQ(benchJson(report).find("\"pp\""), std::string::npos);
  EXPECT_EQ(benchText(report).find("pp"), std::string::npos);
}

//===- tests/unit/codegen/report/RooflineTest.cpp --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/report/Roofline.h"
#include "codegen/report/PhaseReport.h"
#include "codegen/report/Report.h"
#include "gtest/gtest.h"

using namespace qwenc;

namespace {

constexpr Machine kMachine{/*clockGHz=*/2, /*bandwidthGBs=*/10};

TEST(RooflineTest, TakesTheLongerOfArithmeticAndMemory) {
  Work compute{4e9, uint64_t(1e9)}; // 2 s and 0.1 s
  EXPECT_DOUBLE_EQ(secondsOf(compute, kMachine, 1), 2);
  EXPECT_EQ(boundOf(compute, kMachine, 1), Bound::Compute);
  Work memory{1e9, uint64_t(20e9)}; // 0.5 s and 2 s
  EXPECT_DOUBLE_EQ(secondsOf(memory, kMachine, 1), 2);
  EXPECT_EQ(boundOf(memory, kMachine, 1), Bound::Memory);
}

TEST(RooflineTest, CoresDivideArithmeticAndShareMemory) {
  Work work{8e9, uint64_t(10e9)}; // 4 s on one core, 1 s
  EXPECT_DOUBLE_EQ(secondsOf(work, kMachine, 2), 2);
  EXPECT_DOUBLE_EQ(secondsOf(work, kMachine, 4), 1);
  EXPECT_DOUBLE_EQ(secondsOf(work, kMachine, 64), 1);
  EXPECT_EQ(boundOf(work, kMachine, 2), Bound::Compute);
  EXPECT_EQ(boundOf(work, kMachine, 64), Bound::Memory);
}

TEST(RooflineTest, UnitsAreNotDivided) {
  Work work{6e9, 0, /*units=*/3}; // 1 s each
  EXPECT_DOUBLE_EQ(secondsOf(work, kMachine, 1), 3);
  EXPECT_DOUBLE_EQ(secondsOf(work, kMachine, 2), 2);
  EXPECT_DOUBLE_EQ(secondsOf(work, kMachine, 3), 1);
  EXPECT_DOUBLE_EQ(secondsOf(work, kMachine, 8), 1);
}

TEST(RooflineTest, CountsCoresUpToAll) {
  EXPECT_EQ(coreCounts(1), (std::vector<unsigned>{1}));
  EXPECT_EQ(coreCounts(4), (std::vector<unsigned>{1, 2, 3, 4}));
  EXPECT_EQ(coreCounts(6), (std::vector<unsigned>{1, 2, 3, 4, 6}));
  EXPECT_EQ(coreCounts(48), (std::vector<unsigned>{1, 2, 3, 4, 8, 16, 32, 48}));
}

TEST(RooflineTest, AddsUpAPhase) {
  ReportPhase phase;
  phase.tokens = 6;
  phase.operations.resize(3);
  phase.operations[0].work = {4e9, 0}; // 2 s; 1 s on two cores
  phase.operations[0].barriers = 2;
  phase.operations[1].work = {0, uint64_t(10e9)}; // 1 s
  phase.operations[1].barriers = 3;
  finishPhase(phase, kMachine, 2);
  EXPECT_DOUBLE_EQ(phase.secondsOne, 3);
  EXPECT_EQ(phase.barriers, 5u);
  EXPECT_DOUBLE_EQ(phase.operations[0].share, 2.0 / 3);
  EXPECT_DOUBLE_EQ(phase.operations[1].share, 1.0 / 3);
  EXPECT_DOUBLE_EQ(phase.operations[2].share, 0);
  ASSERT_EQ(phase.predictions.size(), 2u);
  EXPECT_DOUBLE_EQ(phase.predictions[0].tokensPerSecond, 2);
  EXPECT_DOUBLE_EQ(phase.predictions[1].tokensPerSecond, 3);
}

TEST(RooflineTest, PromisesNothingWithoutAModel) {
  ReportPhase phase;
  phase.operations.resize(2);
  phase.operations[0].work = {4e9, 0, 0};
  phase.operations[1].macs = 1000; // of a kernel that is not modelled
  finishPhase(phase, kMachine, 2);
  EXPECT_TRUE(phase.predictions.empty());
  EXPECT_DOUBLE_EQ(phase.secondsOne, 2);
}

TEST(ReportTest, MemoryCountsTheArenaOfEveryThread) {
  ReportMemory memory;
  memory.weights = 1000;
  memory.kvPerToken = 10;
  memory.kvPositions = 5;
  memory.arenaShared = 100;
  memory.arenaThread = 7;
  EXPECT_EQ(memory.total(1), 1157);
  EXPECT_EQ(memory.total(4), 1178);
}

TEST(ReportTest, WritesNamesThatNeedEscapes) {
  Report report;
  report.qwenc = "1.2.3";
  report.model = "a <b> & \"c\"";
  std::string json = writeJson(report);
  EXPECT_EQ(json.rfind("{\"schema\":1,", 0), 0u);
  EXPECT_NE(json.find("a <b> & \\\"c\\\""), std::string::npos);
  EXPECT_EQ(json.back(), '\n');
  std::string html = writeHtml(report);
  EXPECT_NE(html.find("a &lt;b&gt; &amp; &quot;c&quot;"), std::string::npos);
  EXPECT_EQ(html.find("<b> &"), std::string::npos);
  // Nothing is fetched from anywhere.
  EXPECT_EQ(html.find("http"), std::string::npos);
  EXPECT_EQ(html.find("src="), std::string::npos);
}

} // namespace

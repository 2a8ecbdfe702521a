//===- tests/unit/ir/target/KnownCpusTest.cpp ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/target/KnownCpus.h"
#include "ir/target/ListTargets.h"
#include "ir/target/ResolveTarget.h"
#include "gtest/gtest.h"

using namespace qwenc::ir;

namespace {

TEST(KnownCpusTest, KnowsAMachineByItsCpu) {
  CpuFacts pi5 = getCpuFacts("cortex-a76");
  EXPECT_TRUE(pi5.known);
  EXPECT_EQ(pi5.cores, 4u);
  EXPECT_EQ(pi5.caches.l1, 64 * 1024);
  EXPECT_NE(pi5.machine.find("Raspberry Pi 5"), llvm::StringRef::npos);
  EXPECT_EQ(pi5.modelAs, "neoverse-n1");
  EXPECT_EQ(getCpuFacts("neoverse-n2").modelAs, "neoverse-n2");
}

TEST(KnownCpusTest, PrefetchesWhereItWasMeasured) {
  EXPECT_GT(getCpuPrefetch("znver3").bytes, 0u);
  EXPECT_EQ(getCpuPrefetch("znver3").level, 0u);
  EXPECT_GT(getCpuPrefetch("emeraldrapids").bytes, 0u);
  EXPECT_EQ(getCpuPrefetch("emeraldrapids").level, 2u);
  EXPECT_EQ(getCpuPrefetch("znver4").bytes, 0u);
}

TEST(KnownCpusTest, SaysThatItGuesses) {
  CpuFacts facts = getCpuFacts("cortex-a1000");
  EXPECT_FALSE(facts.known);
  EXPECT_EQ(facts.modelAs, "cortex-a1000");
  EXPECT_GT(facts.clockGHz, 0);
  EXPECT_GT(facts.bandwidthGBs, 0);
  EXPECT_GT(facts.cores, 0u);
  EXPECT_EQ(getCpuCaches("cortex-a1000").l1, 32 * 1024);
}

TEST(KnownCpusTest, EveryCpuThatIsListedHasFacts) {
  mlir::MLIRContext context;
  context.loadDialect<QwenDialect>();
  auto lines = listTargets(&context);
  ASSERT_TRUE(bool(lines)) << llvm::toString(lines.takeError());
  EXPECT_GT(lines->size(), 100u);
  bool seesN2 = false;
  for (const TargetLine &line : *lines) {
    CpuFacts facts = getCpuFacts(line.cpu);
    EXPECT_GT(facts.caches.l2, facts.caches.l1) << line.cpu;
    EXPECT_TRUE(line.triple == "aarch64-linux-gnu" || line.triple == "x86_64-linux-gnu");
    EXPECT_NE(line.cpu, "i386"); // cannot run 64-bit code
    if (line.cpu != "neoverse-n2")
      continue;
    seesN2 = true;
    EXPECT_TRUE(llvm::is_contained(line.features, "i8mm"));
    EXPECT_TRUE(llvm::is_contained(line.features, "sve2"));
  }
  EXPECT_TRUE(seesN2);
}

// A row of a misspelt CPU would never be found.
TEST(KnownCpusTest, EveryRowIsACpuOfLLVM) {
  mlir::MLIRContext context;
  context.loadDialect<QwenDialect>();
  initializeTargets();
  for (llvm::StringRef cpu : namesOfKnownCpus()) {
    auto targets = resolveTargets(&context, {cpu.str(), "", ""});
    EXPECT_TRUE(bool(targets)) << llvm::toString(targets.takeError());
  }
}

} // namespace

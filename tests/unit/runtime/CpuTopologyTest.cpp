//===- tests/unit/runtime/CpuTopologyTest.cpp ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/threading/CpuTopology.h"
#include "runtime/core/MemoryLimit.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

using namespace qwenc::rt;

namespace {

/// A made-up /proc and /sys.
class CpuTopologyTest : public testing::Test {
protected:
  CpuTopologyTest()
      : root(testing::TempDir() + "/topology-" +
             testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(root);
  }
  ~CpuTopologyTest() override { std::filesystem::remove_all(root); }

  void write(const std::string &path, const std::string &text) {
    std::filesystem::path file = root + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void cpu(int32_t number, const std::string &siblings, int32_t capacity = 0) {
    std::string folder = "/sys/devices/system/cpu/cpu" + std::to_string(number);
    write(folder + "/topology/thread_siblings_list", siblings + "\n");
    if (capacity)
      write(folder + "/cpu_capacity", std::to_string(capacity) + "\n");
  }

  std::string root;
};

} // namespace

TEST_F(CpuTopologyTest, CountsHyperThreadsOnce) {
  cpu(0, "0,2");
  cpu(1, "1,3");
  cpu(2, "0,2");
  cpu(3, "1,3");
  CpuTopology all = readCpuTopology({0, 1, 2, 3}, root);
  EXPECT_EQ(all.allowedCpus, 4);
  EXPECT_EQ(all.defaultThreads(), 2);
  EXPECT_EQ(all.runnableCpus(), 4);
  CpuTopology siblings = readCpuTopology({1, 3}, root);
  EXPECT_EQ(siblings.defaultThreads(), 1);
  EXPECT_EQ(siblings.runnableCpus(), 2);
}

TEST_F(CpuTopologyTest, LeavesSmallCoresOut) {
  cpu(0, "0", 300);
  cpu(1, "1", 300);
  cpu(2, "2", 760);
  cpu(3, "3", 1024);
  EXPECT_EQ(readCpuTopology({0, 1, 2, 3}, root).defaultThreads(), 2);
  EXPECT_EQ(readCpuTopology({0, 1}, root).defaultThreads(), 2) << "only small ones: all equal";
}

TEST_F(CpuTopologyTest, OrdersPlacesBySpeedAndSiblingsLast) {
  cpu(0, "0", 300);
  cpu(1, "1", 1024);
  cpu(2, "2,3", 760);
  cpu(3, "2,3", 760);
  CpuTopology topology = readCpuTopology({0, 1, 2, 3}, root);
  std::vector<int32_t> order, capacities;
  for (const CpuPlace &place : topology.places) {
    order.push_back(place.cpu);
    capacities.push_back(place.capacity);
  }
  EXPECT_EQ(order, (std::vector<int32_t>{1, 2, 0, 3}));
  EXPECT_EQ(capacities, (std::vector<int32_t>{1024, 760, 300, 760}));
  EXPECT_TRUE(topology.uneven());
  EXPECT_FALSE(readCpuTopology({2, 3}, root).uneven());
}

TEST_F(CpuTopologyTest, LeavesEfficiencyCoresOut) {
  for (int32_t number = 0; number < 6; ++number)
    cpu(number, std::to_string(number));
  write("/sys/devices/cpu_core/cpus", "0-1,3\n");
  EXPECT_EQ(readCpuTopology({0, 1, 2, 3, 4, 5}, root).defaultThreads(), 3);
}

TEST_F(CpuTopologyTest, CountsCpusWithoutTopologyAsCores) {
  EXPECT_EQ(readCpuTopology({0, 1, 2}, root).defaultThreads(), 3);
}

TEST_F(CpuTopologyTest, TakesTheSmallestQuotaUpTheTreeVersion2) {
  write("/proc/self/cgroup", "0::/pod/box\n");
  write("/sys/fs/cgroup/pod/box/cpu.max", "max 100000\n");
  write("/sys/fs/cgroup/pod/cpu.max", "250000 100000\n");
  CpuTopology topology = readCpuTopology({0, 1, 2, 3}, root);
  EXPECT_DOUBLE_EQ(topology.quotaCpus, 2.5);
  EXPECT_EQ(topology.defaultThreads(), 2);
  EXPECT_EQ(topology.runnableCpus(), 3);
}

TEST_F(CpuTopologyTest, ReadsQuotaVersion1) {
  write("/proc/self/cgroup", "4:memory:/\n3:cpuacct,cpu:/box\n");
  write("/sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "50000\n");
  write("/sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000\n");
  CpuTopology topology = readCpuTopology({0, 1}, root);
  EXPECT_DOUBLE_EQ(topology.quotaCpus, 0.5);
  EXPECT_EQ(topology.defaultThreads(), 1);
}

TEST_F(CpuTopologyTest, NoQuotaMeansUnlimited) {
  write("/proc/self/cgroup", "3:cpu:/\n0::/\n");
  write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  write("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  write("/sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_EQ(readCpuTopology({0, 1}, root).quotaCpus, 0);
}

TEST_F(CpuTopologyTest, MemoryLimitIsTheSmallerOfMachineAndGroup) {
  write("/proc/meminfo", "MemFree:  5 kB\nMemTotal:       2048 kB\n");
  EXPECT_EQ(memoryLimit(root), 2048u * 1024);
  write("/proc/self/cgroup", "0::/box\n");
  write("/sys/fs/cgroup/box/memory.max", "max\n");
  EXPECT_EQ(memoryLimit(root), 2048u * 1024);
  write("/sys/fs/cgroup/box/memory.max", "1000000\n");
  EXPECT_EQ(memoryLimit(root), 1000000u);
}

TEST(CpuTopology, ThisMachineHasAtLeastOneCpu) {
  std::vector<int32_t> allowed = allowedCpuNumbers();
  ASSERT_FALSE(allowed.empty());
  CpuTopology topology = readCpuTopology(allowed);
  EXPECT_GE(topology.defaultThreads(), 1);
  EXPECT_LE(topology.defaultThreads(), topology.allowedCpus);
  EXPECT_GT(peakResidentBytes(), 1u << 20);
}

//===- ir/target/KnownCpus.cpp - cache sizes by CPU ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sizes are those of the cores' technical reference manuals; where a licensee
// chooses, the commonest choice stands here (Arm TRM "L2 memory system",
// AMD software optimization guides). A new CPU is one more row.
//===----------------------------------------------------------------------===//
#include "ir/target/KnownCpus.h"

using namespace qwenc::ir;

namespace {
struct Row {
  llvm::StringLiteral cpu;
  CpuCaches caches;
};
constexpr int64_t KiB = 1024;
constexpr Row rows[] = {
    {"cortex-a53", {32 * KiB, 128 * KiB}},      {"cortex-a55", {32 * KiB, 128 * KiB}},
    {"cortex-a72", {32 * KiB, 256 * KiB}},      {"cortex-a76", {64 * KiB, 256 * KiB}},
    {"neoverse-n1", {64 * KiB, 1024 * KiB}},    {"neoverse-n2", {64 * KiB, 1024 * KiB}},
    {"neoverse-v1", {64 * KiB, 1024 * KiB}},    {"neoverse-v2", {64 * KiB, 2048 * KiB}},
    {"a64fx", {64 * KiB, 512 * KiB}},           {"znver2", {32 * KiB, 512 * KiB}},
    {"znver3", {32 * KiB, 512 * KiB}},          {"znver4", {32 * KiB, 1024 * KiB}},
    {"znver5", {48 * KiB, 1024 * KiB}},         {"skylake-avx512", {32 * KiB, 1024 * KiB}},
    {"sapphirerapids", {48 * KiB, 2048 * KiB}},
};
} // namespace

CpuCaches qwenc::ir::getCpuCaches(llvm::StringRef cpu) {
  for (const Row &row : rows)
    if (row.cpu == cpu)
      return row.caches;
  return {32 * KiB, 512 * KiB};
}

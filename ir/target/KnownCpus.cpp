//===- ir/target/KnownCpus.cpp - machines by the name of their CPU ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Caches of a core are those of its technical reference manual; where a licensee
// chooses, what the machine in the row has. Clock, cores and memory are the
// specification of that machine: bandwidth = channels x transfers x width, which
// programs reach to 70 to 90 percent (qwenc --bandwidth-gbs=N takes a measured
// one). A new CPU is one more row.
//===----------------------------------------------------------------------===//
#include "ir/target/KnownCpus.h"

using namespace qwenc::ir;

namespace {

struct Row {
  llvm::StringLiteral cpu;
  int64_t l1, l2, l3; // KiB
  double clockGHz;
  unsigned cores;
  double bandwidthGBs;
  llvm::StringLiteral machine;
};

// clang-format off
constexpr Row rows[] = {
    // Raspberry Pi documentation, "Processors"; memory of the boards' data sheets:
    // LPDDR2-900, LPDDR4-3200 and LPDDR4X-4267, each 32 bits wide.
    {"cortex-a53",  32,  128,          0, 1.4,   4,   3.6, "Raspberry Pi 3 B+ (BCM2837B0)"},
    {"cortex-a72",  32,  256,          0, 1.8,   4,  12.8, "Raspberry Pi 4 (BCM2711)"},
    {"cortex-a76",  64,  512,       2048, 2.4,   4,  17.1, "Raspberry Pi 5 (BCM2712)"},
    // Rockchip RK3568 data sheet: LPDDR4X-3200, 32 bits.
    {"cortex-a55",  32,  128,        512, 2.0,   4,  12.8, "Rockchip RK3568"},
    // AWS on Graviton2, 3 and 4: 8 x DDR4-3200, 8 x DDR5-4800, 12 x DDR5-5600.
    {"neoverse-n1", 64, 1024,  32 * 1024, 2.5,  64, 204.8, "AWS Graviton2"},
    {"neoverse-v1", 64, 1024,  32 * 1024, 2.6,  64, 307.2, "AWS Graviton3"},
    {"neoverse-v2", 64, 2048,  36 * 1024, 2.8,  96, 537.6, "AWS Graviton4"},
    // Alibaba on the Yitian 710: 8 x DDR5-4400.
    {"neoverse-n2", 64, 1024,  64 * 1024, 3.0, 128, 281.6, "Alibaba Yitian 710"},
    // NVIDIA Grace CPU data sheet: LPDDR5X.
    {"grace",       64, 1024, 114 * 1024, 3.1,  72, 500.0, "NVIDIA Grace"},
    // Fujitsu, "A64FX Microarchitecture Manual" and the FX1000's data sheet: four
    // groups of 12 cores with 8 MiB of L2 each, HBM2.
    {"a64fx",       64,  682,          0, 2.2,  48, 1024.0, "Fujitsu PRIMEHPC FX1000"},
    // AMD's product pages of EPYC 7742, 7763, 9654 and 9755: 8 x DDR4-3200 twice,
    // 12 x DDR5-4800, 12 x DDR5-6000.
    {"znver2",      32,  512, 256 * 1024, 2.25, 64, 204.8, "AMD EPYC 7742"},
    {"znver3",      32,  512, 256 * 1024, 2.45, 64, 204.8, "AMD EPYC 7763"},
    {"znver4",      32, 1024, 384 * 1024, 2.4,  96, 460.8, "AMD EPYC 9654"},
    {"znver5",      48, 1024, 512 * 1024, 2.7, 128, 576.0, "AMD EPYC 9755"},
    // Intel's product pages of Xeon Platinum 8180, 8380, 8480+ and 8592+: 6 x DDR4-2666,
    // 8 x DDR4-3200, 8 x DDR5-4800, 8 x DDR5-5600.
    {"skylake-avx512", 32, 1024,  38 * 1024 + 512, 2.5, 28, 128.0, "Intel Xeon Platinum 8180"},
    {"icelake-server", 48, 1280,        60 * 1024, 2.3, 40, 204.8, "Intel Xeon Platinum 8380"},
    {"sapphirerapids", 48, 2048,       105 * 1024, 2.0, 56, 307.2, "Intel Xeon Platinum 8480+"},
    {"emeraldrapids",  48, 2048,       320 * 1024, 1.9, 64, 358.4, "Intel Xeon Platinum 8592+"},
};
// clang-format on

/// LLVM gives these the model of the Cortex-A57, an older and different pipeline.
/// The nearest core that has a model of its own stands in (Arm's software
/// optimisation guides: the same vector pipes, widths and latencies).
struct Model {
  llvm::StringLiteral cpu, modelAs;
};
constexpr Model models[] = {
    {"cortex-a75", "neoverse-n1"},  {"cortex-a76", "neoverse-n1"}, {"cortex-a76ae", "neoverse-n1"},
    {"cortex-a77", "neoverse-n1"},  {"cortex-a78", "neoverse-n1"}, {"cortex-a78ae", "neoverse-n1"},
    {"cortex-a78c", "neoverse-n1"},
};

/// The technical reference manuals of Arm's cores ("SVE vector length"), Fujitsu's
/// A64FX microarchitecture manual and its outline of MONAKA.
struct SveLength {
  llvm::StringLiteral cpu;
  unsigned bits;
};
constexpr SveLength sveLengths[] = {
    {"a64fx", 512},       {"neoverse-v1", 256},   {"fujitsu-monaka", 256}, {"neoverse-v2", 128},
    {"neoverse-v3", 128}, {"neoverse-v3ae", 128}, {"neoverse-n2", 128},    {"neoverse-n3", 128},
    {"grace", 128},       {"cobalt-100", 128},    {"cortex-a320", 128},    {"cortex-a510", 128},
    {"cortex-a520", 128}, {"cortex-a520ae", 128}, {"cortex-a710", 128},    {"cortex-a715", 128},
    {"cortex-a720", 128}, {"cortex-a720ae", 128}, {"cortex-a725", 128},    {"cortex-x2", 128},
    {"cortex-x3", 128},   {"cortex-x4", 128},     {"cortex-x925", 128},    {"gb10", 128},
};

/// Measured by decoding. An EPYC of the 7003 series reads up to 1.4 times as much with
/// it; one of the 9004 series no more, which is nearly all that its memory gives. A Xeon
/// of the fifth generation reads 1.3 times as much, into the second cache; into the first
/// alone, a quarter less than without.
struct Prefetch {
  llvm::StringLiteral cpu;
  CpuPrefetch prefetch;
};
constexpr Prefetch prefetches[] = {{"znver3", {1280, 0}}, {"emeraldrapids", {4096, 2}}};

} // namespace

CpuPrefetch qwenc::ir::getCpuPrefetch(llvm::StringRef cpu) {
  for (const Prefetch &row : prefetches)
    if (row.cpu == cpu)
      return row.prefetch;
  return {};
}

unsigned qwenc::ir::getSveBits(llvm::StringRef cpu) {
  for (const SveLength &row : sveLengths)
    if (row.cpu == cpu)
      return row.bits;
  return 0;
}

CpuFacts qwenc::ir::getCpuFacts(llvm::StringRef cpu) {
  constexpr int64_t KiB = 1024;
  llvm::StringRef modelAs = cpu;
  for (const Model &model : models)
    if (model.cpu == cpu)
      modelAs = model.modelAs;
  for (const Row &row : rows)
    if (row.cpu == cpu)
      return {{row.l1 * KiB, row.l2 * KiB},
              row.l3 * KiB,
              row.clockGHz,
              row.cores,
              row.bandwidthGBs,
              modelAs,
              row.machine,
              /*known=*/true};
  return {{32 * KiB, 512 * KiB}, 0, 2.0, 4, 20.0, modelAs, "no machine known", /*known=*/false};
}

std::vector<llvm::StringRef> qwenc::ir::namesOfKnownCpus() {
  std::vector<llvm::StringRef> names;
  for (const Row &row : rows)
    names.push_back(row.cpu);
  for (const Model &row : models)
    names.insert(names.end(), {row.cpu, row.modelAs});
  for (const SveLength &row : sveLengths)
    names.push_back(row.cpu);
  for (const Prefetch &row : prefetches)
    names.push_back(row.cpu);
  return names;
}

CpuCaches qwenc::ir::getCpuCaches(llvm::StringRef cpu) { return getCpuFacts(cpu).caches; }

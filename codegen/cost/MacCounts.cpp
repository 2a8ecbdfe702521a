//===- codegen/cost/MacCounts.cpp - multiply-adds of an instruction --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/cost/MacCounts.h"

using namespace llvm;
using namespace qwenc;

namespace {

/// Opcodes that begin with `prefix` (and contain `part`), first match wins.
struct Row {
  StringLiteral prefix, part;
  MacCount macs;
};

constexpr Row rows[] = {
    // x86: four products of bytes a 32-bit lane.
    {"VPDPBUSDZ128", "", {16, 0}},
    {"VPDPBUSDZ256", "", {32, 0}},
    {"VPDPBUSDZ", "", {64, 0}},
    {"VPDPBUSDY", "", {32, 0}},
    {"VPDPBUSD", "", {16, 0}},
    {"VPMADDUBSWZ128", "", {16, 0}},
    {"VPMADDUBSWZ256", "", {32, 0}},
    {"VPMADDUBSWZ", "", {64, 0}},
    {"VPMADDUBSWY", "", {32, 0}},
    {"VPMADDUBSW", "", {16, 0}},
    {"PMADDUBSW", "", {16, 0}},
    {"VFMADD", "PSZ128", {0, 4}},
    {"VFMADD", "PSZ256", {0, 8}},
    {"VFMADD", "PSZ", {0, 16}},
    {"VFMADD", "PSY", {0, 8}},
    {"VFMADD", "PS", {0, 4}},
    // Without fused multiply-adds the products count (sums of others do not).
    {"MULPS", "", {0, 4}},
    // AArch64.
    {"SDOT", "v16i8", {16, 0}},
    {"UDOT", "v16i8", {16, 0}},
    {"USDOT", "v16i8", {16, 0}},
    {"SMMLA", "", {32, 0}},
    {"USMMLA", "", {32, 0}},
    // SVE, for each 128 bits of a vector.
    {"SDOT_ZZZ", "BtoS", {16, 0}},
    {"FMLA_Z", "_S", {0, 4}},
    {"FMAD_Z", "_S", {0, 4}},
    {"SMLALv8i8", "", {8, 0}},
    {"SMLALv16i8", "", {8, 0}},
    {"SMULLv8i8", "", {8, 0}},
    {"SMULLv16i8", "", {8, 0}},
    {"FMLAv4", "f32", {0, 4}},
    {"FMLAv4", "i32_indexed", {0, 4}},
};

} // namespace

MacCount qwenc::countMacs(StringRef opcode, unsigned sveBits) {
  const unsigned segments = opcode.contains("_Z") && sveBits ? sveBits / 128 : 1;
  for (const Row &row : rows)
    if (opcode.starts_with(row.prefix) && opcode.contains(row.part))
      return {segments * row.macs.integer, segments * row.macs.floating};
  return {};
}

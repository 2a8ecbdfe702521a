//===- codegen/cost/ClassPeak.cpp - the most a class can do on a CPU -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/cost/ClassPeak.h"

#include "codegen/cost/MacCounts.h"
#include "ir/kernels/EnumTable.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using namespace qwenc;

namespace {

/// The instructions of a class, by LLVM's opcode names.
struct Row {
  KernelClass cls;
  StringLiteral integer, floating;
};
constexpr Row rows[] = {
    {KernelClass::Sse, "PMADDUBSWrr", "MULPSrr"},
    {KernelClass::Avx2, "VPMADDUBSWYrr", "VFMADD231PSYr"},
    {KernelClass::AvxVnni, "VPDPBUSDYrr", "VFMADD231PSYr"},
    {KernelClass::Avx512Vnni, "VPDPBUSDZrr", "VFMADD231PSZr"},
    {KernelClass::Neon, "SMLALv8i8_v8i16", "FMLAv4f32"},
    {KernelClass::NeonDotprod, "SDOTv16i8", "FMLAv4f32"},
    {KernelClass::Sve256Dotprod, "SDOT_ZZZ_BtoS", "FMLA_ZPmZZ_S"},
    {KernelClass::Sve512Dotprod, "SDOT_ZZZ_BtoS", "FMLA_ZPmZZ_S"},
    {KernelClass::NeonI8mm, "SMMLA", "FMLAv4f32"},
    {KernelClass::Sve256I8mm, "SMMLA_ZZZ", "FMLA_ZPmZZ_S"},
    {KernelClass::Sve512I8mm, "SMMLA_ZZZ", "FMLA_ZPmZZ_S"},
};
static_assert(isInEnumOrder(rows, &Row::cls, kKernelClasses));

} // namespace

std::optional<double> qwenc::peakMacsPerCycle(KernelClass cls, bool floats, ir::TargetAttr target) {
  const Row &row = rows[static_cast<int>(cls)];
  StringRef opcode = floats ? row.floating : row.integer;
  Triple triple(target.getTriple());
  std::string error;
  const Target *llvmTarget = TargetRegistry::lookupTarget(triple, error);
  if (!llvmTarget)
    return std::nullopt;
  std::unique_ptr<MCInstrInfo> instructions(llvmTarget->createMCInstrInfo());
  std::unique_ptr<MCSubtargetInfo> subtarget(
      llvmTarget->createMCSubtargetInfo(triple, target.getCpu(), llvmFeaturesOf(cls)));
  const MCSchedModel &model = subtarget->getSchedModel();
  if (!model.hasInstrSchedModel())
    return std::nullopt;
  for (unsigned i = 0; i < instructions->getNumOpcodes(); ++i) {
    if (instructions->getName(i) != opcode)
      continue;
    const MCSchedClassDesc *schedule =
        model.getSchedClassDesc(instructions->get(i).getSchedClass());
    // What depends on operands cannot be told of the opcode alone.
    if (!schedule->isValid() || schedule->isVariant())
      return std::nullopt;
    MacCount macs = countMacs(opcode, sveVectorBitsOf(cls));
    double cycles = MCSchedModel::getReciprocalThroughput(*subtarget, *schedule);
    return (floats ? macs.floating : macs.integer) / cycles;
  }
  return std::nullopt;
}

//===- codegen/microkernel/KernelFacts.cpp - what emitters ask of a class -===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/microkernel/KernelFacts.h"
#include "ir/kernels/EnumTable.h"

namespace qwenc {
namespace {

constexpr KernelFacts kFacts[] = {
    {KernelClass::Sse, KernelArch::X86, 16, HalfConversion::Integer, DotKind::MaddNibble,
     DotKind::MaddFiveBit, DotKind::MaddSigned6, DotKind::MaddSigned8, 512},
    {KernelClass::Avx2, KernelArch::X86, 32, HalfConversion::Instruction, DotKind::MaddNibble,
     DotKind::MaddFiveBit, DotKind::MaddSigned6, DotKind::MaddSigned8, 512},
    {KernelClass::AvxVnni, KernelArch::X86, 32, HalfConversion::Instruction, DotKind::DotU8S8,
     DotKind::DotU8S8, DotKind::DotU8S8, DotKind::DotU8S8, 768},
    {KernelClass::Avx512Vnni, KernelArch::X86, 64, HalfConversion::Instruction, DotKind::DotU8S8,
     DotKind::DotU8S8, DotKind::DotU8S8, DotKind::DotU8S8, 1024},
    {KernelClass::Neon, KernelArch::AArch64, 16, HalfConversion::Instruction, DotKind::SmlalNibble,
     DotKind::SmlalFiveBit, DotKind::SmlalNibble, DotKind::SmlalByte, 512},
    {KernelClass::NeonDotprod, KernelArch::AArch64, 16, HalfConversion::Instruction,
     DotKind::DotS8S8, DotKind::DotS8S8, DotKind::DotS8S8, DotKind::DotS8S8, 1024},
    {KernelClass::Sve256Dotprod, KernelArch::AArch64, 32, HalfConversion::Instruction,
     DotKind::DotS8S8, DotKind::DotS8S8, DotKind::DotS8S8, DotKind::DotS8S8, 1024, false, false},
    {KernelClass::Sve512Dotprod, KernelArch::AArch64, 64, HalfConversion::Instruction,
     DotKind::DotS8S8, DotKind::DotS8S8, DotKind::DotS8S8, DotKind::DotS8S8, 1024, false, false},
    {KernelClass::NeonI8mm, KernelArch::AArch64, 16, HalfConversion::Instruction, DotKind::DotS8S8,
     DotKind::DotS8S8, DotKind::DotS8S8, DotKind::DotS8S8, 1024, true},
    {KernelClass::Sve256I8mm, KernelArch::AArch64, 32, HalfConversion::Instruction,
     DotKind::DotS8S8, DotKind::DotS8S8, DotKind::DotS8S8, DotKind::DotS8S8, 1024, true},
    {KernelClass::Sve512I8mm, KernelArch::AArch64, 64, HalfConversion::Instruction,
     DotKind::DotS8S8, DotKind::DotS8S8, DotKind::DotS8S8, DotKind::DotS8S8, 1024, true},
};
static_assert(isInEnumOrder(kFacts, &KernelFacts::cls, kKernelClasses));

} // namespace

const KernelFacts &kernelFacts(KernelClass cls) { return kFacts[static_cast<int>(cls)]; }

} // namespace qwenc

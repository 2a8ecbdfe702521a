//===- codegen/cost/LoopModel.cpp - cycles of a kernel's inner loop --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The function's machine code is disassembled; a branch back to an earlier
// address closes a loop, and a loop without another one inside is innermost.
//===----------------------------------------------------------------------===//
#include "codegen/cost/LoopModel.h"

#include "codegen/cost/MacCounts.h"
#include "ir/kernels/KernelSpec.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstrAnalysis.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/MCA/Context.h"
#include "llvm/MCA/CustomBehaviour.h"
#include "llvm/MCA/InstrBuilder.h"
#include "llvm/MCA/Pipeline.h"
#include "llvm/MCA/SourceMgr.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using namespace qwenc;

namespace {

/// Enough for the pipeline to fill and settle.
constexpr unsigned kIterations = 100;

struct Decoded {
  MCInst instruction;
  uint64_t address;
};

/// What LLVM's MC layer knows of the target.
class Machine {
public:
  static Expected<std::unique_ptr<Machine>> create(ir::TargetAttr attr) {
    auto machine = std::make_unique<Machine>();
    machine->triple = Triple(attr.getTriple());
    std::string error;
    const Target *target = TargetRegistry::lookupTarget(machine->triple, error);
    if (!target)
      return createStringError(error);
    const MCTargetOptions options;
    const KernelClass cls = *parseKernelClass(attr.getKernelClass());
    StringRef features = llvmFeaturesOf(cls);
    machine->sveBits = sveVectorBitsOf(cls);
    machine->registers.reset(target->createMCRegInfo(machine->triple));
    machine->assembly.reset(target->createMCAsmInfo(*machine->registers, machine->triple, options));
    machine->instructions.reset(target->createMCInstrInfo());
    machine->subtarget.reset(
        target->createMCSubtargetInfo(machine->triple, attr.getCpu(), features));
    machine->analysis.reset(target->createMCInstrAnalysis(machine->instructions.get()));
    machine->context =
        std::make_unique<MCContext>(machine->triple, machine->assembly.get(),
                                    machine->registers.get(), machine->subtarget.get());
    machine->disassembler.reset(
        target->createMCDisassembler(*machine->subtarget, *machine->context));
    if (!machine->disassembler)
      return createStringError("no disassembler for " + attr.getTriple());
    if (!machine->subtarget->getSchedModel().hasInstrSchedModel())
      return createStringError("LLVM has no scheduling model of " + attr.getCpu());
    return machine;
  }

  Triple triple;
  unsigned sveBits = 0;
  std::unique_ptr<MCRegisterInfo> registers;
  std::unique_ptr<MCAsmInfo> assembly;
  std::unique_ptr<MCInstrInfo> instructions;
  std::unique_ptr<MCSubtargetInfo> subtarget;
  std::unique_ptr<MCInstrAnalysis> analysis;
  std::unique_ptr<MCContext> context;
  std::unique_ptr<MCDisassembler> disassembler;
};

Expected<std::vector<Decoded>> disassemble(Machine &machine, StringRef objectBytes,
                                           StringRef function) {
  auto object = object::ObjectFile::createObjectFile(MemoryBufferRef(objectBytes, "kernel"));
  if (!object)
    return object.takeError();
  for (const object::SymbolRef &symbol : (*object)->symbols()) {
    auto name = symbol.getName();
    auto section = symbol.getSection();
    auto address = symbol.getAddress();
    if (!name || !section || !address) {
      consumeError(name.takeError());
      consumeError(section.takeError());
      consumeError(address.takeError());
      continue;
    }
    if (*name != function || *section == (*object)->section_end())
      continue;
    auto contents = (*section)->getContents();
    if (!contents)
      return contents.takeError();
    uint64_t begin = *address - (*section)->getAddress();
    uint64_t size = object::ELFSymbolRef(symbol).getSize();
    ArrayRef<uint8_t> bytes = arrayRefFromStringRef(*contents).slice(begin, size);
    std::vector<Decoded> result;
    for (uint64_t at = 0; at < bytes.size();) {
      Decoded decoded;
      uint64_t length = 0;
      auto status = machine.disassembler->getInstruction(decoded.instruction, length,
                                                         bytes.drop_front(at), at, nulls());
      if (status != MCDisassembler::Success)
        return createStringError(function + ": code that cannot be read back");
      decoded.address = at;
      result.push_back(decoded);
      at += length;
    }
    return result;
  }
  return createStringError(function + ": no such function in the object");
}

struct Loop {
  size_t first, last; // indices, both included
  uint64_t macs = 0;
};

/// Exponentials split their argument by rounding, which products never do; their
/// polynomials are no multiply-adds of the kernel's own work.
bool isRounding(StringRef opcode) {
  return llvm::any_of(ArrayRef<StringRef>({"FRINT", "ROUNDPS", "VROUNDPS", "VRNDSCALEPS"}),
                      [&](StringRef name) { return opcode.starts_with(name); });
}

/// The innermost loop with the most multiply-adds.
std::optional<Loop> findHottestLoop(Machine &machine, ArrayRef<Decoded> code) {
  std::vector<Loop> loops;
  for (size_t i = 0; i < code.size(); ++i) {
    const MCInst &branch = code[i].instruction;
    uint64_t target = 0;
    uint64_t length =
        (i + 1 < code.size() ? code[i + 1].address : code[i].address + 4) - code[i].address;
    if (!machine.analysis->isBranch(branch) ||
        !machine.analysis->evaluateBranch(branch, code[i].address, length, target) ||
        target > code[i].address)
      continue;
    auto head = llvm::lower_bound(code, target, [](const Decoded &decoded, uint64_t address) {
      return decoded.address < address;
    });
    if (head != code.end() && head->address == target)
      loops.push_back({size_t(head - code.begin()), i});
  }
  std::optional<Loop> best;
  for (Loop &loop : loops) {
    bool innermost = llvm::none_of(loops, [&](const Loop &other) {
      return &other != &loop && other.first >= loop.first && other.last <= loop.last &&
             (other.first != loop.first || other.last != loop.last);
    });
    if (!innermost)
      continue;
    MacCount macs;
    bool isExponential = false;
    for (size_t i = loop.first; i <= loop.last; ++i) {
      StringRef opcode = machine.instructions->getName(code[i].instruction.getOpcode());
      isExponential |= isRounding(opcode);
      MacCount one = countMacs(opcode, machine.sveBits);
      macs.integer += one.integer;
      macs.floating += one.floating;
    }
    if (isExponential)
      continue;
    loop.macs = macs.integer ? macs.integer : macs.floating;
    if (loop.macs && (!best || loop.macs > best->macs))
      best = loop;
  }
  return best;
}

Expected<double> simulate(Machine &machine, ArrayRef<Decoded> body) {
  mca::InstrumentManager instruments(*machine.subtarget, *machine.instructions);
  mca::InstrBuilder builder(*machine.subtarget, *machine.instructions, *machine.registers,
                            machine.analysis.get(), instruments, /*CallLatency=*/100);
  SmallVector<std::unique_ptr<mca::Instruction>> sequence;
  for (const Decoded &decoded : body) {
    auto instruction = builder.createInstruction(decoded.instruction, {});
    if (!instruction) {
      // Hints and prefetches have no model and no cost here.
      consumeError(instruction.takeError());
      continue;
    }
    sequence.push_back(std::move(*instruction));
  }
  mca::CircularSourceMgr source(sequence, kIterations);
  mca::CustomBehaviour behaviour(*machine.subtarget, source, *machine.instructions);
  mca::Context context(*machine.registers, *machine.subtarget);
  mca::PipelineOptions options(0, 0, 0, 0, 0, 0, /*NoAlias=*/true);
  auto pipeline = context.createDefaultPipeline(options, source, behaviour);
  auto cycles = pipeline->run();
  if (!cycles)
    return cycles.takeError();
  return double(*cycles) / kIterations;
}

} // namespace

Expected<LoopModel> qwenc::modelHottestLoop(StringRef object, StringRef function,
                                            ir::TargetAttr target) {
  auto machine = Machine::create(target);
  if (!machine)
    return machine.takeError();
  auto code = disassemble(**machine, object, function);
  if (!code)
    return code.takeError();
  std::optional<Loop> loop = findHottestLoop(**machine, *code);
  if (!loop)
    return createStringError(function + ": no loop with multiply-adds");
  ArrayRef<Decoded> body = ArrayRef(*code).slice(loop->first, loop->last - loop->first + 1);
  auto cycles = simulate(**machine, body);
  if (!cycles)
    return cycles.takeError();
  return LoopModel{unsigned(body.size()), *cycles, loop->macs};
}

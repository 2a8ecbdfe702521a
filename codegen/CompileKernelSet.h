//===- codegen/CompileKernelSet.h - code of one model for one CPU ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_COMPILEKERNELSET_H
#define QWENC_CODEGEN_COMPILEKERNELSET_H

#include "ir/QwenDialect.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace qwenc {

enum class CodeForm { Object, Assembly, LLVMIR };

/// The two step functions for one CPU with all kernels they call.
struct KernelSet {
  ir::TargetAttr target;
  std::string prefillSymbol, decodeSymbol;
  /// Objects, or one text of LLVM IR; assembly is one text an object.
  std::vector<std::string> files;
  uint32_t barriersPerToken = 0;
  /// QwenModel.ticket_count.
  uint32_t ticketCounters = 0;
  /// Operations of a step in order, as QwenOperation.
  struct Operation {
    std::string name;
    uint64_t macs, weightBytes;
    uint32_t executions, logitExecutions;
  };
  std::vector<Operation> operations;
  /// Which operation of which step function calls a symbol of `files`.
  struct Call {
    std::string symbol, phase, operation;
  };
  std::vector<Call> calls;
};

/// On the module: its code computes the same bits for every class of CPUs that has
/// fused multiply-adds. On AArch64 all code does. On x86 sums of Halide kernels
/// depend on the length of vectors, so AVX-512 takes the kernels of AVX2.
inline constexpr llvm::StringLiteral kDeterministicAttrName = "qwen.deterministic";

/// Fills in the kernels that a lowered module (qwen-lowering) declares and
/// generates code. Every symbol that the objects define ends in `suffix`, so
/// that sets for several CPUs can stand in one executable. `module` is used up.
/// Halide kernels use up to `threads` threads.
llvm::Expected<KernelSet> compileKernelSet(mlir::ModuleOp module, llvm::StringRef suffix,
                                           CodeForm form, unsigned threads);

} // namespace qwenc
#endif

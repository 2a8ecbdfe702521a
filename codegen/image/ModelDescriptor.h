//===- codegen/image/ModelDescriptor.h - the symbol qwen_model -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_IMAGE_MODELDESCRIPTOR_H
#define QWENC_CODEGEN_IMAGE_MODELDESCRIPTOR_H

#include "codegen/CompileKernelSet.h"
#include "ir/kernels/KVLayout.h"

namespace qwenc {

/// What the runtime must know of a model beyond its IR attributes.
struct ModelDescription {
  std::string name, arch, version, sourceSha256;
  /// What made the executable: flags as a command line, a hash of the schedule.
  std::string flags, scheduleSha256;
  uint32_t vocab, hidden, layers, heads, kvHeads, headDim, contextMax, maxBatch;
  KVFormat cache;
  uint64_t arenaShared, arenaThread;
  uint32_t barriersPerToken, ticketCounters = 0;
  uint64_t codeBytes;
  /// GGUF type names and how many tensors have them.
  std::vector<std::pair<std::string, uint32_t>> formats;
  /// The flags that changed weights; empty if the file's stand as they are.
  std::string weightFlags;
};

/// An object that exports `qwen_model` (runtime/abi/ModelAbi.h) with the kernel
/// sets in their order, best first.
llvm::Expected<std::string> emitModelDescriptor(const ModelDescription &model,
                                                llvm::ArrayRef<KernelSet> sets);

} // namespace qwenc
#endif

//===- tools/qwenc/RunPasses.h - modules through the pipelines -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_RUNPASSES_H
#define QWENC_TOOLS_QWENC_RUNPASSES_H

#include "tools/qwenc/DumpIR.h"
#include "tools/qwenc/Options.h"
#include "tools/qwenc/ReadDump.h"

#include "mlir/Support/Timing.h"
#include "passes/verify/CheckSemantics.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace qwenc {

class TileCostModel;

/// Runs qwenc's pipelines, or what is left of them, with what the command line
/// asks to see of it.
class PassRunner {
public:
  /// Fails if the options disable a pass that does not exist.
  static llvm::Expected<PassRunner> create(const Options &options, mlir::MLIRContext &context);

  /// The flags of the fusion and schedule passes, in order.
  llvm::ArrayRef<std::string> passes() const { return names; }
  PipelineStage stages() const { return {fusionPasses, unsigned(names.size())}; }

  /// Runs the passes behind the first `done`, up to the level that --emit names.
  /// The verifier that ends a level runs again on a dump of it, which may have
  /// been edited.
  llvm::Error schedule(mlir::ModuleOp module, unsigned done, IRDumper &dumper,
                       mlir::TimingScope &timing) const;
  /// Sees modules at the end of a level: "fused", "scheduled".
  std::function<void(llvm::StringRef level, mlir::ModuleOp module)> atLevel;
  /// Compares modules before and after each pass, if set.
  SemanticsCheck *semantics = nullptr;
  /// Chooses tiles, if set; else they are those of the table.
  TileCostModel *costs = nullptr;

  /// Scheduled level to code that calls kernels.
  llvm::Error lower(mlir::ModuleOp module, IRDumper &dumper, mlir::TimingScope &timing) const;

private:
  PassRunner(const Options &options, mlir::MLIRContext &context)
      : options(options), context(context) {}
  llvm::Error run(llvm::StringRef name, mlir::ModuleOp module,
                  llvm::function_ref<void(mlir::OpPassManager &)> build, IRDumper &dumper,
                  mlir::TimingScope &timing) const;

  const Options &options;
  mlir::MLIRContext &context;
  std::vector<std::string> names;
  unsigned fusionPasses = 0;
};

} // namespace qwenc
#endif

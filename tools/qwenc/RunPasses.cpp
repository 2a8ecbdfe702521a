//===- tools/qwenc/RunPasses.cpp - modules through the pipelines -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/RunPasses.h"

#include "passes/Pipelines.h"
#include "tools/qwenc/Compile.h"

#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace qwenc;
using mlir::ModuleOp;

Expected<PassRunner> PassRunner::create(const Options &options, mlir::MLIRContext &context) {
  mlir::PassManager all(&context);
  buildFusionPipeline(all);
  SmallVector<StringRef> flags;
  for (mlir::Pass &pass : all.getPasses())
    flags.push_back(pass.getArgument());
  for (const std::string &name : options.disabledPasses)
    if (!is_contained(flags, name))
      return make_error<UsageError>("--disable-pass=" + name + ": the passes are " +
                                    join(flags, ", "));
  PassRunner runner(options, context);
  mlir::PassManager enabled(&context);
  buildFusionPipeline(enabled, options.disabledPasses);
  runner.fusionPasses = enabled.size();
  buildSchedulePipeline(enabled);
  for (mlir::Pass &pass : enabled.getPasses())
    runner.names.push_back(pass.getArgument().str());
  return runner;
}

Error PassRunner::run(StringRef name, ModuleOp module,
                      function_ref<void(mlir::OpPassManager &)> build, IRDumper &dumper,
                      mlir::TimingScope &timing) const {
  mlir::PassManager pm(&context);
  if (mlir::failed(mlir::applyPassManagerCLOptions(pm)))
    return createStringError("MLIR's pass options do not go together");
  build(pm);
  dumper.attach(pm);
  if (semantics)
    semantics->attach(pm);
  // Timers go by the addresses of passes: those of two pipelines must not meet.
  mlir::TimingScope scope = timing.nest(name);
  pm.enableTiming(scope);
  std::string problem;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    if (problem.empty() && diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
      problem = formatDiagnostic(diagnostic.getLocation(), diagnostic.str());
    return mlir::success();
  });
  bool isRun = mlir::succeeded(pm.run(module));
  if (semantics)
    if (Error error = semantics->takeFailure())
      return createStringError("--verify-ir-semantics: " + toString(std::move(error)));
  if (isRun)
    return Error::success();
  // What an importer made must go through; what a person edited need not.
  return createStringError((options.compileFrom.empty() ? "internal error: " : "") + problem);
}

Error PassRunner::schedule(ModuleOp module, unsigned done, IRDumper &dumper,
                           mlir::TimingScope &timing) const {
  if (options.emit == EmitKind::GraphIR)
    return Error::success();
  auto left = [&](unsigned begin, unsigned size) {
    return done <= begin ? 0 : std::min(done - begin, size - 1);
  };
  auto resume = [&](unsigned passes) {
    if (done)
      dumper.resume(passes, names[passes - 1]);
  };
  dumper.setLevel("mlir:fused");
  if (done <= fusionPasses) {
    unsigned skip = left(0, fusionPasses);
    if (skip)
      resume(skip);
    auto build = [&](mlir::OpPassManager &pm) {
      buildFusionPipeline(pm, options.disabledPasses, skip);
    };
    if (Error error = run("Fusion", module, build, dumper, timing))
      return error;
  }
  if (atLevel && done <= fusionPasses)
    atLevel("fused", module);
  if (options.emit == EmitKind::FusedIR)
    return Error::success();
  dumper.setLevel("mlir:scheduled");
  unsigned skip = left(fusionPasses, names.size() - fusionPasses);
  if (skip)
    resume(fusionPasses + skip);
  auto build = [&](mlir::OpPassManager &pm) { buildSchedulePipeline(pm, skip, costs); };
  if (Error error = run("Schedule", module, build, dumper, timing))
    return error;
  if (atLevel)
    atLevel("scheduled", module);
  return Error::success();
}

Error PassRunner::lower(ModuleOp module, IRDumper &dumper, mlir::TimingScope &timing) const {
  dumper.setLevel("llvm");
  return run(
      "Lowering", module, [](mlir::OpPassManager &pm) { buildLoweringPipeline(pm); }, dumper,
      timing);
}

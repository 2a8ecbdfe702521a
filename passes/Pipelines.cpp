//===- passes/Pipelines.cpp - which passes run, in which order -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/Pipelines.h"

#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace qwenc;

namespace {
/// Adds passes to a pipeline but for those that are disabled, and of the others
/// but for the first `done`.
struct AddPass {
  OpPassManager &pm;
  ArrayRef<std::string> disabled;
  unsigned done;

  void operator()(std::unique_ptr<Pass> pass) {
    if (llvm::is_contained(disabled, pass->getArgument()))
      return;
    if (done > 0)
      --done;
    else
      pm.addPass(std::move(pass));
  }
};
} // namespace

void qwenc::buildFusionPipeline(OpPassManager &pm, ArrayRef<std::string> disabled, unsigned done) {
  AddPass add{pm, disabled, done};
  // While a rotation still stands right behind its projection.
  add(createFoldRopePairs());
  // Next, because every later fusion looks for projections as `linear`.
  add(createFuseDequantMatmul());
  add(createFuseExperts());
  // Q, K and V (gate and up) each brought a quantisation of the same row: one
  // is left, so that the next pass can merge it with the norm.
  add(createCSEPass());
  add(createFuseRMSNorm());
  // Before the residual, which would otherwise take a linear that Q, K, V need
  // plain; after CSE, because Q, K and V must be seen to share their input.
  add(createFuseQKVProjection());
  add(createFuseGateUp());
  add(createFuseResidual());
  // Fusions leave unused norms and handles behind.
  add(createCanonicalizerPass());
  add(createVerifyFused());
}

void qwenc::buildSchedulePipeline(OpPassManager &pm, unsigned done, TileCostModel *costs) {
  AddPass add{pm, {}, done};
  // Once for all phases: both read the same packed bytes.
  add(createSelectWeightLayout());
  add(createSelectActivationSums());
  // From here on decode and prefill differ.
  add(createSpecializePhases());
  // Only decode has one row of logits, of which one token is chosen.
  add(createFuseArgmax());
  // Before barriers: an operation's rows, and so its shares, change there.
  add(createTrimLastLayer());
  add(createSelectTileSizes(costs));
  // After tiles, whose panels are the grain of a thread's share.
  add(createPartitionThreads());
  // After barriers, which are the clock that lives are counted by.
  add(createPlanArena());
  add(createVerifyScheduled());
}

void qwenc::buildLoweringPipeline(OpPassManager &pm) { pm.addPass(createConvertQwenToLLVM()); }

void qwenc::registerPassesAndPipelines() {
  registerQwencPasses();
  PassPipelineRegistration<> fusion("qwen-fusion", "graph level to fused level",
                                    [](OpPassManager &pm) { buildFusionPipeline(pm); });
  PassPipelineRegistration<> schedule("qwen-schedule", "fused level to scheduled level",
                                      [](OpPassManager &pm) { buildSchedulePipeline(pm); });
  PassPipelineRegistration<> lowering("qwen-lowering", "scheduled level to LLVM",
                                      buildLoweringPipeline);
}

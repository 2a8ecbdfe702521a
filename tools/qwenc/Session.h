//===- tools/qwenc/Session.h - what one run of qwenc has ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_SESSION_H
#define QWENC_TOOLS_QWENC_SESSION_H

#include "codegen/cost/McaTileCost.h"
#include "frontend/Model.h"
#include "frontend/transforms/ModelTransform.h"
#include "tools/qwenc/Options.h"
#include "tools/qwenc/Progress.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Support/Timing.h"
#include "llvm/Support/Error.h"

namespace qwenc {

using ModuleRef = mlir::OwningOpRef<mlir::ModuleOp>;

/// What all steps of a compilation share, whatever CPU they are for.
class Session {
public:
  /// `options` must outlive the session.
  explicit Session(const Options &options);

  /// Shows a stage while it lasts, and times it.
  mlir::TimingScope stage(const llvm::Twine &name);

  /// Reads the model that the options name and plans what changes its weights.
  llvm::Error loadModel();
  /// SHA-256 of the model's files, computed when it is first asked for.
  const std::string &sourceHash();
  /// The model at the graph level.
  ModuleRef importGraph();

  const Options &options;
  Progress progress;

  mlir::MLIRContext context;
  TuningCache tuning;
  McaTileCostModel costs;
  std::unique_ptr<Model> model; ///< null before loadModel()
  ModelTransforms transforms;

private:
  mlir::DefaultTimingManager timingManager;
  mlir::TimingScope timing;
  std::string hash;
};

} // namespace qwenc
#endif

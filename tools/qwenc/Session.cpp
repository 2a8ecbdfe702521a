//===- tools/qwenc/Session.cpp - what one run of qwenc has ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/Session.h"

#include "codegen/llvm/TranslateToLLVMIR.h"
#include "frontend/LoadModel.h"
#include "frontend/import/ImportModel.h"
#include "passes/Passes.h"
#include "support/Sha256.h"
#include "tools/qwenc/TransformModel.h"

using namespace llvm;
using namespace qwenc;

static mlir::DialectRegistry dialects() {
  mlir::DialectRegistry result;
  result.insert<ir::QwenDialect, mlir::func::FuncDialect, mlir::arith::ArithDialect,
                mlir::scf::SCFDialect, mlir::LLVM::LLVMDialect>();
  registerLLVMTranslations(result);
  return result;
}

Session::Session(const Options &options)
    : options(options), progress(options.quiet), context(dialects()),
      tuning(options.tuningCache == "none" ? ""
             : options.tuningCache.empty() ? TuningCache::defaultPath()
                                           : options.tuningCache),
      costs(tuning, QWENC_VERSION) {
  context.disableMultithreading();
  context.loadAllAvailableDialects();
  timingManager.setEnabled(options.timing);
  timing = timingManager.getRootScope();
}

mlir::TimingScope Session::stage(const Twine &name) {
  progress.stage(name.str());
  return timing.nest(name.str());
}

Error Session::loadModel() {
  mlir::TimingScope scope = stage("Reading " + options.model);
  auto loaded = qwenc::loadModel(options.model);
  if (!loaded)
    return loaded.takeError();
  model = std::move(*loaded);
  auto planned = transformModel(context, *model, options);
  if (!planned)
    return planned.takeError();
  transforms = std::move(*planned);
  return Error::success();
}

const std::string &Session::sourceHash() {
  if (hash.empty()) {
    mlir::TimingScope scope = stage("Hashing " + options.model);
    hash = sha256Hex(model->files);
  }
  return hash;
}

ModuleRef Session::importGraph() {
  return importModel(context, *model, ir::KVFormat(options.cache));
}

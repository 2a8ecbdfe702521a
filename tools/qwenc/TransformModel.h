//===- tools/qwenc/TransformModel.h - --lora, --quantize -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_TRANSFORMMODEL_H
#define QWENC_TOOLS_QWENC_TRANSFORMMODEL_H

#include "codegen/image/WeightSection.h"
#include "codegen/report/Report.h"
#include "frontend/transforms/ModelTransform.h"
#include "tools/qwenc/Options.h"

#include "mlir/IR/MLIRContext.h"

namespace qwenc {

/// What the flags ask of the model's weights, planned and applied: from here on
/// the model has the types of the result. Prints notes unless --quiet.
llvm::Expected<ModelTransforms> transformModel(mlir::MLIRContext &context, Model &model,
                                               const Options &options);

/// The flags that change weights, for the manifest of the executable: files by the
/// first digits of their SHA-256 instead of their path. Empty if there are none.
llvm::Expected<std::string> describeTransforms(const Options &options);

/// Tells what became of the weights: in the report tensor by tensor, on standard
/// error in a line unless --quiet.
void reportTransforms(const ModelTransforms &transforms, const Options &options, Report &report);

/// The packer's view of a model under its transforms.
class ModelWeights : public WeightSource {
public:
  ModelWeights(const Model &model, const ModelTransforms &transforms, const Options &options)
      : model(model), transforms(transforms), options(options) {}
  llvm::Expected<const uint8_t *> read(llvm::StringRef tensor, llvm::ArrayRef<int64_t> rows,
                                       std::vector<uint8_t> &buffer) const override;
  void release(llvm::StringRef tensor) const override;

private:
  const Model &model;
  const ModelTransforms &transforms;
  const Options &options;
};

} // namespace qwenc
#endif

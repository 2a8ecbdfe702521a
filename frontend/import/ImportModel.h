//===- frontend/import/ImportModel.h - from a checked model to IR ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_FRONTEND_IMPORT_IMPORTMODEL_H
#define QWENC_FRONTEND_IMPORT_IMPORTMODEL_H

#include "frontend/Model.h"
#include "ir/QwenDialect.h"
#include "mlir/IR/OwningOpRef.h"

namespace qwenc {

/// The graph of the model at graph level: #qwen.model on the module, one
/// qwen.tensor for each tensor in the order in which a step reads them, and the
/// function @step from token numbers to logits. Layers of the same tensor
/// formats share a body. Weights are named, not read. The KV cache is stored as
/// `cache` says. The qwen and func dialects must be loaded in `context`.
mlir::OwningOpRef<mlir::ModuleOp> importModel(mlir::MLIRContext &context, const Model &model,
                                              ir::KVFormat cache = ir::KVFormat::F16);

/// The type that a tensor has in the IR.
ir::WeightType importedType(mlir::MLIRContext &context, const TensorInfo &tensor);

} // namespace qwenc
#endif

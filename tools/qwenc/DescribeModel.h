//===- tools/qwenc/DescribeModel.h - what an executable says of its model --===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_DESCRIBEMODEL_H
#define QWENC_TOOLS_QWENC_DESCRIBEMODEL_H

#include "codegen/image/ModelDescriptor.h"
#include "frontend/Model.h"
#include "tools/qwenc/Options.h"

namespace qwenc {

/// The tokenizer of the model file as the bytes that an executable maps.
llvm::Expected<std::vector<uint8_t>> makeTokenizerImage(const Model &model, const Options &options);

/// What the runtime must know of the model: its shape, the arena that the
/// scheduled module plans, and where it comes from. Hashes the whole file.
ModelDescription describeModel(const Model &model, const Options &options, mlir::ModuleOp scheduled,
                               llvm::ArrayRef<KernelSet> sets);

} // namespace qwenc
#endif

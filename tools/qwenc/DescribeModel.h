//===- tools/qwenc/DescribeModel.h - what an executable says of its model --===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_DESCRIBEMODEL_H
#define QWENC_TOOLS_QWENC_DESCRIBEMODEL_H

#include "codegen/image/ModelDescriptor.h"
#include "frontend/Model.h"
#include "tools/qwenc/DumpHeader.h"
#include "tools/qwenc/Options.h"

namespace qwenc {

/// The tokenizer of the model file as the bytes that an executable maps.
llvm::Expected<std::vector<uint8_t>> makeTokenizerImage(const Model &model, const Options &options);

/// What the runtime must know of the model: its shape and an arena for each of the
/// schedules that the sets were made from. The hash of its file is left to the
/// caller.
ModelDescription describeModel(const Model &model, const Options &options,
                               llvm::ArrayRef<mlir::OwningOpRef<mlir::ModuleOp>> schedules,
                               llvm::ArrayRef<KernelSet> sets);

/// What the text forms of a compilation for `cpu` say of where they come from.
DumpHeader describeSource(const Options &options, llvm::StringRef cpu, llvm::StringRef sha256);

} // namespace qwenc
#endif

//===- tools/qwenc/ReadDump.h - --compile-from -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_READDUMP_H
#define QWENC_TOOLS_QWENC_READDUMP_H

#include "frontend/Model.h"
#include "tools/qwenc/DumpHeader.h"

#include "ir/QwenDialect.h"
#include "mlir/IR/OwningOpRef.h"

namespace qwenc {

/// The header of a dump on disk, or an error if the file cannot be read.
llvm::Expected<std::optional<DumpHeader>> readDumpHeader(llvm::StringRef path);

/// Reads and verifies the module of a dump. Values keep the names that they have
/// in the text, operations their lines for later messages.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> readDump(mlir::MLIRContext &context,
                                                           llvm::StringRef path);

/// Places in the pipelines, as numbers of passes that ran.
struct PipelineStage {
  unsigned fused, scheduled;
};

/// How many passes ran on the module: as its header says, or, without one, as
/// the operations in it show. Fails if the two do not agree.
llvm::Expected<unsigned> countPassesDone(mlir::ModuleOp module, llvm::StringRef path,
                                         const std::optional<DumpHeader> &header,
                                         llvm::ArrayRef<std::string> passes, PipelineStage stage);

/// Checks that the module is one of this model: its hyper-parameters, and each
/// tensor in its shape and format. Takes over where the file has the tensors.
llvm::Error bindToModel(mlir::ModuleOp module, const Model &model, llvm::StringRef modelPath,
                        llvm::StringRef path);

/// The CPU of the module, if code can be made for it.
llvm::Expected<ir::TargetAttr> targetOf(mlir::ModuleOp module, llvm::StringRef path);

/// `FILE:LINE:COLUMN: message` where the location leads to a line of a file.
std::string formatDiagnostic(mlir::Location location, const llvm::Twine &message);

} // namespace qwenc
#endif

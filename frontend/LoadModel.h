//===- frontend/LoadModel.h - from a file to a checked Model --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_FRONTEND_LOADMODEL_H
#define QWENC_FRONTEND_LOADMODEL_H

#include "frontend/Model.h"

#include <memory>

namespace qwenc {

/// Maps the GGUF file (any part of a model of several: the others are found beside
/// it, see ModelFiles.h) and checks all that the rest of the compiler relies on:
/// the format, the hyper-parameters, the tokenizer, and that the tensors are
/// exactly those of the architecture, of the right shapes and of supported
/// types. The error is one line, `FILE: what is wrong and what was expected`.
/// Weights are not read.
llvm::Expected<std::unique_ptr<Model>> loadModel(llvm::StringRef path);

/// The same checks on a file that is in memory already; `name` begins the
/// messages. The result's `files` are empty: data() must not be called.
llvm::Expected<std::unique_ptr<Model>> loadModelFromMemory(llvm::StringRef name,
                                                           llvm::ArrayRef<uint8_t> bytes);

} // namespace qwenc
#endif

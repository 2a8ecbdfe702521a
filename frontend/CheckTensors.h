//===- frontend/CheckTensors.h - the tensors that an architecture has ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_FRONTEND_CHECKTENSORS_H
#define QWENC_FRONTEND_CHECKTENSORS_H

#include "frontend/Model.h"

namespace qwenc {

/// A file of the model: its header, and all of its bytes.
struct ModelPart {
  const gguf::File *file;
  llvm::ArrayRef<uint8_t> bytes;
};

/// Compares the parts' tensors with the list that the architecture of
/// `model.config` asks for and fills in `model.tensors`, and of the config what
/// the tensors decide. A tensor that is missing, superfluous or of another shape
/// or type is an error.
llvm::Error checkTensors(llvm::ArrayRef<ModelPart> parts, Model &model);

} // namespace qwenc
#endif

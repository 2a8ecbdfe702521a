//===- frontend/ModelFiles.h - the file or files that hold a model ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A large model may come in parts, NAME-00001-of-0000N.gguf: the first has the
// metadata, each some of the tensors, and `split.*` in each says which it is.
//===----------------------------------------------------------------------===//
#ifndef QWENC_FRONTEND_MODELFILES_H
#define QWENC_FRONTEND_MODELFILES_H

#include "frontend/gguf/GGUFReader.h"
#include "support/MappedFile.h"

namespace qwenc {

/// All parts in order: one for a model of one file. The headers are views into
/// the mappings.
struct ModelFiles {
  std::vector<MappedFile> maps;
  std::vector<gguf::File> headers;
};

/// Maps the file and, if it is a part of a model, the other parts, whichever of
/// them it is. Checked: each part says what its name says, and together they have
/// as many tensors as they announce. The error is one line that begins with the
/// name of the file that is wrong.
llvm::Expected<ModelFiles> openModelFiles(llvm::StringRef path);

} // namespace qwenc
#endif

//===- frontend/gguf/GGUFReader.h - reading GGUF files --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads the header of a GGUF file that a stranger may have made. What comes
// back is consistent: every string, array and tensor lies inside the file, no
// two tensors overlap, names and keys are unique, sizes do not wrap.
//===----------------------------------------------------------------------===//
#ifndef QWENC_FRONTEND_GGUF_GGUFREADER_H
#define QWENC_FRONTEND_GGUF_GGUFREADER_H

#include "frontend/gguf/GGUFMetadata.h"
#include "support/quant/BlockFormat.h"

#include "llvm/ADT/SmallVector.h"

namespace qwenc::gguf {

/// A tensor's entry. The type is one that ggml knows, not always a supported one.
struct Tensor {
  llvm::StringRef name; // view into the file, well-formed UTF-8, not empty
  GgmlType type;
  /// In numpy's order, slowest first (GGUF's reversed): (rows, columns) for a
  /// matrix. All sizes are >= 1; the last is a multiple of the type's block.
  llvm::SmallVector<uint64_t, 4> shape;
  uint64_t offset; // of the first byte, from the start of the file
  uint64_t bytes;
};

struct File {
  std::string name; // for messages
  uint32_t version;
  uint64_t alignment;
  uint64_t dataOffset; // where the tensors' data begins
  Metadata metadata;
  std::vector<Tensor> tensors; // in the order of the file

  /// `FILE: tensor 'NAME': MESSAGE`
  llvm::Error tensorError(llvm::StringRef tensor, const llvm::Twine &message) const;
};

/// Reads the header from `bytes`, the whole file, which must outlive the result;
/// `name` begins every message. Touches no tensor data.
llvm::Expected<File> readFile(llvm::StringRef name, llvm::ArrayRef<uint8_t> bytes);

/// "576 x 1536": for messages.
std::string shapeText(llvm::ArrayRef<uint64_t> shape);

} // namespace qwenc::gguf
#endif

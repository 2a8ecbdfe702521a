//===- codegen/image/ExecutableImage.h - code and payload in one file ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   | ELF | pad to 64 KiB | weights | pad to 4 KiB | tokenizer | pad | trailer |
//
// The payload stands behind the ELF file, out of reach of relocations, and is
// found through the trailer (QwenTrailer in runtime/abi/ModelAbi.h).
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_IMAGE_EXECUTABLEIMAGE_H
#define QWENC_CODEGEN_IMAGE_EXECUTABLEIMAGE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

namespace qwenc {

/// Appends the payload to the linked executable `path` and makes it executable.
/// `writeWeights(file, offset)` writes `weightBytes` bytes from `offset` on.
llvm::Error appendPayload(llvm::StringRef path, uint64_t weightBytes,
                          llvm::function_ref<llvm::Error(int, uint64_t)> writeWeights,
                          llvm::ArrayRef<uint8_t> tokenizer);

/// True if `path` is a file that appendPayload made.
bool isExecutableImage(llvm::StringRef path);

} // namespace qwenc
#endif

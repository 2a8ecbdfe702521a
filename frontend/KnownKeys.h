//===- frontend/KnownKeys.h - what keys of metadata may say ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_FRONTEND_KNOWNKEYS_H
#define QWENC_FRONTEND_KNOWNKEYS_H

#include "frontend/gguf/GGUFMetadata.h"

namespace qwenc {

/// Checks every key that begins with `prefix` ("qwen2."): the error names the first
/// one that is not known, or whose value asks for what no graph here computes.
llvm::Error checkKnownKeys(const gguf::Metadata &metadata, llvm::StringRef prefix);

} // namespace qwenc
#endif

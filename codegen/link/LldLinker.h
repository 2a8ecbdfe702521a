//===- codegen/link/LldLinker.h - objects to a static executable -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_LINK_LLDLINKER_H
#define QWENC_CODEGEN_LINK_LLDLINKER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace qwenc {

/// Links `objects` (ELF bytes) with the runtime and the C library of `sysroot`
/// into a static executable at `output`. lld runs in this process; nothing is
/// taken from the host. lld keeps global state: one call at a time.
llvm::Error linkExecutable(llvm::ArrayRef<std::string> objects, llvm::StringRef sysroot,
                           llvm::StringRef triple, llvm::StringRef output);

/// Joins `objects` into one relocatable object.
llvm::Error linkRelocatable(llvm::ArrayRef<std::string> objects, llvm::StringRef triple,
                            llvm::StringRef output);

/// The folder share/qwenc/sysroot/<triple> beside the program's bin folder, or
/// an error that says what is missing.
llvm::Expected<std::string> findSysroot(llvm::StringRef programPath, llvm::StringRef triple);

} // namespace qwenc
#endif

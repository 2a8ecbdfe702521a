//===- ir/NearestNames.h - what a wrong name may have meant ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_NEARESTNAMES_H
#define QWENC_IR_NEARESTNAMES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace qwenc::ir {

/// The three of `names` that take the fewest edits to get from `wrong`, nearest
/// first, as 'a', 'b', 'c'.
std::string nearestNames(llvm::StringRef wrong, llvm::ArrayRef<llvm::StringRef> names);

} // namespace qwenc::ir
#endif

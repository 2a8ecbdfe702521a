//===- runtime/cli/RuntimeMain.h - the program around a model --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_RUNTIME_CLI_RUNTIMEMAIN_H
#define QWENC_RUNTIME_CLI_RUNTIMEMAIN_H

#include "runtime/abi/ModelAbi.h"

namespace qwenc::rt {

/// Everything that main() does for the model whose payload is in this
/// executable. Returns the exit status; lets no exception out.
int qwenRuntimeMain(const QwenModel *model, int argc, char **argv);

} // namespace qwenc::rt
#endif

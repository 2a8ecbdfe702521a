//===- runtime/cli/Commands.h - the commands of an executable --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each prints its result, reports its own errors and returns the exit status.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_CLI_COMMANDS_H
#define QWENC_RUNTIME_CLI_COMMANDS_H

#include "runtime/cli/Program.h"

namespace qwenc::rt {

int runCommand(const Program &program);
/// run without a text, on a terminal: a conversation, line by line.
int chatCommand(const Program &program);
int benchCommand(const Program &program);
int perplexityCommand(const Program &program);
int tokenizeCommand(const Program &program);
int infoCommand(const Program &program);

} // namespace qwenc::rt
#endif

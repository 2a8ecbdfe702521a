//===- runtime/cli/TerminateHandler.cpp - the end of a broken program ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Takes the place of libstdc++'s handler of the same name, which would pull its
// C++ name demangler (50 KiB) into every executable, and ends with the status
// that stands for a bug of ours.
//===----------------------------------------------------------------------===//
#include "runtime/cli/Console.h"

#include <unistd.h>

namespace __gnu_cxx {
void __verbose_terminate_handler();

void __verbose_terminate_handler() {
  qwenc::rt::reportError("internal error: terminated");
  _exit(qwenc::rt::ExitInternal);
}
} // namespace __gnu_cxx

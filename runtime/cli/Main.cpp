//===- runtime/cli/Main.cpp - the entry point of an executable -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cli/RuntimeMain.h"

int main(int argc, char **argv) { return qwenc::rt::qwenRuntimeMain(&qwen_model, argc, argv); }

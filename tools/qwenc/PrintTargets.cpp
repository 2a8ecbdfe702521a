//===- tools/qwenc/PrintTargets.cpp - --print-targets ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/PrintTargets.h"

#include "ir/target/ListTargets.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include <algorithm>

using namespace llvm;
using namespace qwenc;

Error qwenc::printTargets(raw_ostream &out) {
  mlir::MLIRContext context;
  context.loadDialect<ir::QwenDialect>();
  auto lines = ir::listTargets(&context);
  if (!lines)
    return lines.takeError();
  size_t width = 0;
  for (const ir::TargetLine &line : *lines)
    width = std::max(width, line.kernelClasses.size());
  auto row = [&](StringRef cpu, StringRef kernels, StringRef triple, StringRef features) {
    out << left_justify(cpu, 20) << ' ' << left_justify(kernels, width) << ' '
        << left_justify(triple, features.empty() ? 0 : 18)
        << (features.empty() ? "" : (" " + features).str()) << '\n';
  };
  row("CPU", "KERNELS", "TRIPLE", "FEATURES");
  for (const ir::TargetLine &line : *lines)
    row(line.cpu, line.kernelClasses, line.triple, join(line.features, ","));
  return Error::success();
}

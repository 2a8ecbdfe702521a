//===- tools/qwenc/OwnFlags.cpp - our flags among those of libraries -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/OwnFlags.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

void qwenc::claimFlags(ArrayRef<StringRef> names) {
  auto &registered = cl::getRegisteredOptions();
  for (StringRef name : names)
    if (auto found = registered.find(name); found != registered.end())
      found->second->removeArgument();
}

void qwenc::hideOtherFlags(const cl::OptionCategory &ours) {
  // LLVM's own HideUnrelatedOptions would take them from --help-hidden too.
  for (auto &entry : cl::getRegisteredOptions()) {
    cl::Option &option = *entry.second;
    bool shown = llvm::any_of(option.Categories, [&](cl::OptionCategory *category) {
      return category == &ours || category->getName() == "Generic Options";
    });
    if (!shown && option.getOptionHiddenFlag() == cl::NotHidden)
      option.setHiddenFlag(cl::Hidden);
  }
}

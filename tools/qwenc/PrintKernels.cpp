//===- tools/qwenc/PrintKernels.cpp - --print-kernels ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/PrintKernels.h"

#include "ir/kernels/KernelName.h"
#include "llvm/Support/Format.h"

using namespace llvm;
using namespace qwenc;

void qwenc::printKernels(raw_ostream &out) {
  for (KernelClass cls : allKernelClasses())
    for (WeightFormat format : allWeightFormats())
      for (KernelPhase phase : {KernelPhase::Prefill, KernelPhase::Decode}) {
        MatmulKernelSpec spec = defaultMatmulSpec(cls, format, Epilogue::Store, phase);
        out << left_justify(formatKernelName(spec), 56) << ' ' << explainKernel(spec) << '\n';
      }
}

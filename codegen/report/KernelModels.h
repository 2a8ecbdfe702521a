//===- codegen/report/KernelModels.h - each kernel's model, once -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_REPORT_KERNELMODELS_H
#define QWENC_CODEGEN_REPORT_KERNELMODELS_H

#include "codegen/CompileKernelSet.h"
#include "codegen/report/Report.h"
#include "ir/kernels/KernelSpec.h"
#include <map>

namespace qwenc {

/// Models kernels when they are first asked for and keeps them for the report.
class KernelModels {
public:
  /// The set must outlive the object. The loops run on the scheduling model that
  /// describes its CPU (ir::modelledTarget).
  explicit KernelModels(const KernelSet &set);

  std::optional<double> integerPeak, floatPeak;

  /// The matmul kernel of that name reading rows of `k` weights for up to `tokens`
  /// tokens.
  const ReportKernel &matmul(llvm::StringRef name, int64_t k, int64_t tokens);
  /// The Halide kernel of `kind` ("attention_decode") in the set's objects.
  const ReportKernel &halide(llvm::StringRef kind, llvm::StringRef phase);

  /// All that were asked for, by name.
  std::vector<ReportKernel> take();

private:
  const KernelSet &set;
  ir::TargetAttr target; ///< with the CPU whose scheduling model is used
  std::map<std::string, ReportKernel> kernels;
};

} // namespace qwenc
#endif

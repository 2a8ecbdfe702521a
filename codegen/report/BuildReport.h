//===- codegen/report/BuildReport.h - a report from the schedule -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_REPORT_BUILDREPORT_H
#define QWENC_CODEGEN_REPORT_BUILDREPORT_H

#include "codegen/CompileKernelSet.h"
#include "codegen/report/Report.h"

namespace qwenc {

struct ReportRequest {
  double bandwidthGBs = 0;    ///< 0: that of the CPU's row in ir/target/KnownCpus
  int64_t tokenizerBytes = 0; ///< of the executable's tokenizer image
};

/// Tokens of the prefill step and position of the decode step that are modelled.
inline constexpr unsigned kReportPrefillTokens = 128;
inline constexpr unsigned kReportDecodePosition = 512;

/// Models both phases of a scheduled module. `objects` are the set's kernels in
/// machine code (KernelSet of CodeForm::Object), in which Halide's are found.
llvm::Expected<CpuReport> buildReport(mlir::ModuleOp scheduled, const KernelSet &objects,
                                      const ReportRequest &request);

} // namespace qwenc
#endif

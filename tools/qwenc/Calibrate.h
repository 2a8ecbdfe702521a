//===- tools/qwenc/Calibrate.h - --calibrate -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_CALIBRATE_H
#define QWENC_TOOLS_QWENC_CALIBRATE_H

#include "frontend/transforms/ActivationStats.h"
#include "tools/qwenc/DescribeModel.h"

namespace qwenc {

/// Most tokens of a text that calibration runs, in chunks of kCalibrationChunk:
/// the interpreter takes some seconds for a chunk of a model of 100 M weights.
inline constexpr size_t kCalibrationTokens = 1024, kCalibrationChunk = 256;

/// Runs the model as it is in the file, in fp32, over the beginning of a text, and
/// gathers what goes into each matrix. The error names the text's file.
llvm::Expected<ActivationStats> calibrate(mlir::MLIRContext &context, const Model &model,
                                          const Options &options);

} // namespace qwenc
#endif

//===- tools/qwenc/VerifyAccuracy.h - --verify -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_VERIFYACCURACY_H
#define QWENC_TOOLS_QWENC_VERIFYACCURACY_H

#include "frontend/Model.h"
#include "ir/reference/Interpreter.h"
#include "tools/qwenc/Options.h"

#include "mlir/IR/BuiltinOps.h"

namespace qwenc {

/// Decodes rows of the model's tensors. The model must outlive the result.
ir::reference::WeightReader readWeightsOf(const Model &model);

/// Runs `executable` on the text of --verify and compares its logits with those
/// of the fp32 interpreter on the same file, or on that of --verify-against:
/// mean KL divergence, how often both rank the same token first, perplexity of
/// both. Then interprets `scheduled` layer by layer, each on the reference's own
/// input, and names the layers whose int8 activations and cache cost the most.
/// Fails beyond --max-kl and --min-top1, or if the executable does not run here.
llvm::Error verifyAccuracy(const Options &options, const Model &model, llvm::StringRef executable,
                           mlir::ModuleOp scheduled, llvm::raw_ostream &out);

} // namespace qwenc
#endif

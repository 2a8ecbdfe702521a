//===- frontend/transforms/Requantize.h - other formats than the file's ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_FRONTEND_TRANSFORMS_REQUANTIZE_H
#define QWENC_FRONTEND_TRANSFORMS_REQUANTIZE_H

#include "frontend/transforms/ActivationStats.h"
#include "frontend/transforms/ModelTransform.h"
#include "frontend/transforms/QuantizeSpec.h"

namespace qwenc {

/// Tensors that could not become what was asked for, in words for a note.
struct RequantizeNotes {
  unsigned alreadySmaller = 0;        ///< kept: the file has no more bits than asked for
  std::vector<std::string> unfitting; ///< names: rows are no multiple of the group
};

/// Plans the types that `spec` gives to the model's matrices. A tensor whose type
/// has no more bits a weight than the new one keeps it, as does one whose rows are
/// no whole number of groups. Fails for a pattern that fits no tensor.
llvm::Expected<RequantizeNotes> planRequantization(const QuantizeSpec &spec, const Model &model,
                                                   ModelTransforms &transforms);

/// Sets the rule for scales, and from a profile the importance of columns, in all
/// plans. Without a rule, scales are fitted where a profile says what matters, and
/// where a tensor keeps its type: most of its values lie on the grid that is looked
/// for. Fails if the profile has other columns than the model.
llvm::Error planScales(std::optional<ScaleRule> rule, const ActivationStats *stats,
                       const Model &model, ModelTransforms &transforms);

} // namespace qwenc
#endif

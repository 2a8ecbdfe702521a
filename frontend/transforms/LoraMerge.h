//===- frontend/transforms/LoraMerge.h - adapters become part of weights --===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_FRONTEND_TRANSFORMS_LORAMERGE_H
#define QWENC_FRONTEND_TRANSFORMS_LORAMERGE_H

#include "frontend/transforms/LoraAdapter.h"
#include "frontend/transforms/ModelTransform.h"

namespace qwenc {

/// Plans that the adapter's updates, times `factor`, are added in fp32 to the
/// decoded weights. The transforms keep the adapter.
void planLoraMerge(std::shared_ptr<const LoraAdapter> adapter, float factor, const Model &model,
                   ModelTransforms &transforms);

/// Fails, naming the first one, if a tensor is to be encoded in a type that has no
/// encoder: the file's own, where an adapter changes it and no other is asked for.
llvm::Error checkEncoders(const Model &model, const ModelTransforms &transforms);

} // namespace qwenc
#endif

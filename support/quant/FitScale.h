//===- support/quant/FitScale.h - scales that lose least ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A group of weights shares a scale (and a minimum). The largest magnitude alone
// decides it in the plain rule ("absmax"); a slightly smaller scale clips that one
// and rounds all others better. The search tries scales around absmax's, moves each
// to the least-squares optimum for the integers it gives, rounds it to a half, and
// keeps the one of least
//
//   sum over the group of  importance[i] * (x[i] - value of the nearest integer)^2
//
// absmax's own scale is one of those tried, so the result is never worse. The
// arithmetic is plain fp32 in a fixed order: the same bits on every machine.
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_QUANT_FITSCALE_H
#define QWENC_SUPPORT_QUANT_FITSCALE_H

#include "support/quant/BlockFormat.h"

namespace qwenc {

/// Whether fitRow takes the type: formats of one scale a group.
bool canFitScales(GgmlType type);

/// quantizeRow with searched scales. `importance` has one weight >= 0 for each
/// element of the row, or is null: all count alike.
void fitRow(GgmlType type, const float *values, const float *importance, uint8_t *blocks,
            uint64_t elements);

} // namespace qwenc
#endif

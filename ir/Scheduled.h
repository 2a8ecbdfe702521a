//===- ir/Scheduled.h - how scheduled values lie in memory -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Planner and lowering must agree on the bytes of a value; both ask here.
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_SCHEDULED_H
#define QWENC_IR_SCHEDULED_H

#include "ir/QwenDialect.h"

namespace qwenc::ir {

/// Byte offsets of the arrays of a quantised activation of `rows` tokens: q int8
/// [rows][cols] at 0, scale fp32 [rows][cols/32], neg8 int32 [rows][cols/32] and, if
/// `type` has them, halves int32 [rows][cols/16] and scaled fp32 [rows][cols/32].
/// Each array begins at a multiple of 64.
struct Q8Layout {
  int64_t scale = 0;
  int64_t neg8 = 0;
  int64_t halves = 0;
  int64_t scaled = 0;
  int64_t bytes = 0;
};
/// `cols`: of a row, a part of the columns of `type` where its rows hold several.
Q8Layout getQ8Layout(Q8Type type, int64_t cols, int64_t rows);

/// Byte offsets of the two arrays of routes of `rows` tokens: numbers int32
/// [rows][used] at 0, weights fp32 [rows][used].
struct RoutesLayout {
  int64_t weights = 0;
  int64_t bytes = 0;
};
RoutesLayout getRoutesLayout(RoutesType type, int64_t rows);

/// Byte offsets of the tables that put the routes of `rows` tokens in the order of
/// their experts, all int32. Entry i is part i % used of token i / used.
///   starts [experts + 1]   where each expert's entries begin
///   next   [experts]       while they are being placed
///   order  [rows x used]   the entries, expert after expert
///   place  [rows x used]   where each entry is in `order`
struct GroupsLayout {
  int64_t next = 0, order = 0, place = 0, bytes = 0;
};
GroupsLayout getGroupsLayout(RoutesType type, int64_t rows);

/// Bytes, a multiple of 64, of `rows` tokens of an activation.
int64_t getActivationBytes(mlir::Type type, int64_t rows);

/// Columns of a projection's result of type `activation` that one thread makes at the
/// least: whole panels and, where it quantises them, whole groups.
int64_t getColumnUnit(mlir::Type activation);

/// Most tokens of a prefill that a projection computes at once: activations of so many
/// stay in a core's second cache while its panels of weights pass by. A step of more
/// is divided into blocks, whose rows stay with the same threads where it can be.
inline constexpr int64_t kTokenBlock = 128;

/// Columns of gate and up that a thread of a prefill computes before it makes
/// SwiGLU of them: with 128 tokens two fp32 blocks of this width fill 128 KiB.
inline constexpr int64_t kGateUpColumns = 128;

} // namespace qwenc::ir
#endif

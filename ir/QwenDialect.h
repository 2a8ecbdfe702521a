//===- ir/QwenDialect.h - the qwen dialect in C++ -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Declarations that TableGen makes from the .td files beside this header, and
// the names of the attributes that passes hang on modules and operations.
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_QWENDIALECT_H
#define QWENC_IR_QWENDIALECT_H

#include "ir/kernels/KVLayout.h"
#include "ir/kernels/RopeScaling.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "ir/QwenEnums.h.inc"

#include "ir/QwenDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "ir/QwenAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "ir/QwenTypes.h.inc"

#define GET_OP_CLASSES
#include "ir/QwenOps.h.inc"

namespace qwenc::ir {

/// On the module: #qwen.model and #qwen.target.
inline constexpr llvm::StringLiteral kModelAttrName = "qwen.model";
inline constexpr llvm::StringLiteral kTargetAttrName = "qwen.target";
/// On qwen.tensor: #qwen.row_order if its rows do not keep the file's order, and
/// #qwen.packed.
inline constexpr llvm::StringLiteral kRowOrderAttrName = "qwen.row_order";
inline constexpr llvm::StringLiteral kPackedAttrName = "qwen.packed";
/// On operations of the scheduled level: #qwen.split, an array of #qwen.slot
/// (results in order, then scratch), an array of kernel names.
inline constexpr llvm::StringLiteral kSplitAttrName = "qwen.split";
inline constexpr llvm::StringLiteral kSlotsAttrName = "qwen.slots";
inline constexpr llvm::StringLiteral kKernelsAttrName = "qwen.kernels";
/// On step functions: "prefill" or "decode"; bytes of both arena parts.
inline constexpr llvm::StringLiteral kPhaseAttrName = "qwen.phase";
inline constexpr llvm::StringLiteral kArenaSharedAttrName = "qwen.arena_shared_bytes";
inline constexpr llvm::StringLiteral kArenaThreadAttrName = "qwen.arena_thread_bytes";
/// On the module: place of the rotary tables (#qwen.packed) and the size of the
/// whole weight section.
inline constexpr llvm::StringLiteral kRopeTablesAttrName = "qwen.rope_tables";
inline constexpr llvm::StringLiteral kWeightBytesAttrName = "qwen.weight_bytes";
/// On the module: most tokens of one step.
inline constexpr llvm::StringLiteral kMaxBatchAttrName = "qwen.max_batch";

/// On a lowered module: barriers of one decode step.
inline constexpr llvm::StringLiteral kBarriersAttrName = "qwen.barriers_per_token";
inline constexpr llvm::StringLiteral kTicketsAttrName = "qwen.ticket_counters";
/// On a lowered module: the operations of a step in order, as dictionaries
/// {name, macs, weight_bytes, executions}.
inline constexpr llvm::StringLiteral kOperationsAttrName = "qwen.operations";
/// On calls of kernels in lowered modules: the number of the operation.
inline constexpr llvm::StringLiteral kOperationAttrName = "qwen.operation";
/// On declarations of kernels in lowered modules, for codegen to fill in: the
/// name of a matmul or embedding kernel; the facts of a Halide kernel.
inline constexpr llvm::StringLiteral kKernelAttrName = "qwen.kernel";
inline constexpr llvm::StringLiteral kHalideAttrName = "qwen.halide";

/// The phase of a step function, "prefill" or "decode"; empty for a step that
/// qwen-specialize-phases has not divided yet, and for any other function.
llvm::StringRef getPhase(mlir::Operation *function);

/// The row of the file that is row `row` of a tensor.
int64_t getSourceRow(TensorOp tensor, int64_t row);

/// How many of a weight's matrices a projection multiplies one token with: the
/// experts that it goes to, or 1.
int64_t getMatricesUsed(mlir::Operation *projection);

/// Columns of an activation: a tensor<?xNxf32> or a !qwen.q8<?xN>.
int64_t getColumns(mlir::Type activation);

/// `op` takes activations of type `input` with `weight`: int8 exactly where the
/// weight's format computes with integers (anything else would be a hidden
/// dequantisation), in groups that the weight's are no longer than.
llvm::LogicalResult verifyActivations(mlir::Operation *op, mlir::Type input, WeightType weight);

} // namespace qwenc::ir
#endif

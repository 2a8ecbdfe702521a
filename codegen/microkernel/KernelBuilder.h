//===- codegen/microkernel/KernelBuilder.h - short names for emission -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels are emitted one vector instruction at a time; this wraps an
// OpBuilder so that a line of emitter is about a line of assembly.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_MICROKERNEL_KERNELBUILDER_H
#define QWENC_CODEGEN_MICROKERNEL_KERNELBUILDER_H

#include "codegen/microkernel/KernelFacts.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace qwenc {

using Values = llvm::SmallVector<mlir::Value>;

class KernelBuilder {
public:
  KernelBuilder(mlir::OpBuilder &builder, mlir::Location loc, const KernelFacts &facts)
      : builder(builder), loc(loc), facts(facts) {}

  mlir::OpBuilder &builder;
  mlir::Location loc;
  const KernelFacts &facts;

  /// Tells LLVM how long SVE's registers are, for classes that have them: then
  /// vectors of the class's length are such registers.
  void setVectorLength(mlir::LLVM::LLVMFuncOp function);

  // Types. A vector without a length has the class's vector length.
  mlir::Type i8() { return builder.getI8Type(); }
  mlir::Type i16() { return builder.getI16Type(); }
  mlir::Type i32() { return builder.getI32Type(); }
  mlir::Type i64() { return builder.getI64Type(); }
  mlir::Type f32() { return builder.getF32Type(); }
  mlir::Type ptr();
  mlir::VectorType vec(int count, mlir::Type element);
  mlir::VectorType vecI8() { return vec(facts.vectorBytes, i8()); }
  mlir::VectorType vecI16() { return vec(facts.vectorBytes / 2, i16()); }
  mlir::VectorType vecI32() { return vec(facts.lanes(), i32()); }
  mlir::VectorType vecF32() { return vec(facts.lanes(), f32()); }

  // Constants: scalars, and vectors with all lanes equal.
  mlir::Value constI64(int64_t value);
  mlir::Value constant(mlir::Type type, int64_t value);
  mlir::Value constantF(mlir::Type type, double value);

  // Memory; offsets are in bytes.
  mlir::Value at(mlir::Value base, mlir::Value offset);
  mlir::Value at(mlir::Value base, int64_t offset);
  mlir::Value load(mlir::Type type, mlir::Value address, unsigned align);
  /// The same, never replaced by a copy of a register: where vector operations
  /// are what binds, a load is cheaper than a move.
  mlir::Value loadAgain(mlir::Type type, mlir::Value address, unsigned align);
  void store(mlir::Value value, mlir::Value address, unsigned align);
  /// `bytes` on the stack, 64-byte aligned. Emit in the function's entry block.
  mlir::Value stackBuffer(int64_t bytes);
  /// 16 bytes at the address (aligned to as many) in every 128 bits of an int8
  /// vector.
  mlir::Value loadReplicated(mlir::Value address);
  /// The same address, from which a loop's loads are all addressed. For SVE LLVM
  /// must be made to: it takes far larger immediates for legal than its loads have,
  /// and lets offsets from the loop's end into them. For KernelFacts::loadsBelow, where
  /// it must not choose another address.
  mlir::Value base(mlir::Value address);
  /// The same vector (NEON), of which LLVM does not know how it came about: sums of
  /// plain additions it would reorder until nothing fits the registers.
  mlir::Value settled(mlir::Value vector);
  /// Hints that the cache line at the address is read soon.
  void prefetch(mlir::Value address);
  /// The same of `bytes`, into a cache as MatmulKernelSpec::prefetchLevel says.
  void prefetchStream(mlir::Value address, int64_t bytes, int level);

  // Integer arithmetic on equal types.
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, int64_t b);
  mlir::Value divU(mlir::Value a, int64_t b);
  mlir::Value bitAnd(mlir::Value a, int64_t mask);
  mlir::Value bitOr(mlir::Value a, mlir::Value b);
  mlir::Value bitXor(mlir::Value a, int64_t mask);
  mlir::Value bitXor(mlir::Value a, mlir::Value b);
  mlir::Value shl(mlir::Value a, int64_t count);
  mlir::Value lshr(mlir::Value a, int64_t count);
  mlir::Value ashr(mlir::Value a, int64_t count);
  mlir::Value minS(mlir::Value a, mlir::Value b);
  mlir::Value less(mlir::Value a, mlir::Value b);
  mlir::Value equal(mlir::Value a, mlir::Value b);
  /// -1 in elements that have any bit of the mask, else 0.
  mlir::Value testBits(mlir::Value a, int64_t mask);
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);

  // fp32 arithmetic. fmuladd is fused where the class has an instruction.
  mlir::Value addF(mlir::Value a, mlir::Value b);
  mlir::Value mulF(mlir::Value a, mlir::Value b);
  mlir::Value fmuladd(mlir::Value a, mlir::Value b, mlir::Value c);
  /// c - a * b, like fmuladd.
  mlir::Value fmulsub(mlir::Value a, mlir::Value b, mlir::Value c);
  /// a * b + c, rounded once: for classes that have an instruction.
  mlir::Value fma(mlir::Value a, mlir::Value b, mlir::Value c);
  mlir::Value toF32(mlir::Value ints);

  // Vectors.
  mlir::Value splat(mlir::Value scalar, mlir::VectorType type);
  mlir::Value bitcast(mlir::Value value, mlir::Type type);
  mlir::Value shuffle(mlir::Value a, llvm::ArrayRef<int32_t> lanes);
  /// Lanes of b count from the length of a.
  mlir::Value shuffle(mlir::Value a, mlir::Value b, llvm::ArrayRef<int32_t> lanes);
  /// Of the 64-bit elements of vectors of any one type: a0 b0 a1 b1 ..., that
  /// sequence's lower (0) or upper (1) half; its inverse, of the concatenation of
  /// both halves the even (0) or odd (1) elements; and a0 b0 a2 b2 ... (0) or
  /// a1 b1 a3 b3 ... (1).
  mlir::Value zip64(mlir::Value a, mlir::Value b, int half);
  mlir::Value unzip64(mlir::Value a, mlir::Value b, int odd);
  mlir::Value transpose64(mlir::Value a, mlir::Value b, int odd);
  mlir::Value intrinsic(llvm::StringRef name, mlir::Type result, mlir::ValueRange operands);
  /// table[index] in each byte of `indices`, which are below 16.
  mlir::Value tableLookup(const int8_t (&table)[16], mlir::Value indices);
  /// The int32 sum of a vector of 16 int8.
  mlir::Value sumBytes(mlir::Value bytes);
  /// An intrinsic on whole SVE registers: of operands, vectors of the class's
  /// length become scalable ones, and the result becomes one of type `result`.
  /// LLVM sees through both, as functions say how long registers are.
  mlir::Value sve(llvm::StringRef name, mlir::VectorType result, mlir::ValueRange operands);
  mlir::Value sext(mlir::Value value, mlir::Type type);
  mlir::Value zext(mlir::Value value, mlir::Type type);
  mlir::Value trunc(mlir::Value value, mlir::Type type);
  /// `lanes` fp16 values at the address as fp32 (any alignment of 2).
  mlir::Value loadHalves(mlir::Value address);
  /// The same for one value.
  mlir::Value loadHalf(mlir::Value address);
  /// `lanes` bytes b at the address as fp32 2^(b - 128); subnormal for b < 2.
  mlir::Value loadHalfPowers(mlir::Value address);
  /// int32 b, 0 .. 255 (scalar or vector), as fp32 2^(b - 128).
  mlir::Value halfPowers(mlir::Value exponents);
  /// fp16 bits as int32 (scalar or vector) to fp32 by integer operations;
  /// subnormals exact even where the CPU flushes fp32 denormals.
  mlir::Value halfBitsToF32(mlir::Value bits);

  /// for (i = lower; i < upper; i += step), signed i64. The body gets i and the
  /// carried values and returns the next ones. With unroll = 1 LLVM neither
  /// unrolls the loop nor moves work between its iterations; with more it puts so
  /// many iterations into one.
  Values loop(mlir::Value lower, mlir::Value upper, int64_t step, mlir::ValueRange carried,
              llvm::function_ref<Values(mlir::Value, mlir::ValueRange)> body, int unroll = 0);
  /// The same without carried values.
  void loop(mlir::Value lower, mlir::Value upper, int64_t step,
            llvm::function_ref<void(mlir::Value)> body);
  void ifThen(mlir::Value condition, llvm::function_ref<void()> body);

private:
  /// SVE: true in the first `count` elements that a whole register has; LLVM does not
  /// know that these are all.
  mlir::Value firstLanes(int count);
  /// SVE: a vector of bytes that LLVM does not know to be constant: and with an
  /// immediate overwrites its operand, at the price of a move.
  mlir::Value sveByteMask(int64_t mask);
  /// shuffle() of elements of 64 bits.
  mlir::Value shuffle64(mlir::Value a, mlir::Value b, llvm::function_ref<int(int)> lane);
};

} // namespace qwenc
#endif

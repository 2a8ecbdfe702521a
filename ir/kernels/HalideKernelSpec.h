//===- ir/kernels/HalideKernelSpec.h - which Halide kernels exist -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A kernel is one C function in an object file, named by its spec:
//
//   int symbol(inputs in order, outputs in order)      below: inputs -> outputs
//
// A buffer is passed as `halide_buffer_t *`, a scalar by value; the result is
// always 0. Kernels are serial, allocate nothing but a little stack (8 bytes for
// each row and d of an attention call, and 16 KiB), and call nothing: no Halide
// runtime, no libm.
//
// Of a halide_buffer_t only `host` and `dim[i].{min, extent, stride}` are read.
// `host` addresses the element whose index is `min` in every dimension.
// Dimensions are given innermost first. Below, a dimension written as a
// constant (K, D, 16 ...) is known to the code: its min is 0, its stride the
// product of the constants before it, and its fields are not read. A dimension
// marked `range` carries the part of the work that this call does in its
// min/extent, on the buffer named; dimensions marked `any` are indexed with
// their own min and stride. Strides count elements; the innermost stride is 1.
//
// RMSNorm             x f32[K, M any], w f32[K]
//                     -> y f32[K, M range]
// Quantize            x f32[K any, M any]
//                     -> scale f32[K/32 range, M range], q i8[K range, M range],
//                        neg8 i32[K/32 range, M range]
// NormQuantize        x f32[K, M any], w f32[K]
//                     -> normalized f32[K, M range] (scratch), scale f32[K/32, M range],
//                        q i8[K, M range], neg8 i32[K/32, M range]
// Add                 a f32[N any, M any], b f32[N any, M any]
//                     -> y f32[N range, M range]
// AddBias             x f32[N any, M any], bias f32[N any]
//                     -> y f32[N range, M range]
// SwiGLU              gate f32[N any, M any], up f32[N any, M any]
//                     -> y f32[N range, M range]
// SwiGLUQuantize      gate f32[N any, M any], up f32[N any, M any]
//                     -> h f32[N range, M range] (scratch), scale f32[N/32 range, M range],
//                        q i8[N range, M range], neg8 i32[N/32 range, M range]
// Argmax              x f32[N range]
//                     -> value f32[1], index i32[1]
// HeadNorm            x f32[D, H any, M any], w f32[D]
//                     -> y f32[D, H range, M range]
// RoPE                x f32[D, H any, M any], TABLES, position i32
//                     -> y f32[D, H range, M range]
// HeadNormRoPE        x f32[D, H any, M any], w f32[D], TABLES, position i32
//                     -> y f32[D, H range, M range]
// KStore              x f32[D, H range, M range], position i32
//                     -> kcache u16[16, D, context/16, H any]
// RoPEKStore          x f32[D, H range, M range], TABLES, position i32
//                     -> kcache u16[16, D, context/16, H any]
// HeadNormRoPEKStore  x f32[D, H range, M range], w f32[D], TABLES, position i32
//                     -> kcache u16[16, D, context/16, H any]
// VStore              x f32[D, H range, M range], position i32
//                     -> vcache u16[D, context, H any]
// AttentionDecode,    q f32[D, R range], k u16[16, D, context/16], v u16[D, context], position i32
// AttentionPrefill    -> scores f32 (scratch), weights f32 (scratch), out f32[D, R range]
// TopExperts          logits f32[K, M any]
//                     -> numbers i32[R, M range], weights f32[R, M range]
// ExpertSum           products f32[N any, M*R any], place i32[R, M any], weight f32[R, M any],
//                     residual f32[N any, M any]
//                     -> y f32[N range, M range]
// SigmoidGate         value f32[N any, M any], x f32[K, M any], w f32[K]
//                     -> y f32[N range, M range]
//
// AttentionScores     q f32[D, R range], k u16[16, D, context/16], position i32
//                     -> scores f32[16, attentionScratchRows(R), context/16 range]
// AttentionValues     scores f32[16, attentionScratchRows(R), context/16], v u16[W, context],
// position i32
//                     -> weights f32 (scratch), out f32[W, R range]
//
// With `cache` = Q8 the elements of a cache are i8 and each cache, as input or
// output, is followed by its scales, of which there is one for each group of
// D/G elements (ir/kernels/KVLayout.h):
//   kcache, k: kscale f32[16, G, context/16, H any]  vcache, v: vscale f32[G, context, H any]
//
// TABLES: cosLo f32[D/2, 256], sinLo f32[D/2, 256], cosHi f32[D/2, *], sinHi f32[D/2, *]
//
// Notes
// - M counts tokens of the batch, H heads, R rows of one attention call.
// - Quantised rows with `halves` have one more output, halves i32[K/16 range, M range],
//   -32 * sum of q of each 16, and with `scaled`, after it, scaled f32[K/32 range, M range],
//   scale * sum of q of each 32, rounded once.
// - Quantised rows (groups of `group`): scale = absmax / 127; q = x * (1 / scale)
//   rounded to nearest even, within +-127; neg8 = -8 * sum of q, of each 32, for
//   which `scale` is repeated. A group whose absmax is below 1e-30 has scale 0 and
//   q 0. Ranges over N or K must start at and span multiples of `group`. The range
//   of `scale` and `neg8` is given in 32s; all outputs of a call must describe the
//   same range.
// - Argmax: the largest element of a range that is not empty and its index, the
//   lowest of several. A range without a comparable element gives its begin.
// - TopExperts: R = `rows` of K = `width` experts, those with the largest logits
//   first (of equal ones the lower number); their weights are the softmax over all
//   experts, with `normalized` over those R.
// - ExpertSum: y = residual + the sum over r of weight(r, m) * products(place(r, m)),
//   in that order; R = `rows`.
// - SigmoidGate: y = value / (1 + e^-(x . w)).
// - y may be the same memory as x (RMSNorm, AddBias), a or b (Add), gate or up
//   (SwiGLU), residual (ExpertSum), value (SigmoidGate); `normalized` may be x, `h` may be gate or
//   up. Nothing else may overlap.
// - RoPE: `position` is that of token 0 of the batch, whatever the range. With
//   `interleaved` the pairs are (2i, 2i+1), else (i, i + D/2). Position p takes
//   rows p % 256 of the Lo and p / 256 of the Hi tables.
// - Stores: `x` carries the range of heads and tokens, and its min counts
//   (host addresses the first element of the range). Token m of head h goes to
//   position `position + m` of plane h of the cache. Values are rounded to the
//   nearest half, ties to even, after clamping to +-65504; in Q8, quantised as
//   rows are but by groups of D/G. Nothing else in the cache changes. The
//   strides of the context dimensions follow from the constants before them;
//   only the head's stride is read.
// - Attention handles one KV head: k and v are that head's planes of the cache
//   and must hold zeros or finite numbers everywhere. Rows are query heads that
//   share the KV head (Decode: all at `position`) or consecutive tokens of one
//   query head (Prefill: row r is at `position + r`). A row sees the keys
//   0 .. its own position. q's and out's extent in R are the number of rows in
//   this call, 1 .. spec.rows, with min 0; their row strides are read.
//   `scores` and `weights` may be (and best are) the same memory of
//   attentionScratchFloats(spec.rows, context) floats, aligned to 64 bytes;
//   only `host` is read. (Nothing else needs more than its element's alignment.)
// - AttentionScores and AttentionValues are the two halves of AttentionDecode, for
//   threads that share a KV head: the same bits, whoever computes which part. All
//   of spec.rows rows are computed. The first makes the scores of a range of
//   blocks of 16 keys, which begins at and spans multiples of 8 blocks (past the
//   last key too: the scratch has room). The second makes W = `width` elements of
//   the outputs from the scores of all keys: `v` and its scales begin at these
//   elements, and W divides a group of a q8 cache.
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_KERNELS_HALIDEKERNELSPEC_H
#define QWENC_IR_KERNELS_HALIDEKERNELSPEC_H

#include "ir/kernels/KVLayout.h"

#include <cstdint>
#include <string>
#include <vector>

namespace qwenc {

enum class HalideKernelKind {
  RMSNorm,
  NormQuantize,
  Quantize,
  Add,
  AddBias,
  HeadNorm,
  RoPE,
  HeadNormRoPE,
  KStore,
  RoPEKStore,
  HeadNormRoPEKStore,
  VStore,
  AttentionDecode,
  AttentionPrefill,
  AttentionScores,
  AttentionValues,
  SwiGLU,
  SwiGLUQuantize,
  Argmax,
  TopExperts,
  ExpertSum,
  SigmoidGate,
};
inline constexpr int kHalideKernelKinds = static_cast<int>(HalideKernelKind::SigmoidGate) + 1;

/// One kernel to compile. Fields that a kind does not name are ignored.
struct HalideKernelSpec {
  HalideKernelKind kind;
  /// Name of the C function.
  std::string symbol;
  /// K of RMSNorm, NormQuantize (there a multiple of 32), TopExperts and SigmoidGate; W of
  /// AttentionValues.
  int64_t width = 0;
  /// Columns that share a scale, of the kinds that quantise rows: 32, 64 or 128, of
  /// which width is a multiple.
  int64_t group = 32;
  /// More sums of quantised rows, as outputs after neg8.
  bool halves = false, scaled = false;
  /// D of the kinds that handle heads; even.
  int64_t headDim = 0;
  /// Most rows of one attention call: heads / kvHeads for AttentionDecode (or
  /// fewer, where threads share a KV head), 16 for AttentionPrefill. Experts of a
  /// token.
  int64_t rows = 0;
  /// Added to the mean square by the norms.
  float eps = 0;
  /// RoPE pairs (2i, 2i+1) instead of (i, i + D/2).
  bool interleaved = false;
  /// TopExperts: weights of a token add up to 1.
  bool normalized = false;
  /// How the KV cache holds its elements, of stores and attention.
  KVFormat cache = KVFormat::F16;
};

/// What the code may use.
struct HalideTargetSpec {
  enum class Arch { X86_64, AArch64 };
  Arch arch = Arch::X86_64;
  /// A row of ir/kernels/KernelSpec.h: "avx2", "neon_dotprod", "sve256_i8mm" ...
  std::string kernelClass = "sse";
};

/// One argument of a kernel, in the order of the C call.
struct HalideKernelArgument {
  enum class Type { Int, UInt, Float };
  std::string name;
  Type type;
  int32_t bits;
  bool isBuffer;
  bool isOutput;
  /// Number of dimensions of a buffer, 0 for a scalar.
  int32_t dimensions;
};

/// Rows that AttentionPrefill handles best in one call, on every target.
inline constexpr int64_t attentionPrefillRows = 16;

/// W of AttentionValues for heads of `headDim`: a cache line of halves, where that
/// divides them.
constexpr int64_t attentionValueSlice(int64_t headDim) {
  int64_t slice = 32;
  while (headDim % slice != 0)
    slice /= 2;
  return slice;
}

/// Blocks of 16 keys that one call of AttentionScores should take: 256 keys.
inline constexpr int64_t attentionScoreBlocks = 16;

/// Floats in the scratch of an attention call: for each row (padded) one score
/// per position, and a tail of whole blocks.
constexpr int64_t attentionScratchRows(int64_t rows) { return (rows + 7) / 8 * 8; }
constexpr int64_t attentionScratchFloats(int64_t rows, int64_t context) {
  return attentionScratchRows(rows) * (context + 128);
}

} // namespace qwenc
#endif

//===- codegen/halide/kernels/StoredHeads.h - heads on their way to KV ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_CODEGEN_HALIDE_KERNELS_STOREDHEADS_H
#define QWENC_CODEGEN_HALIDE_KERNELS_STOREDHEADS_H

#include "codegen/halide/kernels/Kernel.h"
#include "codegen/halide/kernels/RootMeanSquare.h"
#include "codegen/halide/kernels/RotaryEmbedding.h"

#include <optional>

namespace qwenc::halide {

/// The inputs of a store kernel. Several StoredHeads may read them.
struct StoreInputs {
  explicit StoreInputs(const HalideKernelSpec &spec);

  /// The heads and tokens of the call, and `width` numbers for each.
  Halide::RDom range(int width) const;
  /// Those that the kind takes, in the order of the C call.
  std::vector<Halide::Argument> arguments() const;

  bool norms, turns;
  Halide::ImageParam x, weight;
  Halide::Param<int32_t> position;
  RotaryInputs rotary;
};

/// value(d, h, m): element d of head h of token m, normed and turned as the
/// kind says.
class StoredHeads {
public:
  StoredHeads(const HalideKernelSpec &spec, const StoreInputs &inputs);

  /// Is `value` anything but the input?
  bool transforms() const { return norm || rope; }

  /// Computes a head in each iteration of `head`, a token's angles in each of
  /// `token`. `store` is `value` or what is computed of it, element by element.
  void scheduleAt(Halide::Func store, Halide::LoopLevel head, Halide::LoopLevel token,
                  const Halide::Target &target);

  Halide::Func value{"value"};

private:
  int headDim;
  std::optional<RootMeanSquare> norm;
  std::optional<RotaryEmbedding> rope;
};

/// A head as int8 with one scale for each group of KVLayout::groupSize elements.
class QuantizedHeads {
public:
  QuantizedHeads(const HalideKernelSpec &spec, const StoreInputs &inputs);

  /// As StoredHeads::scheduleAt; `codes`: they are wanted, not only the scales.
  void scheduleAt(Halide::LoopLevel head, Halide::LoopLevel token, bool codes,
                  const Halide::Target &target);

  /// scale(g, h, m) and code(d, h, m).
  Halide::Func scale{"scale"}, code{"code"};

private:
  int headDim, groupSize;
  StoredHeads heads;
  Halide::Var d{"d"}, g{"g"}, h{"h"}, m{"m"};
  Halide::RDom r;
  Halide::Func absmax{"absmax"}, inverse{"inverse"};
};

} // namespace qwenc::halide
#endif

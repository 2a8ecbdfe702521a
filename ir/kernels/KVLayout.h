//===- ir/kernels/KVLayout.h - bytes of the KV cache ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One layer of the cache is a row of planes, each of which holds all heads, one
// after the other:
//
//   f16   | keys u16 | values u16 |
//   q8    | keys i8 | values i8 | key scales f32 | value scales f32 |
//
// Within a head, keys lie in blocks of 16 positions so that scores vectorise
// over positions, values as rows; element d of position t is at
//
//   keys    (t / 16 * D + d) * 16 + t % 16        values    t * D + d
//
// q8 has one scale for each position, head and group g of elements:
//
//   keys    (t / 16 * G + g) * 16 + t % 16        values    t * G + g
//
// Sizes and offsets are products with the number of positions that the cache
// was made for, a multiple of 16 known only at run time. So they are given here
// for each position.
//===----------------------------------------------------------------------===//
#ifndef QWENC_IR_KERNELS_KVLAYOUT_H
#define QWENC_IR_KERNELS_KVLAYOUT_H

#include <cstdint>
#include <initializer_list>

namespace qwenc {

/// How the cache stores an element.
enum class KVFormat { F16, Q8 };

enum class KVPlane { Keys, Values, KeyScales, ValueScales };

struct KVLayout {
  KVFormat format;
  int64_t heads, headDim;

  /// Elements of a head that share a scale in q8: few, because keys have some
  /// channels that are much larger than the rest.
  static constexpr int64_t groupSize(int64_t headDim) { return headDim % 32 ? headDim : 32; }
  static constexpr int64_t groups(int64_t headDim) { return headDim / groupSize(headDim); }

  constexpr bool hasScales() const { return format == KVFormat::Q8; }

  constexpr int64_t elementBytes(KVPlane plane) const {
    if (plane == KVPlane::KeyScales || plane == KVPlane::ValueScales)
      return 4;
    return hasScales() ? 1 : 2;
  }

  /// Elements of one head of a plane, for each position.
  constexpr int64_t headStride(KVPlane plane) const {
    bool isScale = plane == KVPlane::KeyScales || plane == KVPlane::ValueScales;
    return isScale ? groups(headDim) : headDim;
  }

  /// Bytes before a plane in its layer, for each position.
  constexpr int64_t planeOffset(KVPlane plane) const {
    int64_t bytes = 0;
    for (KVPlane before : {KVPlane::Keys, KVPlane::Values, KVPlane::KeyScales}) {
      if (before == plane)
        break;
      bytes += heads * headStride(before) * elementBytes(before);
    }
    return bytes;
  }

  /// Bytes of one layer, for each position.
  constexpr int64_t bytesPerPosition() const {
    if (!hasScales())
      return planeOffset(KVPlane::KeyScales);
    return planeOffset(KVPlane::ValueScales) + heads * headStride(KVPlane::ValueScales) * 4;
  }
};

} // namespace qwenc
#endif

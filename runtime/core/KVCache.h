//===- runtime/core/KVCache.h - keys and values of past positions ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One block of memory whose layout only the generated code knows; the runtime
// knows its size per position. Pages exist from their first touch on, so a
// large context costs nothing until it is used.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_CORE_KVCACHE_H
#define QWENC_RUNTIME_CORE_KVCACHE_H

#include "runtime/core/Mapping.h"
#include "support/Result.h"

namespace qwenc::rt {

class KVCache {
public:
  /// The capacity is a multiple of this (the block of positions in the keys).
  static constexpr int32_t PositionBlock = 16;

  KVCache() = default;

  /// Room for `positions` (>= 1, rounded up to PositionBlock) of
  /// `bytesPerPosition` bytes each. Fails with both sizes when that is more
  /// than `limit` bytes, the memory there is.
  static Result<KVCache> create(int32_t positions, uint64_t bytesPerPosition, uint64_t limit);

  uint8_t *data() const { return pages.data(); }
  /// Positions it can hold, a multiple of PositionBlock.
  int32_t capacity() const { return positions; }

private:
  KVCache(Mapping pages, int32_t positions) : pages(std::move(pages)), positions(positions) {}

  Mapping pages;
  int32_t positions = 0;
};

} // namespace qwenc::rt
#endif

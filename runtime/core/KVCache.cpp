//===- runtime/core/KVCache.cpp - keys and values of past positions --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/core/KVCache.h"
#include "runtime/core/ByteSize.h"

namespace qwenc::rt {

Result<KVCache> KVCache::create(int32_t positions, uint64_t bytesPerPosition, uint64_t limit) {
  int64_t rounded = (int64_t(positions) + PositionBlock - 1) / PositionBlock * PositionBlock;
  uint64_t bytes;
  if (rounded > INT32_MAX ||
      __builtin_mul_overflow(static_cast<uint64_t>(rounded), bytesPerPosition, &bytes))
    return Failure{"a context of " + std::to_string(positions) + " tokens is too large"};
  if (bytes > limit)
    return Failure{"a context of " + std::to_string(positions) + " tokens needs " +
                   formatBytes(bytes) + " and this machine has " + formatBytes(limit) +
                   "; choose a smaller --ctx"};
  Result<Mapping> pages = Mapping::allocate(bytes, "the context; choose a smaller --ctx");
  if (!pages)
    return pages.takeFailure();
  return KVCache(std::move(*pages), static_cast<int32_t>(rounded));
}

} // namespace qwenc::rt

//===- codegen/image/PerfectHash.h - hash tables without collisions -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Hash and displace (Belazzougui, Botelho, Dietzfelbinger: "Hash, displace, and
// compress", 2009): keys are put in buckets by one hash; for each bucket, the
// largest first, a displacement is sought that sends all its keys to free slots.
// runtime/abi/TokenizerImage.h has the two functions a reader needs.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_IMAGE_PERFECTHASH_H
#define QWENC_CODEGEN_IMAGE_PERFECTHASH_H

#include <cstdint>
#include <span>
#include <vector>

namespace qwenc {

struct PerfectHash {
  std::vector<uint32_t> displacements; ///< [buckets], at least one
  std::vector<int32_t> keyOfSlot;      ///< [slots], at least one; -1: empty
};

/// Places the keys of these hashes. False if that fails, as it must when two
/// hashes are equal: the caller tries another seed. The result depends on the
/// input alone.
bool buildPerfectHash(std::span<const uint64_t> hashes, PerfectHash &result);

} // namespace qwenc
#endif

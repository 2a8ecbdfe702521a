//===- codegen/image/PerfectHash.cpp - hash tables without collisions -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/image/PerfectHash.h"

#include "runtime/abi/TokenizerImage.h"

#include <algorithm>
#include <numeric>

namespace qwenc {
namespace {

// Four keys a bucket and one slot in nine empty: 20 bits of displacement suffice
// for any vocabulary, and most are found at once.
constexpr size_t KeysPerBucket = 4;
constexpr size_t KeysPerEmptySlot = 8;
constexpr uint32_t MostDisplacements = 1u << 20;

/// Tries one displacement; takes the slots only if all are free.
bool place(std::span<const int32_t> keys, std::span<const uint64_t> hashes, uint32_t displacement,
           std::vector<int32_t> &keyOfSlot) {
  const auto slots = static_cast<uint32_t>(keyOfSlot.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    uint32_t slot = qwen_hash_slot(hashes[keys[i]], displacement, slots);
    if (keyOfSlot[slot] >= 0) {
      for (size_t j = 0; j < i; ++j)
        keyOfSlot[qwen_hash_slot(hashes[keys[j]], displacement, slots)] = -1;
      return false;
    }
    keyOfSlot[slot] = keys[i];
  }
  return true;
}

} // namespace

bool buildPerfectHash(std::span<const uint64_t> hashes, PerfectHash &result) {
  const size_t count = hashes.size();
  const auto buckets = static_cast<uint32_t>(count / KeysPerBucket + 1);
  result.displacements.assign(buckets, 0);
  result.keyOfSlot.assign(count + count / KeysPerEmptySlot + 1, -1);

  // Keys by bucket, the buckets by size: counting sort keeps it linear.
  std::vector<uint32_t> begins(buckets + 1, 0);
  for (uint64_t hash : hashes)
    ++begins[qwen_hash_bucket(hash, buckets) + 1];
  std::partial_sum(begins.begin(), begins.end(), begins.begin());
  std::vector<int32_t> keys(count);
  std::vector<uint32_t> fill(begins.begin(), begins.end() - 1);
  for (size_t key = 0; key < count; ++key)
    keys[fill[qwen_hash_bucket(hashes[key], buckets)]++] = static_cast<int32_t>(key);

  std::vector<uint32_t> order(buckets);
  std::iota(order.begin(), order.end(), 0);
  auto size = [&](uint32_t bucket) { return begins[bucket + 1] - begins[bucket]; };
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return size(a) != size(b) ? size(a) > size(b) : a < b; });

  for (uint32_t bucket : order) {
    std::span<const int32_t> members(keys.data() + begins[bucket], size(bucket));
    uint32_t displacement = 0;
    while (!place(members, hashes, displacement, result.keyOfSlot))
      if (++displacement == MostDisplacements)
        return false;
    result.displacements[bucket] = displacement;
  }
  return true;
}

} // namespace qwenc

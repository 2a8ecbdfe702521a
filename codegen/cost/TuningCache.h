//===- codegen/cost/TuningCache.h - modelled costs, kept between runs ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   qwenc tuning cache 1
//   <sha256 of all that follows>
//   <key> <cycles> <macs>
//   ...
//
// A key is a hash of all that a cost follows from: the emitted kernel, the CPU and
// the version of LLVM. So no entry can be out of date, and the file holds neither
// time nor path. A file that is not exactly of this form counts as empty.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_COST_TUNINGCACHE_H
#define QWENC_CODEGEN_COST_TUNINGCACHE_H

#include "passes/tiling/TileCostModel.h"
#include <map>
#include <optional>

namespace qwenc {

class TuningCache {
public:
  /// The file in the user's cache directory; empty if there is no such directory.
  static std::string defaultPath();

  /// Reads `path`; empty: nothing is kept between runs.
  explicit TuningCache(std::string path);

  std::optional<TileCost> find(const std::string &key) const;
  void insert(const std::string &key, TileCost cost);
  /// Writes the file if there is anything new: all of it or nothing, together with
  /// what others wrote in the meantime.
  llvm::Error save();

private:
  std::string path;
  std::map<std::string, TileCost> costs;
  bool changed = false;
};

} // namespace qwenc
#endif

//===- codegen/cost/TuningCache.cpp - modelled costs, kept between runs ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/cost/TuningCache.h"

#include "support/Sha256.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace qwenc;

namespace {

constexpr StringLiteral kFirstLine = "qwenc tuning cache 1";
constexpr size_t kKeyLength = 64;

using Costs = std::map<std::string, TileCost>;

/// The entries of a file; none if any byte of it is not as save() writes it.
Costs parse(StringRef text) {
  auto [first, rest] = text.split('\n');
  auto [checksum, body] = rest.split('\n');
  if (first != kFirstLine || checksum != sha256Hex(body))
    return {};
  Costs costs;
  while (!body.empty()) {
    StringRef line;
    std::tie(line, body) = body.split('\n');
    auto [key, numbers] = line.split(' ');
    auto [cycles, macs] = numbers.split(' ');
    TileCost cost;
    if (key.size() != kKeyLength || cycles.getAsDouble(cost.cycles) ||
        macs.getAsInteger(10, cost.macs) || !(cost.cycles > 0) || cost.macs == 0)
      return {};
    costs[key.str()] = cost;
  }
  return costs;
}

Costs readFile(const std::string &path) {
  if (path.empty())
    return {};
  auto file = MemoryBuffer::getFile(path);
  return file ? parse((*file)->getBuffer()) : Costs();
}

} // namespace

std::string TuningCache::defaultPath() {
  SmallString<128> path;
  if (!sys::path::cache_directory(path))
    return "";
  sys::path::append(path, "qwenc", "tuning");
  return path.str().str();
}

TuningCache::TuningCache(std::string path) : path(std::move(path)), costs(readFile(this->path)) {}

std::optional<TileCost> TuningCache::find(const std::string &key) const {
  auto found = costs.find(key);
  return found == costs.end() ? std::nullopt : std::optional(found->second);
}

void TuningCache::insert(const std::string &key, TileCost cost) {
  costs[key] = cost;
  changed = true;
}

Error TuningCache::save() {
  if (path.empty() || !changed)
    return Error::success();
  costs.merge(readFile(path));
  std::string body;
  for (const auto &[key, cost] : costs)
    body += formatv("{0} {1:f4} {2}\n", key, cost.cycles, cost.macs);
  auto failed = [&](std::error_code code) {
    return createStringError("--tuning-cache=" + path + ": cannot be written: " + code.message());
  };
  if (std::error_code code = sys::fs::create_directories(sys::path::parent_path(path)))
    return failed(code);
  auto file = sys::fs::TempFile::create(path + "-%%%%%%");
  if (!file)
    return failed(errorToErrorCode(file.takeError()));
  {
    raw_fd_ostream stream(file->FD, /*shouldClose=*/false);
    stream << kFirstLine << '\n' << sha256Hex(body) << '\n' << body;
    stream.flush();
    if (std::error_code code = stream.error()) {
      stream.clear_error();
      consumeError(file->discard());
      return failed(code);
    }
  }
  changed = false;
  if (Error error = file->keep(path))
    return failed(errorToErrorCode(std::move(error)));
  return Error::success();
}

//===- support/Sha256.h - SHA-256 (FIPS 180-4) ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An executable names the GGUF file it was compiled from by this hash. Uses the
// x86 SHA instructions where the CPU has them, several times faster than plain C++.
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_SHA256_H
#define QWENC_SUPPORT_SHA256_H

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace qwenc {

class MappedFile;

/// Hashes bytes that come in pieces of any length.
class Sha256 {
public:
  /// `portable` keeps to plain C++ on every CPU (tests compare the two).
  explicit Sha256(bool portable = false);

  void update(std::span<const uint8_t> bytes);
  /// The digest as 64 lower-case hex digits. Ends the use of the object.
  std::string finishHex();

private:
  using CompressFn = void (*)(uint32_t state[8], const uint8_t *blocks, uint64_t count);

  CompressFn compress;
  std::array<uint32_t, 8> state;
  std::array<uint8_t, 64> pending; // the first totalBytes % 64 are filled
  uint64_t totalBytes = 0;
};

/// The hash of a text.
std::string sha256Hex(std::string_view text);

/// The hash of whole files, as of one that holds their bytes one after the other.
/// Pages are dropped as they are done, so that resident memory stays flat.
std::string sha256Hex(std::span<const MappedFile> files);

} // namespace qwenc
#endif

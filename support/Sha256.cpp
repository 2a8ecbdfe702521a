//===- support/Sha256.cpp -------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/Sha256.h"

#include "support/MappedFile.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

using namespace qwenc;

// FIPS 180-4, 4.2.2: fractional parts of the cube roots of the first primes.
alignas(16) static constexpr uint32_t RoundConstants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static void compressPortable(uint32_t state[8], const uint8_t *blocks, uint64_t count) {
  for (; count; --count, blocks += 64) {
    uint32_t w[64];
    for (int t = 0; t < 16; ++t) {
      uint32_t word;
      std::memcpy(&word, blocks + 4 * t, 4);
      w[t] = __builtin_bswap32(word);
    }
    for (int t = 16; t < 64; ++t) {
      uint32_t x = w[t - 15], y = w[t - 2];
      uint32_t small0 = std::rotr(x, 7) ^ std::rotr(x, 18) ^ x >> 3;
      uint32_t small1 = std::rotr(y, 17) ^ std::rotr(y, 19) ^ y >> 10;
      w[t] = small1 + w[t - 7] + small0 + w[t - 16];
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int t = 0; t < 64; ++t) {
      uint32_t big1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
      uint32_t choice = (e & f) ^ (~e & g);
      uint32_t t1 = h + big1 + choice + RoundConstants[t] + w[t];
      uint32_t big0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
      uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
      h = g, g = f, f = e, e = d + t1;
      d = c, c = b, b = a, a = t1 + big0 + majority;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
  }
}

#if defined(__x86_64__)
static bool hasShaInstructions() {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSE4_1) || !(c & bit_SSSE3))
    return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

// sha256rnds2 keeps the state as two vectors, from the high lane down
// (a, b, e, f) and (c, d, g, h), and does two rounds at a time.
__attribute__((target("sha,sse4.1,ssse3"))) static void
compressSha(uint32_t state[8], const uint8_t *blocks, uint64_t count) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bll, 0x0405060700010203ll);
  __m128i abef = _mm_set_epi32(static_cast<int>(state[0]), static_cast<int>(state[1]),
                               static_cast<int>(state[4]), static_cast<int>(state[5]));
  __m128i cdgh = _mm_set_epi32(static_cast<int>(state[2]), static_cast<int>(state[3]),
                               static_cast<int>(state[6]), static_cast<int>(state[7]));
  for (; count; --count, blocks += 64) {
    __m128i abef0 = abef, cdgh0 = cdgh;
    __m128i w[4];
#pragma clang loop unroll(full)
    for (int q = 0; q < 16; ++q) { // rounds 4q .. 4q + 3 with words w[q % 4]
      __m128i &now = w[q & 3];
      if (q < 4) {
        now = _mm_loadu_si128(reinterpret_cast<const __m128i *>(blocks + 16 * q));
        now = _mm_shuffle_epi8(now, swap);
      } else {
        // W[t] = s1(W[t-2]) + W[t-7] + s0(W[t-15]) + W[t-16]
        __m128i last = w[(q + 3) & 3], before = w[(q + 2) & 3];
        now = _mm_sha256msg1_epu32(now, w[(q + 1) & 3]);
        now = _mm_add_epi32(now, _mm_alignr_epi8(last, before, 4));
        now = _mm_sha256msg2_epu32(now, last);
      }
      __m128i k = _mm_load_si128(reinterpret_cast<const __m128i *>(RoundConstants + 4 * q));
      __m128i wk = _mm_add_epi32(now, k);
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, wk);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(wk, 0x0E));
    }
    abef = _mm_add_epi32(abef, abef0);
    cdgh = _mm_add_epi32(cdgh, cdgh0);
  }
  alignas(16) uint32_t lanes[8];
  _mm_store_si128(reinterpret_cast<__m128i *>(lanes), abef);
  _mm_store_si128(reinterpret_cast<__m128i *>(lanes + 4), cdgh);
  const int order[8] = {3, 2, 7, 6, 1, 0, 5, 4}; // a b c d e f g h
  for (int i = 0; i < 8; ++i)
    state[i] = lanes[order[i]];
}
#endif

Sha256::Sha256(bool portable)
    : compress(compressPortable), state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19},
      pending{} {
#if defined(__x86_64__)
  if (!portable && hasShaInstructions())
    compress = compressSha;
#endif
  (void)portable;
}

void Sha256::update(std::span<const uint8_t> bytes) {
  if (bytes.empty())
    return;
  uint64_t filled = totalBytes % 64;
  totalBytes += bytes.size();
  if (filled) {
    uint64_t part = std::min<uint64_t>(64 - filled, bytes.size());
    std::memcpy(pending.data() + filled, bytes.data(), part);
    bytes = bytes.subspan(part);
    if (filled + part < 64)
      return;
    compress(state.data(), pending.data(), 1);
  }
  compress(state.data(), bytes.data(), bytes.size() / 64);
  uint64_t tail = bytes.size() % 64;
  if (tail)
    std::memcpy(pending.data(), bytes.data() + bytes.size() - tail, tail);
}

std::string Sha256::finishHex() {
  uint64_t bits = totalBytes * 8;
  uint8_t padding[72] = {0x80};
  uint64_t zeros = (119 - totalBytes % 64) % 64; // up to 8 bytes before a block's end
  for (int i = 0; i < 8; ++i)
    padding[1 + zeros + i] = static_cast<uint8_t>(bits >> (56 - 8 * i));
  update({padding, 1 + zeros + 8});
  std::string hex;
  for (uint32_t word : state)
    for (int shift = 28; shift >= 0; shift -= 4)
      hex += "0123456789abcdef"[word >> shift & 15];
  return hex;
}

std::string qwenc::sha256Hex(std::string_view text) {
  Sha256 hash;
  hash.update({reinterpret_cast<const uint8_t *>(text.data()), text.size()});
  return hash.finishHex();
}

std::string qwenc::sha256Hex(std::span<const MappedFile> files) {
  constexpr uint64_t Step = 16u << 20;
  Sha256 hash;
  for (const MappedFile &file : files)
    for (uint64_t at = 0; at < file.size(); at += Step) {
      uint64_t size = std::min(Step, file.size() - at);
      file.prefetch(at + size, Step);
      hash.update(file.bytes().subspan(at, size));
      file.dropPages(at, size);
    }
  return hash.finishHex();
}

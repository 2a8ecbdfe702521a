//===- runtime/core/CpuFeatures.cpp - what this machine's CPU can do -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bit numbers: Intel SDM volume 2A, CPUID; Linux Documentation/arch/arm64/
// elf_hwcaps.rst and sve.rst. The Arm constants are spelled out because older libc headers
// lack some.
//===----------------------------------------------------------------------===//
#include "runtime/core/CpuFeatures.h"
#include "runtime/abi/ModelAbi.h"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#include <sys/prctl.h>
#endif

namespace qwenc::rt {
namespace {

struct FeatureName {
  uint32_t bit;
  const char *name;
};

constexpr FeatureName Names[] = {
    {QWEN_FEATURE_SSSE3, "ssse3"},       {QWEN_FEATURE_SSE41, "sse4.1"},
    {QWEN_FEATURE_F16C, "f16c"},         {QWEN_FEATURE_FMA, "fma"},
    {QWEN_FEATURE_AVX2, "avx2"},         {QWEN_FEATURE_AVXVNNI, "avxvnni"},
    {QWEN_FEATURE_AVX512, "avx512"},     {QWEN_FEATURE_AVX512VNNI, "avx512vnni"},
    {QWEN_FEATURE_DOTPROD, "dotprod"},   {QWEN_FEATURE_FP16, "fp16"},
    {QWEN_FEATURE_I8MM, "i8mm"},         {QWEN_FEATURE_BF16, "bf16"},
    {QWEN_FEATURE_SVE, "sve"},           {QWEN_FEATURE_SVE2, "sve2"},
    {QWEN_FEATURE_SVE_I8MM, "sve-i8mm"},
};

#if defined(__x86_64__)

/// Register state that the kernel saves; 0 when it does not even say.
uint64_t readXcr0(uint32_t leaf1Ecx) {
  constexpr uint32_t OsXsave = 1u << 27;
  if (!(leaf1Ecx & OsXsave))
    return 0;
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t(high) << 32) | low;
}

CpuFeatures detect() {
  CpuFeatures found;
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d))
    return found;
  auto add = [&](bool present, uint32_t feature) { found.mask |= present ? feature : 0u; };
  add(c & (1u << 9), QWEN_FEATURE_SSSE3);
  add(c & (1u << 19), QWEN_FEATURE_SSE41);

  const uint64_t xcr0 = readXcr0(c);
  const bool ymm = (xcr0 & 0x6) == 0x6;   // SSE and AVX state
  const bool zmm = (xcr0 & 0xE6) == 0xE6; // also opmask and both ZMM halves
  const bool avx = ymm && (c & (1u << 28));
  add(avx && (c & (1u << 29)), QWEN_FEATURE_F16C);
  add(avx && (c & (1u << 12)), QWEN_FEATURE_FMA);

  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
    return found;
  const uint32_t subleaves = a;
  constexpr uint32_t Avx512FDqBwVl = (1u << 16) | (1u << 17) | (1u << 30) | (1u << 31);
  const bool avx512 = zmm && (b & Avx512FDqBwVl) == Avx512FDqBwVl;
  add(avx && (b & (1u << 5)), QWEN_FEATURE_AVX2);
  add(avx512, QWEN_FEATURE_AVX512);
  add(avx512 && (c & (1u << 11)), QWEN_FEATURE_AVX512VNNI);
  if (subleaves >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d))
    add(avx && (a & (1u << 4)), QWEN_FEATURE_AVXVNNI);
  return found;
}

#elif defined(__aarch64__)

CpuFeatures detect() {
  struct HwcapBit {
    bool second; // AT_HWCAP2
    int bit;
    uint32_t feature;
  };
  constexpr HwcapBit Bits[] = {
      {false, 20, QWEN_FEATURE_DOTPROD}, // ASIMDDP
      {false, 10, QWEN_FEATURE_FP16},    // ASIMDHP
      {false, 22, QWEN_FEATURE_SVE},     {true, 13, QWEN_FEATURE_I8MM},
      {true, 14, QWEN_FEATURE_BF16},     {true, 1, QWEN_FEATURE_SVE2},
      {true, 9, QWEN_FEATURE_SVE_I8MM},
  };
  const unsigned long words[2] = {getauxval(AT_HWCAP), getauxval(AT_HWCAP2)};
  CpuFeatures found;
  for (const HwcapBit &entry : Bits)
    if (words[entry.second] & (1ul << entry.bit))
      found.mask |= entry.feature;
  constexpr int GetVectorLength = 51; // PR_SVE_GET_VL
  const int length = found.mask & QWEN_FEATURE_SVE ? prctl(GetVectorLength, 0, 0, 0, 0) : 0;
  if (length > 0) {
    found.sveVectorBits = static_cast<uint32_t>(length & 0xFFFF) * 8;
    // The kernel takes the next shorter length that the CPU has, so that trying
    // is the way to know. No code of this program uses SVE yet.
    for (uint32_t bits = 128; bits <= 2048; bits += 128)
      found.sveLengths |= setSveVectorBits(bits) ? 1u << (bits / 128 - 1) : 0u;
    setSveVectorBits(found.sveVectorBits);
  }
  return found;
}

#endif

} // namespace

bool setSveVectorBits(uint32_t bits) {
#if defined(__aarch64__)
  constexpr int SetVectorLength = 50; // PR_SVE_SET_VL
  const int length = prctl(SetVectorLength, bits / 8, 0, 0, 0);
  return length > 0 && static_cast<uint32_t>(length & 0xFFFF) * 8 == bits;
#else
  return bits == 0;
#endif
}

CpuFeatures detectCpuFeatures() { return detect(); }

std::vector<const char *> cpuFeatureNames(uint32_t mask) {
  std::vector<const char *> names;
  for (const FeatureName &feature : Names)
    if (mask & feature.bit)
      names.push_back(feature.name);
  return names;
}

std::string joinCpuFeatureNames(uint32_t mask) {
  std::string text;
  for (const char *name : cpuFeatureNames(mask)) {
    if (!text.empty())
      text += ", ";
    text += name;
  }
  return text;
}

} // namespace qwenc::rt

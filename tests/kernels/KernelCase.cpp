//===- tests/kernels/KernelCase.cpp - one call of a kernel as data --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/kernels/KernelCase.h"
#include "codegen/packing/WeightPacker.h"
#include "ir/kernels/FormatTraits.h"
#include "ir/kernels/KernelName.h"
#include "support/quant/BlockFormat.h"
#include "llvm/Support/ErrorHandling.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

namespace qwenc {
namespace {

/// What memory outside of the output holds before and must hold after.
constexpr float kUntouched = -12345.5f;

/// Bytes of a file's block that random bytes do not make well: halves, and the
/// scales of parts.
struct BlockPlaces {
  WeightFormat format;
  int scale, minimum; ///< of halves, -1: none; MXFP4: of the exponent
  int parts, partBytes;
  uint8_t smallMask; ///< bits that make small scales and minima of parts ...
  int upperParts;    ///< ... if the bytes from here on are 0xaa (offset of 32)
};

constexpr BlockPlaces kPlaces[] = {
    {WeightFormat::Q4_0, 0, -1, 0, 0, 0, 0},       {WeightFormat::Q4_1, 0, 2, 0, 0, 0, 0},
    {WeightFormat::Q8_0, 0, -1, 0, 0, 0, 0},       {WeightFormat::Q5_0, 0, -1, 0, 0, 0, 0},
    {WeightFormat::Q5_1, 0, 2, 0, 0, 0, 0},        {WeightFormat::IQ4_NL, 0, -1, 0, 0, 0, 0},
    {WeightFormat::MXFP4, 0, -1, 0, 0, 0, 0},      {WeightFormat::Q4_K, 0, 2, 4, 12, 0x33, 12},
    {WeightFormat::Q5_K, 0, 2, 4, 12, 0x33, 12},   {WeightFormat::Q6_K, 208, -1, 192, 16, 0x03, 16},
    {WeightFormat::IQ4_XS, 0, -1, 4, 4, 0x33, 4},  {WeightFormat::Q3_K, 108, -1, 96, 12, 0x33, 8},
    {WeightFormat::Q2_K, 80, 82, 0, 16, 0x33, 16}, {WeightFormat::W4G64, 0, -1, 0, 0, 0, 0},
    {WeightFormat::W4G128, 0, -1, 0, 0, 0, 0},     {WeightFormat::W4G64A, 0, 2, 0, 0, 0, 0},
    {WeightFormat::W4G128A, 0, 2, 0, 0, 0, 0},     {WeightFormat::W8, 0, -1, 0, 0, 0, 0},
};

const BlockPlaces &placesOf(WeightFormat format) {
  for (const BlockPlaces &places : kPlaces)
    if (places.format == format)
      return places;
  llvm::report_fatal_error("KernelCase.cpp: kPlaces has no row for " + weightFormatName(format));
}

template <typename T> std::vector<uint8_t> bytesOf(const std::vector<T> &values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

class Random {
public:
  explicit Random(uint64_t seed) : engine(seed) {}
  int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine); }
  float real(float low, float high) {
    return std::uniform_real_distribution<float>(low, high)(engine);
  }
  /// A scale as it occurs: small, of either sign, sometimes subnormal or zero.
  uint16_t halfScale() {
    int kind = integer(0, 15);
    if (kind == 0)
      return static_cast<uint16_t>(integer(0, 0x3ff));
    return static_cast<uint16_t>((integer(0, 1) << 15) | (integer(5, 14) << 10) |
                                 integer(0, 0x3ff));
  }
  /// Of activations: 22 significant bits.
  float tokenScale() {
    float scale = real(0, 0.05f);
    uint32_t bits;
    std::memcpy(&bits, &scale, 4);
    bits &= ~3u;
    std::memcpy(&scale, &bits, 4);
    return scale;
  }
  uint8_t byte() { return static_cast<uint8_t>(integer(0, 255)); }

private:
  std::mt19937_64 engine;
};

constexpr uint16_t kHalfOne = 0x3c00;

void putHalf(uint8_t *at, uint16_t half) { std::memcpy(at, &half, 2); }

/// int8 activations with their scales, in the layout that kernels read.
struct Activations {
  std::vector<int8_t> q;
  std::vector<float> scale;
  std::vector<int32_t> neg8;
  std::vector<uint8_t> sums; ///< those of FormatTraits::tokenSums
  std::vector<float> values; ///< exact products q * scale as fp32 would hold them
};

/// Fills in what kernels read of the sums of each group of 32.
void addSums(Activations &act, TokenSums kind) {
  std::vector<int32_t> halves;
  std::vector<float> scaled;
  for (size_t group = 0; group < act.scale.size(); ++group) {
    const int8_t *q = &act.q[32 * group];
    const int32_t first = std::accumulate(q, q + 16, 0),
                  second = std::accumulate(q + 16, q + 32, 0);
    scaled.push_back(act.scale[group] * static_cast<float>(first + second));
    halves.insert(halves.end(), {-32 * first, -32 * second});
    act.neg8.push_back(-8 * (first + second));
  }
  if (kind != TokenSums::None)
    act.sums = kind == TokenSums::Scaled ? bytesOf(scaled) : bytesOf(halves);
}

Activations quantizedActivations(int64_t m, int64_t k, const FormatTraits &traits,
                                 CaseScales scales, Random &random) {
  Activations act;
  for (int64_t i = 0; i < m * k; ++i) {
    // Long runs of extremes find overflow of narrow sums.
    int kind = static_cast<int>((i / 32) % 4);
    int q = kind == 0   ? 127
            : kind == 1 ? -127
            : kind == 2 ? (i % 4 < 2 ? 127 : -127)
                        : random.integer(-127, 127);
    act.q.push_back(static_cast<int8_t>(i / 32 % 8 < 4 ? q : random.integer(-127, 127)));
  }
  for (int64_t group = 0; group < m * k / 32; ++group) {
    if (group * 32 % traits.group != 0)
      act.scale.push_back(act.scale.back());
    else
      act.scale.push_back(scales == CaseScales::Exact ? 1.0f : random.tokenScale());
  }
  addSums(act, traits.tokenSums());
  return act;
}

} // namespace

std::vector<float> KernelCase::output() const {
  const auto &bytes = buffers[outIndex];
  std::vector<float> values(bytes.size() / 4);
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

std::vector<uint8_t> randomRows(WeightFormat format, int64_t rows, int64_t k, CaseScales scales,
                                uint64_t seed) {
  Random random(seed);
  const bool exact = scales == CaseScales::Exact;
  std::vector<uint8_t> gguf(rows * ggufRowBytes(format, k));
  auto scale = [&] { return exact ? kHalfOne : random.halfScale(); };
  if (isFloatFormat(format)) {
    for (int64_t i = 0; i < rows * k; ++i) {
      float value = exact ? float(random.integer(-64, 64)) : random.real(-2, 2);
      uint32_t bits;
      std::memcpy(&bits, &value, 4);
      if (format == WeightFormat::F32)
        std::memcpy(&gguf[4 * i], &bits, 4);
      else if (format == WeightFormat::BF16)
        putHalf(&gguf[2 * i], static_cast<uint16_t>(bits >> 16));
      else if (!exact)
        putHalf(&gguf[2 * i], random.halfScale());
      else
        putHalf(&gguf[2 * i],
                std::array<uint16_t, 5>{0, 0x3c00, 0xbc00, 0x4000, 0x5400}[random.integer(0, 4)]);
    }
    return gguf;
  }
  for (uint8_t &byte : gguf)
    byte = random.byte();
  const BlockPlaces &places = placesOf(format);
  const int64_t bytes = ggufRowBytes(format, ggufBlockK(format));
  for (int64_t b = 0; b < static_cast<int64_t>(gguf.size()) / bytes; ++b) {
    uint8_t *block = &gguf[b * bytes];
    // Some blocks at the extremes.
    const bool byteFormat = format == WeightFormat::Q8_0 || format == WeightFormat::W8;
    if (b % 5 == 0 || (byteFormat && b % 7 == 0)) {
      int extreme = b % 7 == 0 && byteFormat ? (b % 2 ? 0x80 : 0x7f) : (b % 2 ? 0xff : 0x00);
      uint8_t parts[16];
      std::copy_n(block + places.parts, places.partBytes, parts);
      std::memset(block, extreme, bytes);
      std::copy_n(parts, places.partBytes, block + places.parts);
    }
    for (int i = 0; exact && i < places.partBytes; ++i)
      block[places.parts + i] =
          i < places.upperParts ? block[places.parts + i] & places.smallMask : 0xaa;
    if (exact && format == WeightFormat::IQ4_XS)
      block[2] = block[3] = 0xaa;
    if (format == WeightFormat::MXFP4) {
      block[places.scale] = static_cast<uint8_t>(exact ? 128 : random.integer(112, 126));
      continue;
    }
    putHalf(block + places.scale, scale());
    if (places.minimum >= 0)
      putHalf(block + places.minimum, scale());
  }
  if (format == WeightFormat::W8) // a row's blocks have its scale
    for (int64_t at = 0, rowBytes = ggufRowBytes(format, k); at < int64_t(gguf.size()); at += bytes)
      std::copy_n(&gguf[at / rowBytes * rowBytes], 2, &gguf[at]);
  return gguf;
}

/// MXFP4's least and greatest exponents, with integers of at most 1: 2 * 2^127 is
/// infinite.
void putExtremePowers(std::vector<uint8_t> &gguf) {
  const uint8_t exponents[] = {0, 1, 2, 254, 255};
  const int64_t bytes = ggufRowBytes(WeightFormat::MXFP4, 32);
  for (size_t i = 0, block = 0; block < gguf.size(); block += bytes, ++i) {
    if (i % 7 >= 5)
      continue;
    gguf[block] = exponents[i % 7];
    for (int64_t j = 1; j < bytes; ++j)
      gguf[block + j] &= 0x99;
  }
}

std::vector<float> dequantizeRows(WeightFormat format, const std::vector<uint8_t> &gguf,
                                  int64_t rows, int64_t k) {
  std::vector<float> values(rows * k);
  const int64_t rowBytes = ggufRowBytes(format, k);
  for (int64_t r = 0; r < rows; ++r)
    blockFormat(formatTraits(format).file).dequantize(&gguf[r * rowBytes], &values[r * k], k);
  return values;
}

KernelCase makeMatmulCase(const MatmulKernelSpec &spec, const MatmulShape &shape, CaseScales scales,
                          uint64_t seed) {
  Random random(seed);
  const auto [rows, k, m, panelBegin, lastPanel] = shape;
  const int64_t panelEnd = lastPanel < 0 ? panelCount(rows) : lastPanel;
  const bool exact = scales == CaseScales::Exact;

  std::vector<uint8_t> gguf = randomRows(spec.format, rows, k, scales, seed + 1);
  std::vector<float> weights = dequantizeRows(spec.format, gguf, rows, k);
  std::vector<float> magnitudes = weights;
  const FormatTraits &traits = formatTraits(spec.format);
  if (traits.hasMinimum()) {
    // A kernel sums scale * q and the minimum apart: where they cancel, the
    // error is still that of the two.
    std::vector<uint8_t> withoutMinima = gguf;
    const int64_t bytes = ggufRowBytes(spec.format, ggufBlockK(spec.format));
    for (size_t block = 0; block < gguf.size(); block += bytes)
      putHalf(&withoutMinima[block + placesOf(spec.format).minimum], 0);
    magnitudes = dequantizeRows(spec.format, withoutMinima, rows, k);
    for (size_t i = 0; i < magnitudes.size(); ++i)
      magnitudes[i] = std::abs(magnitudes[i]) + std::abs(weights[i] - magnitudes[i]);
  }
  std::vector<uint8_t> packed(packedBytes(spec.format, rows, k));
  packPanels(spec.format, archOf(spec.cls), gguf.data(), rows, k, 0, panelCount(rows),
             packed.data());

  KernelCase test;
  test.kernel = formatKernelName(spec);
  test.label = test.kernel + " rows " + std::to_string(rows) + " k " + std::to_string(k) + " m " +
               std::to_string(m) + " panels " + std::to_string(panelBegin) + ".." +
               std::to_string(panelEnd) + (exact ? " exact" : " real") + " seed " +
               std::to_string(seed);
  test.initIsOut = spec.epilogue == Epilogue::Accumulate && seed % 2 == 0;

  Activations act;
  std::vector<double> values(m * k);
  std::vector<float> floats(m * k);
  if (isFloatFormat(spec.format)) {
    for (int64_t i = 0; i < m * k; ++i)
      values[i] = floats[i] = exact ? float(random.integer(-8, 8)) : random.real(-3, 3);
  } else {
    act = quantizedActivations(m, k, traits, scales, random);
    for (int64_t i = 0; i < m * k; ++i)
      values[i] = double(act.q[i]) * double(act.scale[i / 32]);
  }

  const int64_t outStride = rows + random.integer(0, 9),
                initStride = test.initIsOut ? outStride : rows + 3;
  const int64_t initCount = spec.epilogue == Epilogue::Bias ? rows : m * initStride;
  std::vector<float> init(initCount), out(m * outStride + 40, kUntouched);
  for (float &value : init)
    value = exact ? float(random.integer(-1000, 1000)) : random.real(-5, 5);

  test.expected = out;
  test.tolerance.assign(out.size(), 0.0f);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t r = 0; r < rows; ++r) {
      double start = spec.epilogue == Epilogue::Store  ? 0
                     : spec.epilogue == Epilogue::Bias ? init[r]
                                                       : init[i * initStride + r];
      if (test.initIsOut)
        out[i * outStride + r] = test.expected[i * outStride + r] = init[i * initStride + r];
      if (r < 32 * panelBegin || r >= 32 * panelEnd)
        continue;
      double sum = start, magnitude = std::abs(start), largest = magnitude;
      for (int64_t j = 0; j < k; ++j) {
        sum += double(weights[r * k + j]) * values[i * k + j];
        magnitude += std::abs(double(magnitudes[r * k + j]) * values[i * k + j]);
        largest = std::max(largest, std::abs(sum));
      }
      test.expected[i * outStride + r] = static_cast<float>(sum);
      // Each of the fp32 additions (one a group, or one a k, and one for each
      // minimum) and the products before it round once.
      const int additions = traits.hasMinimum() ? 1 + traits.parts : 2;
      double roundings = (traits.isFloat() ? double(k) : additions * double(k) / traits.group) + 4;
      // fp32 holds integers below 2^24.
      test.tolerance[i * outStride + r] =
          exact && largest < 0x1p24 ? 0.0f
                                    : static_cast<float>(roundings * 0x1p-24 * magnitude + 1e-30);
    }
  }

  test.buffers = {packed,
                  isFloatFormat(spec.format) ? bytesOf(floats) : bytesOf(act.q),
                  bytesOf(act.scale),
                  bytesOf(act.neg8),
                  act.sums,
                  bytesOf(out),
                  bytesOf(init)};
  test.integers = {panelBegin, panelEnd, rows, m, k, outStride, initStride};
  return test;
}

KernelCase makeEmbeddingCase(KernelClass cls, WeightFormat format, int64_t rows, int64_t k,
                             uint64_t seed) {
  Random random(seed);
  std::vector<uint8_t> gguf = randomRows(format, rows, k, CaseScales::Real, seed + 1);
  if (format == WeightFormat::MXFP4)
    putExtremePowers(gguf);
  std::vector<float> weights = dequantizeRows(format, gguf, rows, k);
  std::vector<uint8_t> packed(packedBytes(format, rows, k));
  packPanels(format, archOf(cls), gguf.data(), rows, k, 0, panelCount(rows), packed.data());

  constexpr int64_t kTokens = 12, kBegin = 2, kEnd = 11;
  const int64_t stride = k + 5;
  std::vector<int32_t> tokens;
  for (int64_t i = 0; i < kTokens; ++i)
    tokens.push_back(random.integer(0, static_cast<int>(rows) - 1));
  tokens[kBegin] = static_cast<int32_t>(rows) - 1;

  KernelCase test;
  test.kernel = embeddingKernelName(cls, format);
  test.label = test.kernel + " rows " + std::to_string(rows) + " k " + std::to_string(k);
  test.embedding = true;
  test.outIndex = 2;
  test.expected.assign(kTokens * stride, kUntouched);
  test.tolerance.assign(test.expected.size(), 0.0f);
  test.buffers = {packed, bytesOf(tokens), bytesOf(test.expected)};
  for (int64_t i = kBegin; i < kEnd; ++i)
    for (int64_t j = 0; j < k; ++j)
      test.expected[i * stride + j] = weights[tokens[i] * k + j];
  test.integers = {kBegin, kEnd, k, stride};
  return test;
}

std::string checkCase(const KernelCase &test) {
  std::vector<float> out = test.output();
  int64_t worst = -1, wrong = 0;
  double worstRatio = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    double error = std::abs(double(out[i]) - double(test.expected[i]));
    if (error <= test.tolerance[i])
      continue;
    ++wrong;
    double ratio =
        std::isfinite(error) ? error / std::max(1e-30, double(test.tolerance[i])) : 1e300;
    if (worst < 0 || ratio > worstRatio) {
      worst = static_cast<int64_t>(i);
      worstRatio = ratio;
    }
  }
  if (worst < 0)
    return "";
  return test.label + ": " + std::to_string(wrong) + " of " + std::to_string(out.size()) +
         " wrong; worst at " + std::to_string(worst) + ": got " + std::to_string(out[worst]) +
         ", expected " + std::to_string(test.expected[worst]) + " +- " +
         std::to_string(test.tolerance[worst]);
}

} // namespace qwenc

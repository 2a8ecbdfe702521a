//===- ir/reference/EvalLayerOps.cpp - what layer operations compute -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/reference/EvalLayerOps.h"

#include "ir/kernels/KVLayout.h"
#include "support/Float16.h"
#include "llvm/ADT/bit.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cmath>
#include <mutex>
#include <thread>

using namespace llvm;

namespace qwenc::ir::reference {

void rmsNorm(Tensor &x, ArrayRef<float> weight, double eps) {
  const size_t run = weight.size();
  assert(x.cols % run == 0 && "rows are whole runs");
  for (size_t begin = 0; begin < x.values.size(); begin += run) {
    float *v = x.values.data() + begin;
    double squares = 0;
    for (size_t i = 0; i < run; ++i)
      squares += double(v[i]) * v[i];
    const double factor = 1.0 / std::sqrt(squares / double(run) + eps);
    for (size_t i = 0; i < run; ++i)
      v[i] = float(v[i] * factor) * weight[i];
  }
}

/// Sixteen partial sums, so that the compiler may use vectors.
static float dot(const float *a, const float *b, int64_t count) {
  constexpr int64_t lanes = 16;
  float sums[lanes] = {};
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (int64_t lane = 0; lane < lanes; ++lane)
      sums[lane] += a[i + lane] * b[i + lane];
  double total = 0;
  for (; i < count; ++i)
    total += double(a[i]) * b[i];
  for (float sum : sums)
    total += sum;
  return float(total);
}

/// Rows of weights that are multiplied together, so that an input is read once
/// for all of them.
static constexpr int64_t kRowBlock = 4;

/// out[m * stride + r] = input row m x weights[r], for kRowBlock rows of weights of
/// input.cols elements. A copy for CPUs with AVX2 is chosen at start: the oracle of
/// a whole text is minutes of this loop otherwise.
#if defined(__x86_64__) && defined(__gnu_linux__)
__attribute__((target_clones("arch=x86-64-v3", "default")))
#endif
static void multiplyRows(const float *input, int64_t rows, int64_t cols, const float *weights,
                         int64_t count, float *out, int64_t stride) {
  constexpr int64_t lanes = 16;
  for (int64_t m = 0; m < rows; ++m, input += cols, out += stride) {
    float sums[kRowBlock][lanes] = {};
    double totals[kRowBlock] = {};
    int64_t i = 0;
    for (; i + lanes <= cols; i += lanes)
      for (int64_t r = 0; r < kRowBlock; ++r)
        for (int64_t lane = 0; lane < lanes; ++lane)
          sums[r][lane] += input[i + lane] * weights[r * cols + i + lane];
    for (int64_t r = 0; r < kRowBlock; ++r) {
      for (int64_t tail = i; tail < cols; ++tail)
        totals[r] += double(input[tail]) * weights[r * cols + tail];
      for (float sum : sums[r])
        totals[r] += sum;
    }
    for (int64_t r = 0; r < count; ++r)
      out[r] = float(totals[r]);
  }
}

Expected<Tensor> matmul(const Tensor &input, int64_t outputs, ReadRow weight, unsigned threads) {
  Tensor out(input.rows, outputs);
  std::atomic<int64_t> next = 0;
  std::mutex mutex;
  Error failure = Error::success();
  auto work = [&] {
    std::vector<float> rows(kRowBlock * input.cols);
    for (int64_t n; (n = next.fetch_add(kRowBlock)) < outputs;) {
      const int64_t count = std::min(kRowBlock, outputs - n);
      for (int64_t r = 0; r < count; ++r)
        if (Error error =
                weight(n + r, MutableArrayRef<float>(rows).slice(r * input.cols, input.cols))) {
          std::lock_guard<std::mutex> lock(mutex);
          failure = joinErrors(std::move(failure), std::move(error));
          next = outputs;
          return;
        }
      multiplyRows(input.values.data(), input.rows, input.cols, rows.data(), count,
                   out.values.data() + n, outputs);
    }
  };
  // A small product is done before a thread has started.
  if (input.rows * input.cols * outputs < (1 << 20))
    threads = 1;
  else if (threads == 0)
    threads = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> workers;
  for (unsigned i = 1; i < threads; ++i)
    workers.emplace_back(work);
  work();
  for (std::thread &worker : workers)
    worker.join();
  if (failure)
    return std::move(failure);
  return out;
}

void addBias(Tensor &x, ArrayRef<float> bias) {
  for (int64_t m = 0; m < x.rows; ++m)
    for (int64_t n = 0; n < x.cols; ++n)
      x.row(m)[n] += bias[n];
}

void add(Tensor &x, const Tensor &y) {
  for (auto [a, b] : zip_equal(x.values, y.values))
    a += b;
}

void swiglu(Tensor &gate, const Tensor &up) {
  for (auto [g, u] : zip_equal(gate.values, up.values))
    g = g / (1.0f + std::exp(-g)) * u;
}

void rope(Tensor &x, const Rotation &rotation, int64_t position) {
  const int64_t half = rotation.frequencies.size(), headDim = 2 * half;
  for (int64_t i = 0; i < half; ++i) {
    const int64_t first = rotation.pairs ? 2 * i : i;
    const int64_t second = rotation.pairs ? 2 * i + 1 : i + half;
    for (int64_t m = 0; m < x.rows; ++m) {
      const double angle = double(position + m) * rotation.frequencies[i];
      const float c = float(rotation.magnitude * std::cos(angle));
      const float s = float(rotation.magnitude * std::sin(angle));
      for (int64_t head = 0; head < x.cols; head += headDim) {
        float &a = x.row(m)[head + first], &b = x.row(m)[head + second];
        const float turned = a * c - b * s;
        b = a * s + b * c;
        a = turned;
      }
    }
  }
}

static void append(Tensor &to, const Tensor &from, bool half) {
  assert((to.rows == 0 || to.cols == from.cols) && "one width for all positions");
  to.cols = from.cols;
  to.rows += from.rows;
  to.values.reserve(to.rows * to.cols);
  for (float value : from.values)
    to.values.push_back(half ? halfToFloat(floatToHalf(value)) : value);
}

void storeKV(LayerCache &cache, const Tensor &keys, const Tensor &values, bool half) {
  append(cache.keys, keys, half);
  append(cache.values, values, half);
}

Tensor attention(const Tensor &query, const LayerCache &cache, int64_t kvHeads, int64_t headDim) {
  Tensor out(query.rows, query.cols);
  const int64_t heads = query.cols / headDim, group = heads / kvHeads;
  const int64_t first = cache.keys.rows - query.rows;
  const float scale = float(1.0 / std::sqrt(double(headDim)));
  std::vector<float> scores(cache.keys.rows);
  for (int64_t m = 0; m < query.rows; ++m) {
    const int64_t visible = first + m + 1;
    for (int64_t head = 0; head < heads; ++head) {
      const int64_t at = head * headDim, kvAt = head / group * headDim;
      for (int64_t t = 0; t < visible; ++t)
        scores[t] = scale * dot(&query.row(m)[at], &cache.keys.row(t)[kvAt], headDim);
      const float top = *std::max_element(scores.begin(), scores.begin() + visible);
      double sum = 0;
      for (int64_t t = 0; t < visible; ++t)
        sum += scores[t] = std::exp(scores[t] - top);
      float *o = &out.row(m)[at];
      for (int64_t t = 0; t < visible; ++t) {
        const float p = float(scores[t] / sum), *v = &cache.values.row(t)[kvAt];
        for (int64_t d = 0; d < headDim; ++d)
          o[d] += p * v[d];
      }
    }
  }
  return out;
}

/// Up, as the quantisers of AArch64 do it; those of x86-64 do not round.
static float roundTo22Bits(float value) {
  return llvm::bit_cast<float>((llvm::bit_cast<uint32_t>(value) + 3) & ~3u);
}

/// To int8 and back, by groups of so many columns.
static void roundGroups(Tensor &x, int64_t group, bool round22) {
  assert(x.cols % group == 0 && "columns are whole groups");
  for (size_t begin = 0; begin < x.values.size(); begin += group) {
    MutableArrayRef<float> g(x.values.data() + begin, group);
    float largest = 0;
    for (float value : g)
      largest = std::max(largest, std::fabs(value));
    const float scale = round22 ? roundTo22Bits(largest / 127.0f) : largest / 127.0f;
    for (float &value : g)
      value = scale == 0 ? 0 : scale * std::clamp(std::nearbyint(value / scale), -127.0f, 127.0f);
  }
}

void quantizeDequantize(Tensor &x, int64_t group) { roundGroups(x, group, /*round22=*/true); }

void roundToQ8Cache(Tensor &x, int64_t headDim) {
  roundGroups(x, KVLayout::groupSize(headDim), /*round22=*/false);
}

} // namespace qwenc::ir::reference

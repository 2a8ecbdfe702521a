//===- tests/kernels/halide/TestBuffer.h - halide_buffer_t with storage ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_TESTS_KERNELS_HALIDE_TESTBUFFER_H
#define QWENC_TESTS_KERNELS_HALIDE_TESTBUFFER_H

#include <HalideRuntime.h>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

namespace qwenc::test {

/// Row-major storage for a kernel's argument, dimensions innermost first, with
/// a view that may be a part of it. Every element starts as `fill`.
template <typename T> class TestBuffer {
public:
  explicit TestBuffer(std::vector<int> extents, T fill = T(), int padding = 0) {
    int64_t stride = 1;
    for (size_t i = 0; i < extents.size(); ++i) {
      dims[i] = halide_dimension_t(0, extents[i], static_cast<int32_t>(stride));
      stride *= extents[i];
      if (i + 2 == extents.size()) // rows of the outermost dimension lie apart
        stride += padding;
    }
    storage.assign(static_cast<size_t>(stride), fill);
    buffer.dim = passed.data();
    buffer.dimensions = static_cast<int32_t>(extents.size());
    buffer.host = reinterpret_cast<uint8_t *>(storage.data());
  }
  TestBuffer(const TestBuffer &) = delete;
  TestBuffer &operator=(const TestBuffer &) = delete;

  template <typename... Index> T &operator()(Index... index) {
    std::array<int64_t, sizeof...(Index)> at = {index...};
    int64_t offset = 0;
    for (size_t i = 0; i < at.size(); ++i)
      offset += at[i] * dims[i].stride;
    return storage[static_cast<size_t>(offset)];
  }

  /// Narrows the view of a dimension to min .. min + extent - 1.
  TestBuffer &crop(int dim, int min, int extent) {
    storageOffset += static_cast<int64_t>(min - dims[dim].min) * dims[dim].stride;
    dims[dim].min = min;
    dims[dim].extent = extent;
    buffer.host = reinterpret_cast<uint8_t *>(storage.data() + storageOffset);
    return *this;
  }

  /// Starts the view at the next multiple of 64 bytes; room must be left for it.
  TestBuffer &align() {
    uintptr_t host = reinterpret_cast<uintptr_t>(buffer.host);
    buffer.host += (64 - host % 64) % 64;
    return *this;
  }

  /// The buffer as a kernel gets it. The fields of the first `constants`
  /// dimensions, which the kernel is said not to read, hold nonsense.
  halide_buffer_t *get(int constants) {
    for (int i = 0; i < buffer.dimensions; ++i)
      passed[i] = i < constants ? halide_dimension_t(-77777, 99999, 55555) : dims[i];
    return &buffer;
  }

  std::vector<T> storage;

private:
  std::array<halide_dimension_t, 4> dims, passed;
  int64_t storageOffset = 0;
  halide_buffer_t buffer{};
};

/// Uniform numbers in -1 .. 1, some of them zero or large.
inline void randomize(std::vector<float> &values, std::mt19937 &random, float scale = 1.0f) {
  std::uniform_real_distribution<float> uniform(-scale, scale);
  for (float &value : values)
    value = uniform(random);
}

/// Collects the worst element of a comparison.
class Worst {
public:
  explicit Worst(const char *what) : what(what) {}

  /// Fails if |got - expected| > tolerance (or either is not a number).
  void compare(double got, double expected, double tolerance, int64_t index) {
    double error = std::abs(got - expected) / tolerance;
    if (got == expected)
      return;
    if (!(error <= worst)) {
      worst = std::isnan(error) ? INFINITY : error;
      report = {got, expected, tolerance, index};
    }
  }
  /// Fails unless the two are the same.
  void same(double got, double expected, int64_t index) { compare(got, expected, 1e-300, index); }

  bool passed(const std::string &symbol) const {
    if (worst <= 1)
      return true;
    std::printf("%s: %s[%lld] is %.9g, expected %.9g +- %.3g\n", symbol.c_str(), what,
                static_cast<long long>(report.index), report.got, report.expected,
                report.tolerance);
    return false;
  }

private:
  struct Element {
    double got, expected, tolerance;
    int64_t index;
  };
  const char *what;
  double worst = 0;
  Element report{};
};

} // namespace qwenc::test
#endif

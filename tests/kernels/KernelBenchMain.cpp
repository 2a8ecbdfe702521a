//===- tests/kernels/KernelBenchMain.cpp - how fast kernels are here ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// usage: KernelBench [CLASS [FORMAT]] [--tile=TOKENSxROWS] [--asm=CPU]
// One thread. Decode: GB/s of packed weights out of memory beside plain reading
// of as many bytes. Prefill: G multiply-adds/s at 128 tokens, caches warm.
// Medians. --asm prints the class's assembly as compiled for a CPU instead (for
// llvm-mca: the tiles' inner loops are the longest basic blocks).
//===----------------------------------------------------------------------===//
#include "codegen/packing/WeightPacker.h"
#include "ir/kernels/KernelName.h"
#include "ir/kernels/PackedLayout.h"
#include "tests/kernels/KernelCase.h"
#include "tests/kernels/KernelCompiler.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <cstring>
#include <ctime>
#include <sys/mman.h>
#include <tuple>

using namespace qwenc;

namespace {

using MatmulFn = void (*)(const void *, const void *, const void *, const void *, const void *,
                          void *, const void *, int64_t, int64_t, int64_t, int64_t, int64_t,
                          int64_t, int64_t);

/// More than any cache of one core's share, so that decode reads memory.
constexpr int64_t kColdBytes = int64_t(192) << 20;

/// The thread's own time: what other processes take does not count.
double seconds(llvm::function_ref<void()> work) {
  auto now = [] {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
  };
  double begin = now();
  work();
  return now() - begin;
}

double medianSeconds(int rounds, llvm::function_ref<void()> work) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i)
    times.push_back(seconds(work));
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  return times[rounds / 2];
}

/// Cycles a second, by a chain of additions that take one each.
double clockGHz() {
  constexpr int64_t kSteps = 20'000'000;
  double time = medianSeconds(5, [] {
    uint64_t value = 1;
    for (int64_t i = 0; i < kSteps; ++i) {
      value += static_cast<uint64_t>(i);
      asm volatile("" : "+r"(value));
    }
  });
  return double(kSteps) / time * 1e-9;
}

struct Memory {
  uint8_t *data;
  explicit Memory(int64_t bytes)
      : data(static_cast<uint8_t *>(
            mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    madvise(data, bytes, MADV_NOHUGEPAGE); // as a mapped file
  }
};

double readingGBs(const uint8_t *data, int64_t bytes) {
  volatile uint64_t sink = 0;
  double time = medianSeconds(5, [&] {
    uint64_t sums[8] = {};
    for (int64_t i = 0; i < bytes; i += 64)
      for (int j = 0; j < 8; ++j) {
        uint64_t word;
        std::memcpy(&word, data + i + 8 * j, 8);
        sums[j] += word;
      }
    for (uint64_t sum : sums)
      sink = sink + sum;
  });
  return double(bytes) / time * 1e-9;
}

/// The default kernel of a phase, or a prefill kernel with the tile asked for.
MatmulKernelSpec benchSpec(KernelClass cls, WeightFormat format, KernelPhase phase,
                           std::pair<int, int> tile) {
  MatmulKernelSpec spec = defaultMatmulSpec(cls, format, Epilogue::Store, phase);
  if (phase == KernelPhase::Prefill && tile.first)
    std::tie(spec.mr, spec.nr) = tile;
  return spec;
}

/// Prints one line for each shape.
void bench(KernelClass cls, WeightFormat format, std::pair<int, int> tile, llvm::orc::LLJIT &jit) {
  struct Shape {
    int64_t rows, k;
  };
  Memory weights(kColdBytes + (1 << 20));
  Memory activations(int64_t(128) * 4864 * 4), scales(128 * 4864 / 8), sums(128 * 4864 / 4);
  Memory out(int64_t(151936) * 4 + 128 * 4864 * 4);
  for (int64_t i = 0; i < 128 * 4864; ++i)
    activations.data[i] = static_cast<uint8_t>(i * 37 % 200 + 1);
  for (int64_t i = 0; i < 128 * 4864 / 32; ++i) {
    float one = 0.01f;
    std::memcpy(scales.data + 4 * i, &one, 4);
  }
  if (isFloatFormat(format))
    std::memset(activations.data, 0, 128 * 4864 * 4);
  for (Shape shape : {Shape{4864, 896}, Shape{896, 4864}, Shape{151936, 896}}) {
    const int64_t k = (shape.k + ggufBlockK(format) - 1) / ggufBlockK(format) * ggufBlockK(format);
    const int64_t rows =
        std::min<int64_t>(shape.rows, kColdBytes / packedPanelBytes(format, k) * 32);
    const int64_t bytes = packedBytes(format, rows, k), copies = kColdBytes / bytes;
    std::vector<uint8_t> gguf = randomRows(format, 32, k, CaseScales::Real, 1);
    for (int64_t panel = 0; panel < copies * panelCount(rows); ++panel)
      packPanels(format, archOf(cls), gguf.data(), 32, k, 0, 1,
                 weights.data + panel * packedPanelBytes(format, k));

    auto find = [&](KernelPhase phase) {
      auto symbol = jit.lookup(formatKernelName(benchSpec(cls, format, phase, tile)));
      return llvm::cantFail(std::move(symbol)).toPtr<MatmulFn>();
    };
    MatmulFn decode = find(KernelPhase::Decode), prefill = find(KernelPhase::Prefill);
    double reading = readingGBs(weights.data, copies * bytes);
    double decodeTime = medianSeconds(5, [&] {
      for (int64_t copy = 0; copy < copies; ++copy)
        decode(weights.data + copy * bytes, activations.data, scales.data, sums.data, sums.data,
               out.data, nullptr, 0, panelCount(rows), rows, 1, k, 0, 0);
    });
    double hotTime = medianSeconds(9, [&] {
      for (int i = 0; i < 50; ++i)
        decode(weights.data, activations.data, scales.data, sums.data, sums.data, out.data, nullptr,
               0, 8, 256, 1, k, 0, 0);
    });
    const int64_t some = std::min<int64_t>(rows, 896);
    double prefillTime = medianSeconds(9, [&] {
      prefill(weights.data, activations.data, scales.data, sums.data, sums.data, out.data, nullptr,
              0, panelCount(some), some, 128, k, some, 0);
    });
    double decodeGBs = double(copies * bytes) / decodeTime * 1e-9;
    llvm::outs() << llvm::format(
        "%-12s %-5s %6lld x %4lld  decode %6.1f GB/s (%3.0f%% of reading's "
        "%.1f; in cache %.1f)  prefill %6.1f GMAC/s\n",
        kernelClassName(cls).data(), weightFormatName(format).data(), (long long)rows, (long long)k,
        decodeGBs, 100 * decodeGBs / reading, reading,
        50e-9 * double(packedBytes(format, 256, k)) / hotTime,
        1e-9 * double(some * k * 128) / prefillTime);
  }
}

} // namespace

int main(int argc, char **argv) {
  std::vector<KernelClass> classes(allKernelClasses().begin(), allKernelClasses().end());
  std::vector<WeightFormat> formats = {WeightFormat::Q4_0, WeightFormat::Q4_1, WeightFormat::Q8_0};
  llvm::StringRef assemblyCpu;
  bool assembly = false;
  std::pair<int, int> tile{0, 0};
  for (int i = 1; i < argc; ++i) {
    llvm::StringRef word = argv[i];
    if (word.consume_front("--asm=")) {
      assembly = true;
      assemblyCpu = word;
    } else if (word.consume_front("--tile=") && !word.consumeInteger(10, tile.first) &&
               word.consume_front("x") && !word.consumeInteger(10, tile.second)) {
    } else if (auto cls = parseKernelClass(word)) {
      classes = {*cls};
    } else if (auto format = parseWeightFormat(word)) {
      formats = {*format};
    } else {
      llvm::errs() << "usage: KernelBench [CLASS [FORMAT]] [--tile=TOKENSxROWS] [--asm=CPU]\n";
      return 2;
    }
  }
  if (!assembly)
    llvm::outs() << llvm::format("clock %.2f GHz\n", clockGHz());
  for (KernelClass cls : classes) {
    KernelBatch batch{cls, {}, {}};
    for (WeightFormat format : formats)
      for (KernelPhase phase : {KernelPhase::Decode, KernelPhase::Prefill})
        batch.matmuls.push_back(benchSpec(cls, format, phase, tile));
    if (assembly) {
      llvm::outs() << llvm::cantFail(compileKernels(batch, assemblyCpu, true));
      continue;
    }
    if (!hostRuns(cls))
      continue;
    auto jit = llvm::cantFail(jitKernels(batch));
    for (WeightFormat format : formats)
      bench(cls, format, tile, *jit);
  }
  return 0;
}

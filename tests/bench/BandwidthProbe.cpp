//===- tests/bench/BandwidthProbe.cpp - how fast memory can be read -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   bandwidth-probe FILE THREADS
//
// Reads a mapped file (4 KiB pages, in the page cache) with 256-bit loads, each
// thread one contiguous share, and prints the best of three passes in GB/s: the
// bound that decoding can reach, measured the way decoding reads its weights.
// FILE should be of 1 GiB or more, so that no cache holds it.
//===----------------------------------------------------------------------===//
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using Vector = uint64_t __attribute__((vector_size(32), aligned(32)));

#if defined(__x86_64__)
__attribute__((target("avx2")))
#endif
uint64_t readAll(const uint8_t *begin, size_t bytes) {
  // Eight accumulators: the loads, not the additions, are what takes the time.
  Vector sums[8] = {};
  const auto *data = reinterpret_cast<const Vector *>(begin);
  for (size_t i = 0; i + 8 <= bytes / sizeof(Vector); i += 8)
    for (size_t lane = 0; lane < 8; ++lane)
      sums[lane] ^= data[i + lane];
  for (size_t lane = 1; lane < 8; ++lane)
    sums[0] ^= sums[lane];
  return sums[0][0] ^ sums[0][1] ^ sums[0][2] ^ sums[0][3];
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: bandwidth-probe FILE THREADS\n");
    return 2;
  }
  const int file = open(argv[1], O_RDONLY);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0 || status.st_size == 0) {
    std::perror(argv[1]);
    return 1;
  }
  const size_t bytes = size_t(status.st_size), threads = std::max(1, std::atoi(argv[2]));
  void *mapping = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (mapping == MAP_FAILED) {
    std::perror("mmap");
    return 1;
  }
  madvise(mapping, bytes, MADV_NOHUGEPAGE);
  const size_t share = bytes / threads & ~size_t(4095);
  double best = 0;
  uint64_t check = 0;
  for (int pass = 0; pass < 3; ++pass) {
    std::vector<uint64_t> results(threads);
    std::vector<std::thread> workers;
    const auto begin = std::chrono::steady_clock::now();
    for (size_t t = 0; t < threads; ++t)
      workers.emplace_back([&, t] {
        results[t] = readAll(static_cast<const uint8_t *>(mapping) + t * share, share);
      });
    for (std::thread &worker : workers)
      worker.join();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    best = std::max(best, double(share * threads) / seconds.count() / 1e9);
    for (uint64_t result : results)
      check ^= result;
  }
  std::printf("{\"threads\":%zu,\"gb_per_s\":%.2f,\"check\":%llu}\n", threads, best,
              static_cast<unsigned long long>(check));
  return 0;
}

//===- tools/qwenc/Progress.cpp - what the compiler is doing ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/Progress.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"
#include <unistd.h>

using namespace qwenc;

Progress::Progress(bool quiet) : active(!quiet && ::isatty(STDERR_FILENO)) {}
Progress::~Progress() { finish(); }

void Progress::draw(llvm::StringRef text) {
  llvm::errs() << "\r\x1b[K" << text;
  llvm::errs().flush();
}

void Progress::stage(llvm::StringRef stageName) {
  name = stageName.str();
  started = drawn = Clock::now();
  if (active)
    draw(name + " ...");
}

void Progress::bytes(uint64_t done, uint64_t total) {
  Clock::time_point now = Clock::now();
  if (!active || (done < total && now - drawn < std::chrono::milliseconds(100)))
    return;
  drawn = now;
  double seconds = std::chrono::duration<double>(now - started).count();
  constexpr unsigned width = 30;
  unsigned filled = total ? unsigned(width * done / total) : width;
  draw(llvm::formatv("{0} [{1}{2}] {3,3}%  {4:f0} MB/s", name, std::string(filled, '#'),
                     std::string(width - filled, '-'), total ? 100 * done / total : 100,
                     double(done) / 1e6 / std::max(seconds, 1e-3))
           .str());
}

void Progress::finish() {
  if (active)
    draw("");
  active = false;
}

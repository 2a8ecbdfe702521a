//===- runtime/threading/FloatMode.h - flush denormals while computing -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Denormal fp32 values (softmax tails, tiny activations) cost a hundred cycles
// each on many cores, so the step runs with them flushed to zero. Half floats
// are left alone: scales of quantised blocks are often subnormal halves, and
// neither MXCSR.DAZ nor FPCR.FZ changes their conversion.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_THREADING_FLOATMODE_H
#define QWENC_RUNTIME_THREADING_FLOATMODE_H

#include <cstdint>

namespace qwenc::rt {

/// Flushes fp32 denormals on the calling thread while it lives.
class FlushDenormals {
public:
  FlushDenormals() : saved(read()) { write(saved | FlushBits); }
  ~FlushDenormals() { write(saved); }
  FlushDenormals(const FlushDenormals &) = delete;
  FlushDenormals &operator=(const FlushDenormals &) = delete;

private:
#if defined(__x86_64__)
  static constexpr uint64_t FlushBits = (1u << 15) | (1u << 6); // MXCSR: FTZ, DAZ
  static uint64_t read() { return __builtin_ia32_stmxcsr(); }
  static void write(uint64_t value) { __builtin_ia32_ldmxcsr(static_cast<uint32_t>(value)); }
#elif defined(__aarch64__)
  static constexpr uint64_t FlushBits = 1u << 24; // FPCR: FZ, and not FZ16 (bit 19)
  static uint64_t read() {
    uint64_t value;
    asm volatile("mrs %0, fpcr" : "=r"(value));
    return value;
  }
  static void write(uint64_t value) { asm volatile("msr fpcr, %0" ::"r"(value)); }
#endif

  uint64_t saved;
};

} // namespace qwenc::rt
#endif

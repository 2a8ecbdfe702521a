//===- runtime/core/Session.h - one conversation with a model --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Owns what a sequence of tokens needs (KV cache, arena, logits, threads) and
// drives the generated step functions: many tokens at once for a prompt, one at
// a time for generation.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_CORE_SESSION_H
#define QWENC_RUNTIME_CORE_SESSION_H

#include "runtime/abi/ModelAbi.h"
#include "runtime/core/KVCache.h"
#include "runtime/core/Mapping.h"
#include "runtime/threading/ThreadPlan.h"
#include "runtime/threading/ThreadPool.h"
#include "support/Result.h"

#include <atomic>
#include <memory>
#include <span>

namespace qwenc::rt {

struct SessionOptions {
  int32_t context = 4096; ///< positions, at most the model's context_max
  ThreadPlan threads = ThreadPlan::even(1);
  int32_t cpus = 1;      ///< CPUs there are, see ThreadPool::create
  int32_t logitRows = 1; ///< most rows of logits kept at once, >= 1
  int32_t batch = 0;     ///< most tokens a step takes; 0: the model's max_batch
  uint64_t memoryLimit = UINT64_MAX;
  /// Set from a signal handler to make feed() return early; may be null.
  const std::atomic<bool> *interrupted = nullptr;
};

class Session {
public:
  /// `kernels` is one of `model`'s sets that fits this CPU, `weights` the mapped
  /// weight section; all must outlive the session.
  static Result<std::unique_ptr<Session>> create(const QwenModel &model,
                                                 const QwenKernelSet &kernels,
                                                 const uint8_t *weights,
                                                 const SessionOptions &options);

  /// Appends `tokens` (each in 0 .. vocab-1) in batches. Afterwards logits() is
  /// that of the last one. Fails when they do not fit the context or when
  /// interrupted; no tokens: nothing happens.
  Result<void> feed(std::span<const int32_t> tokens);

  /// As feed, but calls visit(context, index, logits) in order for each token
  /// index from `first` on; `logits` is [vocab], valid during the call. Rows are
  /// computed at most `logitRows` at a time.
  using VisitLogits = void (*)(void *context, size_t index, std::span<const float> logits);
  Result<void> feedAndVisit(std::span<const int32_t> tokens, size_t first, VisitLogits visit,
                            void *context);

  /// Appends `tokens` (1 to mostRows()) in one step and keeps the logits of each,
  /// see logitsOf(). Fails like feed().
  Result<void> feedRows(std::span<const int32_t> tokens);
  /// After feedRows(): the logits [vocab] after its token `row`; may be changed.
  std::span<float> logitsOf(size_t row);
  /// As many tokens as feedRows() takes.
  int32_t mostRows() const { return logitRows; }

  /// The next-token logits [vocab] after the last token fed. The caller may
  /// change them (a sampler does). Only after a feed().
  std::span<float> logits();

  /// The token of the largest of logits(), the lowest of several. Decoding has
  /// found it on the way. Not after the caller has changed them.
  int32_t likeliest();

  /// Number of tokens in the cache: the position of the next one.
  int32_t position() const { return step.position; }
  /// Most tokens that fit.
  int32_t context() const { return usableContext; }
  /// Forgets all tokens from `position` (<= position()) on.
  void truncate(int32_t position);

  int32_t threads() const { return pool->size(); }
  const QwenModel &model() const { return *description; }
  const QwenKernelSet &kernelSet() const { return *kernels; }
  /// From now on threads tell `mark` what they do, see QwenStep::mark; null: no
  /// more. Not while a step runs.
  void setMark(void (*mark)(void *profiler, int32_t thread, int32_t op), void *profiler) {
    step.mark = mark;
    step.profiler = profiler;
  }
  /// Barriers that the step functions have called so far.
  uint64_t barrierCount() const { return pool->barrierCount(); }

private:
  Session(const QwenModel &model, const QwenKernelSet &kernels)
      : description(&model), kernels(&kernels) {}

  Result<void> checkFits(std::span<const int32_t> tokens) const;
  void runStep(std::span<const int32_t> tokens, int32_t logitBegin);
  static void runThread(void *session, int32_t thread);

  const QwenModel *description;
  const QwenKernelSet *kernels;
  KVCache cache;
  Mapping arena;
  Mapping logitPages;
  Mapping tickets;
  std::vector<int32_t> shares;
  std::vector<QwenBest> best; // of each thread, after a decode step
  bool foundBest = false;     // was the last step one of decoding, with logits?
  std::unique_ptr<ThreadPool> pool;
  const std::atomic<bool> *interrupted = nullptr;
  QwenStep step{};
  QwenStepFn function = nullptr; // of the running step
  int32_t usableContext = 0;
  size_t batch = 1;
  int32_t logitRows = 1;
  int32_t lastLogitRow = 0;
};

} // namespace qwenc::rt
#endif

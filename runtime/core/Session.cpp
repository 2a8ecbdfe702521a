//===- runtime/core/Session.cpp - one conversation with a model ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/core/Session.h"
#include "runtime/sampling/LogitFilters.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace qwenc::rt {
namespace {

/// One counter of QwenStep::tickets with the rest of its cache line.
constexpr size_t TicketBytes = 64;

Result<Mapping> allocateArena(const QwenModel &model, int32_t threads, uint64_t limit) {
  uint64_t bytes;
  if (__builtin_mul_overflow(model.arena_thread_bytes, static_cast<uint64_t>(threads), &bytes) ||
      __builtin_add_overflow(bytes, model.arena_shared_bytes, &bytes) || bytes > limit)
    return Failure{"working memory for " + std::to_string(threads) +
                   " threads does not fit this machine; use a smaller --threads"};
  return Mapping::allocate(bytes, "intermediate results");
}

} // namespace

Result<std::unique_ptr<Session>> Session::create(const QwenModel &model,
                                                 const QwenKernelSet &kernels,
                                                 const uint8_t *weights,
                                                 const SessionOptions &options) {
  if (options.context < 1 || static_cast<uint32_t>(options.context) > model.context_max)
    return Failure{"a context of " + std::to_string(options.context) +
                   " tokens is outside of what the model was trained for: 1 to " +
                   std::to_string(model.context_max)};
  std::unique_ptr<Session> session(new Session(model, kernels));
  Session &self = *session;

  Result<KVCache> cache =
      KVCache::create(options.context, model.kv_bytes_per_token, options.memoryLimit);
  if (!cache)
    return cache.takeFailure();
  self.cache = std::move(*cache);

  const int32_t threads = options.threads.threads();
  Result<Mapping> arena = allocateArena(model, threads, options.memoryLimit);
  if (!arena)
    return arena.takeFailure();
  self.arena = std::move(*arena);

  self.batch = options.batch > 0
                   ? std::min<size_t>(static_cast<size_t>(options.batch), model.max_batch)
                   : model.max_batch;
  self.logitRows =
      static_cast<int32_t>(std::min<size_t>(static_cast<size_t>(options.logitRows), self.batch));
  Result<Mapping> logits = Mapping::allocate(
      uint64_t(model.vocab) * sizeof(float) * static_cast<uint64_t>(self.logitRows), "logits");
  if (!logits)
    return logits.takeFailure();
  self.logitPages = std::move(*logits);

  if (model.ticket_count > 0) {
    Result<Mapping> tickets =
        Mapping::allocate(uint64_t(model.ticket_count) * TicketBytes, "work tickets");
    if (!tickets)
      return tickets.takeFailure();
    self.tickets = std::move(*tickets);
  }

  Result<std::unique_ptr<ThreadPool>> pool =
      ThreadPool::create(threads, options.cpus, options.threads.cpus);
  if (!pool)
    return pool.takeFailure();
  self.pool = std::move(*pool);

  self.interrupted = options.interrupted;
  self.usableContext = options.context;
  self.step.weights = weights;
  self.step.arena = self.arena.data();
  self.step.kv = self.cache.data();
  self.step.logits = reinterpret_cast<float *>(self.logitPages.data());
  self.step.context = self.cache.capacity();
  self.step.threads = threads;
  self.shares = options.threads.shares();
  self.step.shares = self.shares.data();
  self.best.assign(static_cast<size_t>(threads), QwenBest{0, -1});
  self.step.best = self.best.data();
  self.step.tickets = reinterpret_cast<uint32_t *>(self.tickets.data());
  self.step.barrier = ThreadPool::barrier;
  self.step.pool = self.pool.get();
  return session;
}

Result<void> Session::checkFits(std::span<const int32_t> tokens) const {
  if (tokens.size() > static_cast<size_t>(usableContext - position()))
    return Failure{std::to_string(tokens.size()) + " tokens after " + std::to_string(position()) +
                   " do not fit the context of " + std::to_string(usableContext) + " tokens"};
  for (int32_t token : tokens)
    if (token < 0 || static_cast<uint32_t>(token) >= description->vocab)
      return Failure{"token " + std::to_string(token) + " is outside of the vocabulary of " +
                     std::to_string(description->vocab) + " tokens"};
  return {};
}

void Session::runThread(void *session, int32_t thread) {
  Session &self = *static_cast<Session *>(session);
  self.function(&self.step, thread);
}

void Session::runStep(std::span<const int32_t> tokens, int32_t logitBegin) {
  step.tokens = tokens.data();
  step.count = static_cast<int32_t>(tokens.size());
  step.logit_begin = logitBegin;
  function = tokens.size() == 1 ? kernels->decode : kernels->prefill;
  if (function == kernels->prefill && step.tickets)
    std::memset(step.tickets, 0, size_t(description->ticket_count) * TicketBytes);
  pool->run(runThread, this);
  step.position += step.count;
  lastLogitRow = std::max(0, step.count - logitBegin - 1);
  foundBest = tokens.size() == 1 && logitBegin == 0;
}

int32_t Session::likeliest() {
  const QwenBest *winner = nullptr;
  for (const QwenBest &part : best)
    if (foundBest && part.token >= 0 && (!winner || part.logit > winner->logit))
      winner = &part; // parts rise with the thread, so that the lowest token stays
  return winner ? winner->token : argmax(logits());
}

Result<void> Session::feed(std::span<const int32_t> tokens) {
  if (Result<void> fits = checkFits(tokens); !fits)
    return fits;
  while (!tokens.empty()) {
    if (interrupted && interrupted->load(std::memory_order_relaxed))
      return Failure{"interrupted"};
    size_t count = std::min(tokens.size(), batch);
    bool last = count == tokens.size();
    runStep(tokens.first(count), static_cast<int32_t>(last ? count - 1 : count));
    tokens = tokens.subspan(count);
  }
  return {};
}

Result<void> Session::feedAndVisit(std::span<const int32_t> tokens, size_t first, VisitLogits visit,
                                   void *context) {
  if (Result<void> fits = checkFits(tokens); !fits)
    return fits;
  for (size_t begin = 0; begin < tokens.size();) {
    if (interrupted && interrupted->load(std::memory_order_relaxed))
      return Failure{"interrupted"};
    size_t count = std::min(tokens.size() - begin, batch);
    // A batch may reach past `first` only as far as there are rows for logits.
    size_t rows = static_cast<size_t>(logitRows);
    if (begin + count > first)
      count = std::min(count, std::max(first, begin) + rows - begin);
    size_t logitBegin = std::clamp(first, begin, begin + count) - begin;
    runStep(tokens.subspan(begin, count), static_cast<int32_t>(logitBegin));
    for (size_t row = 0; logitBegin + row < count; ++row)
      visit(context, begin + logitBegin + row,
            {step.logits + row * description->vocab, description->vocab});
    begin += count;
  }
  return {};
}

Result<void> Session::feedRows(std::span<const int32_t> tokens) {
  assert(!tokens.empty() && tokens.size() <= static_cast<size_t>(logitRows) && "see mostRows()");
  if (Result<void> fits = checkFits(tokens); !fits)
    return fits;
  if (interrupted && interrupted->load(std::memory_order_relaxed))
    return Failure{"interrupted"};
  runStep(tokens, 0);
  return {};
}

std::span<float> Session::logitsOf(size_t row) {
  return {step.logits + row * description->vocab, description->vocab};
}

std::span<float> Session::logits() { return logitsOf(static_cast<size_t>(lastLogitRow)); }

void Session::truncate(int32_t position) {
  assert(position >= 0 && position <= step.position && "cannot skip positions");
  step.position = position;
}

} // namespace qwenc::rt

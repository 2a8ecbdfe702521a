//===- runtime/sampling/LogitFilters.h - which tokens may be drawn ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A vocabulary has 50,000 to 250,000 tokens and a filter keeps a handful, so
// nothing here sorts the whole of it: top-k scans with a small heap, top-p sorts
// ever longer prefixes until it has enough.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_SAMPLING_LOGITFILTERS_H
#define QWENC_RUNTIME_SAMPLING_LOGITFILTERS_H

#include <cstdint>
#include <span>
#include <vector>

namespace qwenc::rt {

/// The index of the largest logit; the lowest index wins a tie. NaNs never win
/// unless all are NaN (then 0). `logits` is not empty.
int32_t argmax(std::span<const float> logits);

struct Candidate {
  int32_t token;
  float logit;
};

/// Largest logit first, the lower token number first among equals: the order of
/// every list of candidates below.
inline bool ranksBefore(const Candidate &a, const Candidate &b) {
  return a.logit > b.logit || (a.logit == b.logit && a.token < b.token);
}

/// Fills `candidates` with the `k` best logits in order; k <= 0 or k >= size
/// gives all of them, unordered. NaNs are left out.
void selectTopK(std::span<const float> logits, int32_t k, std::vector<Candidate> &candidates);

/// Keeps the shortest prefix whose probabilities (softmax of the candidates)
/// sum to at least `p`, at least one. Sorts as far as needed unless `sorted`.
void keepTopP(std::vector<Candidate> &candidates, float p, bool sorted);

/// Drops candidates less probable than `p` times the best one.
void keepMinP(std::vector<Candidate> &candidates, float p);

} // namespace qwenc::rt
#endif

//===- codegen/report/Report.h - what a model will cost on a CPU -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report is data first; WriteJson and WriteHtml only write it down. What
// each field means, and what the model leaves out, is in docs/report.md.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_REPORT_REPORT_H
#define QWENC_CODEGEN_REPORT_REPORT_H

#include "codegen/report/Roofline.h"
#include "ir/target/KnownCpus.h"
#include <optional>
#include <string>
#include <vector>

namespace qwenc {

/// A weight: how the file stores it, how the executable does, what reads it.
struct ReportTensor {
  std::string name, type; ///< type as GGUF spells it
  std::string layout;     ///< "panels32" or "vector"
  std::vector<int64_t> shape;
  int64_t bytes = 0; ///< packed
  std::string prefillKernel, decodeKernel, why;
};

/// How the tile of a matmul kernel was chosen.
struct ReportTileChoice {
  struct Tile {
    std::string tile; ///< "4x8x4": tokens, rows and k, as in the kernel's name
    double macsPerCycle = 0;
  };
  std::string why;         ///< by which model, or why by none
  std::vector<Tile> tiles; ///< the one chosen, then the others from cheap to dear
};

/// A kernel's inner loop in LLVM's model of the core.
struct ReportKernel {
  std::string name, what, phase;
  unsigned instructions = 0;
  double cycles = 0;
  uint64_t macs = 0;
  double macsPerCycle = 0; ///< 0: not modelled, and `problem` says why
  std::optional<double> peakShare;
  std::string problem;
  /// Bytes that the inner loops use again and again, for the longest rows the
  /// model gives the kernel; 0 for kernels that are not matmuls.
  int64_t panelBytes = 0, l1Bytes = 0, l2Bytes = 0;
  std::optional<ReportTileChoice> choice; ///< matmul kernels only
};

/// A fused operation in one step of a phase, all its executions together.
struct ReportOperation {
  std::string name, kernel;
  unsigned executions = 1;
  uint64_t macs = 0;
  Work work;
  bool modelled = false; ///< false: `work` holds bytes only
  unsigned barriers = 0;
  double seconds = 0, share = 0; ///< on one core
  Bound boundOne = Bound::Compute, boundAll = Bound::Compute;
};

struct ReportPrediction {
  unsigned cores;
  double tokensPerSecond;
};

/// One step: a prompt of `tokens` tokens, or one token after `position` others.
struct ReportPhase {
  std::string name;
  unsigned tokens = 1, position = 0;
  unsigned barriers = 0;
  double secondsOne = 0;
  std::vector<ReportOperation> operations;
  std::vector<ReportPrediction> predictions; ///< for coreCounts(); none if a kernel has no model
};

struct ReportMemory {
  int64_t weights = 0, kvPerToken = 0, kvPositions = 0;
  int64_t arenaShared = 0, arenaThread = 0; ///< the latter for each thread
  int64_t code = 0, tokenizer = 0, logits = 0, runtime = 0;
  int64_t kv() const { return kvPerToken * kvPositions; }
  int64_t total(int64_t threads) const {
    return weights + kv() + arenaShared + arenaThread * threads + code + tokenizer + logits +
           runtime;
  }
};

struct CpuReport {
  std::string cpu, triple, kernelClass, features, classReason;
  ir::CpuFacts facts;
  bool bandwidthGiven = false;
  Machine machine;
  /// Multiply-adds a cycle of the class's best instruction for quantised and for
  /// float weights; absent if LLVM's model does not tell.
  std::optional<double> integerPeak, floatPeak;
  std::vector<ReportTensor> tensors;
  std::vector<ReportKernel> kernels;
  ReportPhase prefill, decode;
  ReportMemory memory;
};

/// A tensor that the executable has in another form than the file. Errors and
/// sizes are relative root mean squares, see docs/report.md.
struct ReportChange {
  std::string name, from, to; ///< types as GGUF spells them
  double error = 0;
  std::optional<double> weightedError, updateSize, updateKept;
};

struct Report {
  std::string qwenc, model, arch;
  std::vector<CpuReport> cpus;
  std::vector<ReportChange> changes; ///< known once an executable is written
};

/// One JSON object on one line; schema 1.
std::string writeJson(const Report &report);

/// One page of HTML that needs nothing else.
std::string writeHtml(const Report &report);

} // namespace qwenc
#endif

//===- tools/qwenc/Options.h - the command line ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TOOLS_QWENC_OPTIONS_H
#define QWENC_TOOLS_QWENC_OPTIONS_H

#include "frontend/transforms/ModelTransform.h"
#include "ir/kernels/KVLayout.h"

#include <optional>
#include <string>
#include <vector>

namespace qwenc {

enum class EmitKind { GraphIR, FusedIR, ScheduledIR, LLVMIR, Assembly, Object, Executable };

struct LoraOption {
  std::string path; ///< a GGUF file or a folder
  float scale = 1;
};

struct Options {
  std::string model;
  std::string output; ///< empty: named after the model; "-": standard output
  std::vector<std::string> cpus;
  std::string triple, attrs;
  EmitKind emit = EmitKind::Executable;
  std::vector<std::string> compileFrom; ///< dumps to go on from; empty: import the model
  std::string modelSha256;              ///< of the file that the dumps were made from, if they say
  /// What is compiled, as flags: RecordedFlags.h. In `command` with the target.
  std::vector<std::string> flags, command;
  std::string dumpDirectory;
  std::vector<std::string> dumpFilter; ///< passes; empty: all
  std::string saveRepro;
  bool timing = false;
  bool verifySemantics = false;
  std::string explain; ///< a tensor; empty: none
  std::string verifyText, verifyAgainst;
  std::optional<double> maxKl, minTop1;
  bool deterministic = false;              ///< the same words from every class of CPU
  std::string diffReport;                  ///< a report to compare with the one that `model` names
  std::vector<std::string> disabledPasses; ///< flags of passes to leave out
  unsigned threads = 1;
  KVFormat cache = KVFormat::F16;
  std::vector<LoraOption> loras;   ///< merged in this order
  std::string quantize;            ///< QuantizeSpec.h; empty: the file's formats
  std::optional<ScaleRule> scales; ///< none: planScales() chooses
  std::string calibrate, imatrix;  ///< a text or a file of statistics; one at most
  bool force = false, quiet = false;
  std::string report;      ///< a .json or .html file, "-" or none
  double bandwidthGBs = 0; ///< of the report's memory; 0: the table's
  std::string tuningCache; ///< empty: the user's; "none": keep nothing
};

/// Parses the command line. Prints help, version, the targets or what is wrong and ends the
/// process where that is all there is to do (0, 0, 0, 2).
Options parseOptions(int argc, char **argv);

} // namespace qwenc
#endif

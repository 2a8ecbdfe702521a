//===- tools/qwenc/DiffReport.cpp - --diff-report --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Cycles are those of one layer (of one execution, for what stands outside of the
// layers); totals are those of a whole step. What a field means is in
// docs/report.md.
//===----------------------------------------------------------------------===//
#include "tools/qwenc/DiffReport.h"

#include "ir/kernels/KernelName.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace qwenc;

namespace {

/// What stands in the table of an operation.
struct Row {
  std::string name, kernel;
  int64_t executions = 1;
  std::optional<double> cycles; ///< of all executions; none if not modelled
};

struct Phase {
  std::vector<Row> rows;
  double cycles = 0, seconds = 0, tokensPerSecond = 0;
};

struct Column {
  std::string file, cpu;
  const json::Object *object;
};

/// "4x8x4 neon_dotprod" of a kernel's name: the tile, and the CPU class.
std::string shortKernel(StringRef kernels) {
  SmallVector<StringRef> names;
  kernels.split(names, ", ");
  std::string text;
  for (StringRef name : names) {
    auto spec = parseKernelName(name);
    if (!text.empty())
      text += ", ";
    if (!spec) {
      consumeError(spec.takeError());
      text += name;
      continue;
    }
    text += formatv("{0} {1} {2}", weightFormatName(spec->format), formatTile(*spec),
                    kernelClassName(spec->cls));
  }
  return text;
}

Expected<json::Value> readReport(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return createStringError(path + ": " + buffer.getError().message());
  auto value = json::parse((*buffer)->getBuffer());
  if (!value)
    return createStringError(path + ": is not JSON: " + toString(value.takeError()));
  const json::Object *object = value->getAsObject();
  if (!object || object->getInteger("schema") != 1 || !object->getArray("cpus"))
    return createStringError(path +
                             ": is not a report of schema 1; make one with --report=" + path);
  return std::move(*value);
}

Expected<std::vector<Column>> columnsOf(const json::Value &report, StringRef path) {
  std::vector<Column> columns;
  for (const json::Value &cpu : *report.getAsObject()->getArray("cpus")) {
    const json::Object *object = cpu.getAsObject();
    if (!object || !object->getString("cpu") || !object->getObject("phases"))
      return createStringError(path + ": an entry of 'cpus' has no 'cpu' or no 'phases'");
    columns.push_back({path.str(), object->getString("cpu")->str(), object});
  }
  return columns;
}

Phase phaseOf(const Column &column, StringRef name) {
  Phase phase;
  const json::Object *object = column.object->getObject("phases")->getObject(name);
  if (!object)
    return phase;
  phase.seconds = object->getNumber("seconds_one_core").value_or(0);
  if (const json::Array *predicted = object->getArray("predicted");
      predicted && !predicted->empty())
    if (const json::Object *all = predicted->back().getAsObject())
      phase.tokensPerSecond = all->getNumber("tok_per_s").value_or(0);
  const json::Array *operations = object->getArray("operations");
  for (const json::Value &value : operations ? *operations : json::Array()) {
    const json::Object *op = value.getAsObject();
    if (!op)
      continue;
    Row row;
    row.name = op->getString("name").value_or("").str();
    row.kernel = shortKernel(op->getString("kernel").value_or(""));
    row.executions = std::max<int64_t>(1, op->getInteger("executions").value_or(1));
    if (auto cycles = op->getNumber("cycles"))
      row.cycles = *cycles;
    phase.cycles += row.cycles.value_or(0);
    phase.rows.push_back(std::move(row));
  }
  return phase;
}

std::string perLayer(const Row *row) {
  if (!row || !row->cycles)
    return "-";
  return formatv("{0:f0}", *row->cycles / double(row->executions));
}

/// "+12.5%", or nothing where there is nothing to compare.
std::string change(double before, double after) {
  if (before <= 0 || after <= 0)
    return "";
  double percent = 100 * (after / before - 1);
  return formatv("{0}{1:f1}%", percent < 0 ? "" : "+", percent);
}

void printPhase(StringRef name, const Phase &before, const Phase &after, raw_ostream &out) {
  out << formatv("\n{0}: cycles a layer\n{1,-34}{2,14}{3,14}{4,9}  {5}\n", name, "operation",
                 "before", "after", "", "kernel");
  auto print = [&](const Row *a, const Row *b) {
    std::string kernel =
        a && b && a->kernel != b->kernel ? a->kernel + " -> " + b->kernel : (a ? a : b)->kernel;
    std::string changed =
        a && b && a->cycles && b->cycles
            ? change(*a->cycles / double(a->executions), *b->cycles / double(b->executions))
            : "";
    out << formatv("{0,-34}{1,14}{2,14}{3,9}  {4}\n", (a ? a : b)->name, perLayer(a), perLayer(b),
                   changed, kernel);
  };
  // Operations of one name in their order; one that only one side has stands alone.
  std::vector<bool> used(after.rows.size());
  for (const Row &row : before.rows) {
    const Row *twin = nullptr;
    for (size_t i = 0; i < after.rows.size() && !twin; ++i)
      if (!used[i] && after.rows[i].name == row.name) {
        used[i] = true;
        twin = &after.rows[i];
      }
    print(&row, twin);
  }
  for (size_t i = 0; i < after.rows.size(); ++i)
    if (!used[i])
      print(nullptr, &after.rows[i]);
  auto total = [&](StringRef label, double a, double b, StringRef format) {
    auto text = [&](double number) {
      return number > 0 ? formatv(format.data(), number).str() : std::string("-");
    };
    out << formatv("{0,-34}{1,14}{2,14}{3,9}\n", label, text(a), text(b), change(a, b));
  };
  total("all cycles of a step", before.cycles, after.cycles, "{0:f0}");
  total("milliseconds on one core", 1e3 * before.seconds, 1e3 * after.seconds, "{0:f3}");
  total("tokens a second on all cores", before.tokensPerSecond, after.tokensPerSecond, "{0:f1}");
}

} // namespace

Error qwenc::diffReports(StringRef before, StringRef after, raw_ostream &out) {
  auto first = readReport(before), second = readReport(after);
  if (!first || !second)
    return joinErrors(first.takeError(), second.takeError());
  auto left = columnsOf(*first, before), right = columnsOf(*second, after);
  if (!left || !right)
    return joinErrors(left.takeError(), right.takeError());
  std::vector<std::pair<Column, Column>> pairs;
  for (const Column &a : *left)
    for (const Column &b : *right)
      if (a.cpu == b.cpu)
        pairs.push_back({a, b});
  if (pairs.empty())
    for (size_t i = 0; i < std::min(left->size(), right->size()); ++i)
      pairs.push_back({(*left)[i], (*right)[i]});
  if (pairs.empty())
    return createStringError(before + ": there is no CPU to compare");
  out << "a model, not a measurement: see docs/report.md\n";
  for (auto &[a, b] : pairs) {
    out << formatv("\nbefore: {0} ({1})\nafter:  {2} ({3})\n", a.cpu, a.file, b.cpu, b.file);
    for (StringRef phase : {"prefill", "decode"})
      printPhase(phase, phaseOf(a, phase), phaseOf(b, phase), out);
  }
  return Error::success();
}

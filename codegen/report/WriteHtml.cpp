//===- codegen/report/WriteHtml.cpp - the report for people ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/report/HtmlChart.h"
#include "codegen/report/PageStyle.h"
#include "codegen/report/Report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace qwenc;

namespace {

std::string speed(double tokensPerSecond) {
  return formatv(tokensPerSecond < 99.95 ? "{0:f1}" : "{0:f0}", tokensPerSecond);
}

std::string predicted(const ReportPhase &phase, bool allCores) {
  if (phase.predictions.empty())
    return "not modelled";
  return speed((allCores ? phase.predictions.back() : phase.predictions.front()).tokensPerSecond);
}

/// A row of the totals: its heading and a cell for each CPU.
void totalsRow(raw_ostream &out, const Report &report, StringRef heading,
               function_ref<std::string(const CpuReport &)> cell) {
  out << "<tr><th>" << heading << "</th>";
  for (const CpuReport &cpu : report.cpus)
    out << "<td>" << cell(cpu) << "</td>";
  out << "</tr>";
}

void writeTotals(raw_ostream &out, const Report &report) {
  out << "<div class=\"scroll\"><table><tr><th></th>";
  for (const CpuReport &cpu : report.cpus)
    out << formatv("<th><a href=\"#{0}\">{0}</a></th>", escapeHtml(cpu.cpu)).str();
  out << "</tr>";
  totalsRow(out, report, "kernels", [](const CpuReport &cpu) { return cpu.kernelClass; });
  totalsRow(out, report, "prefill, tokens/s, 1 core",
            [](const CpuReport &cpu) { return predicted(cpu.prefill, false); });
  totalsRow(out, report, "prefill, tokens/s, all cores",
            [](const CpuReport &cpu) { return predicted(cpu.prefill, true); });
  totalsRow(out, report, "decode, tokens/s, 1 core",
            [](const CpuReport &cpu) { return predicted(cpu.decode, false); });
  totalsRow(out, report, "decode, tokens/s, all cores",
            [](const CpuReport &cpu) { return predicted(cpu.decode, true); });
  totalsRow(out, report, "peak memory", [](const CpuReport &cpu) {
    return formatBytes(double(cpu.memory.total(cpu.facts.cores)));
  });
  totalsRow(out, report, "machine", [](const CpuReport &cpu) {
    return formatv("{0}: {1} &times; {2} GHz, {3} GB/s", escapeHtml(cpu.facts.machine),
                   cpu.facts.cores, formatNumber(cpu.machine.clockGHz),
                   formatNumber(cpu.machine.bandwidthGBs))
        .str();
  });
  out << "</table></div>";
}

void writeMachine(raw_ostream &out, const CpuReport &cpu) {
  const ir::CpuFacts &facts = cpu.facts;
  out << "<p>" << escapeHtml(cpu.classReason) << ". ";
  if (facts.known)
    out << formatv("The machine: {0}, {1} cores at {2} GHz, {3} GB/s", escapeHtml(facts.machine),
                   facts.cores, formatNumber(cpu.machine.clockGHz),
                   formatNumber(cpu.machine.bandwidthGBs));
  else
    out << formatv("<b>No machine with this CPU is known: {0} cores at {1} GHz and {2} GB/s are "
                   "only an example</b>",
                   facts.cores, formatNumber(cpu.machine.clockGHz),
                   formatNumber(cpu.machine.bandwidthGBs));
  out << formatv("{0}; caches {1} and {2} a core", cpu.bandwidthGiven ? " (as given)" : "",
                 formatCache(facts.caches.l1), formatCache(facts.caches.l2));
  if (facts.l3)
    out << formatv(", {0} shared", formatCache(facts.l3));
  out << ". ";
  if (facts.modelAs != cpu.cpu)
    out << formatv("LLVM lends {0} an older core's scheduling model; cycles here are those of "
                   "{1}, the nearest core with its own.",
                   escapeHtml(cpu.cpu), escapeHtml(facts.modelAs));
  out << "</p>";
}

void writePhase(raw_ostream &out, const ReportPhase &phase, StringRef heading) {
  out << "<h3>" << heading
      << "</h3><div class=\"scroll\"><table class=\"cores\"><tr><th>cores</th>";
  for (const ReportPrediction &prediction : phase.predictions)
    out << "<td>" << prediction.cores << "</td>";
  out << "</tr><tr><th>tokens/s</th>";
  for (const ReportPrediction &prediction : phase.predictions)
    out << "<td>" << speed(prediction.tokensPerSecond) << "</td>";
  out << formatv(
      "</tr></table></div><p class=\"small\">{0} barriers a step. Times of one core:</p>",
      phase.barriers);
  drawOperations(out, phase);
}

std::string fits(int64_t bytes, int64_t cache) {
  return formatBytes(double(bytes)) + (bytes <= cache ? "" : " <b>(more than the cache)</b>");
}

/// The tile's reason and those that came next.
void writeChoice(raw_ostream &out, const ReportTileChoice &choice) {
  constexpr size_t kShown = 4;
  out << "<br>tile: " << escapeHtml(choice.why);
  for (size_t i = 0; i < std::min(kShown, choice.tiles.size()); ++i)
    if (choice.tiles[i].macsPerCycle > 0)
      out << formatv("{0} {1} ({2:f1})", i == 0 ? ":" : ",", choice.tiles[i].tile,
                     choice.tiles[i].macsPerCycle);
}

void writeKernels(raw_ostream &out, const CpuReport &cpu) {
  out << "<details><summary>Kernels</summary>";
  if (cpu.integerPeak)
    out << formatv("<p>At most {0} integer multiply-adds a cycle on a core.</p>",
                   formatNumber(*cpu.integerPeak));
  for (const ReportKernel &kernel : cpu.kernels) {
    out << formatv("<div class=\"card\"><code>{0}</code><br>{1}<br>", escapeHtml(kernel.name),
                   escapeHtml(kernel.what));
    if (kernel.problem.empty()) {
      out << formatv("<b>{0:f1}</b> multiply-adds a cycle", kernel.macsPerCycle);
      if (kernel.peakShare)
        out << formatv(", {0:f0} % of peak", 100 * *kernel.peakShare);
      out << formatv(" ({0} in {1:f1} cycles of {2} instructions)", kernel.macs, kernel.cycles,
                     kernel.instructions);
    } else {
      out << escapeHtml(kernel.problem);
    }
    if (kernel.panelBytes)
      out << formatv("<br>working set: L1 {0}, L2 {1}; a panel {2}",
                     fits(kernel.l1Bytes, cpu.facts.caches.l1),
                     fits(kernel.l2Bytes, cpu.facts.caches.l2),
                     formatBytes(double(kernel.panelBytes)))
                 .str();
    if (kernel.choice)
      writeChoice(out, *kernel.choice);
    out << "</div>";
  }
  out << "</details>";
}

/// "blk.7.attn_q.weight" -> "blk.*.attn_q.weight"
std::string withoutLayer(StringRef name) {
  if (!name.consume_front("blk."))
    return name.str();
  return "blk.*" + name.substr(name.find('.')).str();
}

void writeTensors(raw_ostream &out, const CpuReport &cpu) {
  struct Group {
    const ReportTensor *first;
    unsigned count = 0;
    int64_t bytes = 0;
  };
  std::vector<Group> groups;
  StringMap<size_t> places;
  for (const ReportTensor &tensor : cpu.tensors) {
    std::string key = withoutLayer(tensor.name) + tensor.type + tensor.decodeKernel;
    auto [place, isNew] = places.try_emplace(key, groups.size());
    if (isNew)
      groups.push_back({&tensor});
    Group &group = groups[place->second];
    ++group.count;
    group.bytes += tensor.bytes;
  }
  out << formatv("<details><summary>Tensors ({0})</summary>", cpu.tensors.size());
  for (const Group &group : groups) {
    const ReportTensor &tensor = *group.first;
    std::string shape =
        join(map_range(tensor.shape, [](int64_t n) { return std::to_string(n); }), " &times; ");
    out << formatv("<div class=\"card\"><code>{0}</code>{1}<br>{2} {3}, {4}, <b>{5}</b><br>"
                   "{6}<br><span class=\"small\">prefill: {7}<br>decode: {8}</span></div>",
                   escapeHtml(withoutLayer(tensor.name)),
                   group.count > 1 ? formatv(" &times; {0}", group.count).str() : "", tensor.type,
                   shape, tensor.layout, formatBytes(double(group.bytes)), escapeHtml(tensor.why),
                   escapeHtml(tensor.prefillKernel), escapeHtml(tensor.decodeKernel))
               .str();
  }
  out << "</details>";
}

void writeCpu(raw_ostream &out, const CpuReport &cpu) {
  out << formatv("<section id=\"{0}\"><h2>{0}</h2>", escapeHtml(cpu.cpu)).str();
  writeMachine(out, cpu);
  drawMemory(out, cpu);
  drawRoofline(out, cpu);
  out << "<p class=\"small\"><i class=\"key decode\"></i> decode <i class=\"key prefill\"></i> "
         "prefill, numbered as below, on all cores under the memory's and the instructions' "
         "roofs</p>";
  writePhase(out, cpu.decode, formatv("Decode, one token after {0}", cpu.decode.position).str());
  writePhase(out, cpu.prefill, formatv("Prefill of {0} tokens", cpu.prefill.tokens).str());
  writeKernels(out, cpu);
  writeTensors(out, cpu);
  out << "</section>";
}

void writeChanges(raw_ostream &out, ArrayRef<ReportChange> changes) {
  if (changes.empty())
    return;
  out << formatv("<details><summary>Weights encoded anew ({0})</summary>", changes.size());
  for (const ReportChange &change : changes) {
    out << formatv("<div class=\"card\"><code>{0}</code><br>{1} to {2}, relative error {3:f4}",
                   escapeHtml(change.name), change.from, change.to, change.error);
    if (change.weightedError)
      out << formatv(", weighted by inputs {0:f4}", *change.weightedError);
    if (change.updateSize)
      out << formatv("<br>changed by {0:f4} of its size, of which {1:f0} % is left after rounding",
                     *change.updateSize, 100 * *change.updateKept);
    out << "</div>";
  }
  out << "</details>";
}

} // namespace

std::string qwenc::writeHtml(const Report &report) {
  std::string text;
  raw_string_ostream out(text);
  std::string model = escapeHtml(report.model);
  out << "<!doctype html><!-- written by qwenc " << escapeHtml(report.qwenc)
      << " -->\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
         "content=\"width=device-width, initial-scale=1\"><title>"
      << model << ": what it costs</title><style>" << kPageStyle << "</style></head><body><h1>"
      << model
      << "</h1><p>These figures are <b>a model, not a measurement</b>: LLVM's scheduling model of "
         "each core runs the inner loops, and memory streams at the bandwidth that is stated. "
         "What the model leaves out makes real machines slower.</p>";
  writeTotals(out, report);
  writeChanges(out, report.changes);
  for (const CpuReport &cpu : report.cpus)
    writeCpu(out, cpu);
  out << "</body></html>\n";
  return text;
}

//===- codegen/report/HtmlChart.cpp - the pictures of the report -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/report/HtmlChart.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include <algorithm>
#include <cmath>

using namespace llvm;
using namespace qwenc;

std::string qwenc::escapeHtml(StringRef text) {
  std::string result;
  raw_string_ostream stream(result);
  printHTMLEscaped(text, stream);
  return result;
}

std::string qwenc::formatBytes(double bytes) {
  for (const char *unit : {"B", "kB", "MB"}) {
    if (bytes < 999.5)
      return formatv(bytes < 99.95 && *unit != 'B' ? "{0:f1} {1}" : "{0:f0} {1}", bytes, unit);
    bytes /= 1000;
  }
  return formatv("{0:f2} GB", bytes);
}

std::string qwenc::formatNumber(double number) {
  std::string text;
  raw_string_ostream(text) << format("%g", number);
  return text;
}

std::string qwenc::formatCache(int64_t bytes) {
  double kib = double(bytes) / 1024;
  return kib < 1024 ? formatNumber(std::round(kib)) + " KiB" : formatNumber(kib / 1024) + " MiB";
}

namespace {

/// Places on the plot, in units of its view box.
constexpr double kWidth = 480, kHeight = 330, kLeft = 54, kRight = 22, kTop = 14, kBottom = 44;

class RooflinePlot {
public:
  RooflinePlot(raw_ostream &out, const CpuReport &cpu) : out(out), cpu(cpu) {
    collect(cpu.decode, "decode");
    collect(cpu.prefill, "prefill");
  }

  void draw() {
    double bandwidth = cpu.machine.bandwidthGBs * 1e9;
    double roof = cpu.integerPeak ? *cpu.integerPeak * coreHz() * cpu.facts.cores : 0;
    for (const Dot &dot : dots)
      roof = std::max(roof, dot.speed);
    maxSpeed = std::pow(10, std::ceil(std::log10(std::max(roof, 1e9)) + 0.05));
    minSpeed = maxSpeed;
    for (const Dot &dot : dots)
      minSpeed = std::min(minSpeed, dot.speed);
    minSpeed = std::pow(10, std::floor(std::log10(minSpeed) - 0.2));

    out << formatv("<svg class=\"plot\" viewBox=\"0 0 {0} {1}\" role=\"img\" "
                   "aria-label=\"Roofline of {2}\">",
                   int(kWidth), int(kHeight), escapeHtml(cpu.cpu));
    drawGrid();
    drawRoof("mem", bandwidth, roof);
    if (cpu.integerPeak) {
      double full = *cpu.integerPeak * coreHz() * cpu.facts.cores;
      drawLevel(full, bandwidth,
                formatv("{0:f0} G/s, {1} cores", full / 1e9, cpu.facts.cores).str(), "roof");
      drawLevel(*cpu.integerPeak * coreHz(), bandwidth, "1 core", "roof one");
    }
    for (const Dot &dot : dots)
      out << formatv("<circle class=\"{0}\" cx=\"{1:f1}\" cy=\"{2:f1}\" r=\"6\"><title>{3}</title>"
                     "</circle><text class=\"dot{7}\" x=\"{4:f1}\" y=\"{5:f1}\">{6}</text>",
                     dot.phase, x(dot.intensity), y(dot.speed), escapeHtml(dot.title),
                     x(dot.intensity) + (dot.labelLeft ? -9 : 9), y(dot.speed) + 5, dot.label,
                     dot.labelLeft ? " left" : "")
                 .str();
    out << "</svg>";
  }

private:
  struct Dot {
    double intensity, speed;
    StringRef phase;
    std::string label, title;
    bool labelLeft = false;
  };

  double coreHz() const { return cpu.machine.clockGHz * 1e9; }
  double x(double intensity) const {
    double t = std::log10(intensity / kMinIntensity) / std::log10(kMaxIntensity / kMinIntensity);
    return kLeft + std::clamp(t, 0.0, 1.0) * (kWidth - kLeft - kRight);
  }
  double y(double speed) const {
    double t = std::log10(speed / minSpeed) / std::log10(maxSpeed / minSpeed);
    return kHeight - kBottom - std::clamp(t, 0.0, 1.0) * (kHeight - kTop - kBottom);
  }

  /// Operations that would cover each other share a dot.
  void collect(const ReportPhase &phase, StringRef name) {
    for (auto [index, op] : llvm::enumerate(phase.operations)) {
      if (!op.modelled || op.macs == 0 || op.work.bytes == 0)
        continue;
      double intensity = double(op.macs) / double(op.work.bytes);
      double speed = double(op.macs) / secondsOf(op.work, cpu.machine, cpu.facts.cores);
      std::string label = std::to_string(index + 1);
      auto near = llvm::find_if(dots, [&](const Dot &dot) {
        return dot.phase == name && std::abs(std::log10(dot.intensity / intensity)) < 0.12 &&
               std::abs(std::log10(dot.speed / speed)) < 0.12;
      });
      if (near != dots.end()) {
        near->label += "," + label;
        near->title += "; " + op.name;
      } else {
        dots.push_back({intensity, speed, name, label, name.str() + ": " + op.name,
                        intensity > kMaxIntensity / 3});
      }
    }
  }

  void drawGrid() {
    for (double value = kMinIntensity; value <= kMaxIntensity * 1.01; value *= 10)
      out << formatv(
          "<line class=\"grid\" x1=\"{0:f1}\" x2=\"{0:f1}\" y1=\"{1}\" y2=\"{2}\"/>"
          "<text class=\"tick\" text-anchor=\"middle\" x=\"{0:f1}\" y=\"{3}\">{4}</text>",
          x(value), kTop, kHeight - kBottom, kHeight - kBottom + 17, formatNumber(value));
    for (double value = minSpeed; value <= maxSpeed * 1.01; value *= 10)
      out << formatv("<line class=\"grid\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:f1}\" y2=\"{2:f1}\"/>"
                     "<text class=\"tick\" text-anchor=\"end\" x=\"{3}\" y=\"{4:f1}\">{5}</text>",
                     kLeft, kWidth - kRight, y(value), kLeft - 6, y(value) + 5,
                     value < 1e12 ? formatNumber(value / 1e9) + "G"
                                  : formatNumber(value / 1e12) + "T");
    out << formatv("<text class=\"axis\" text-anchor=\"end\" x=\"{0}\" y=\"{1}\">multiply-adds a "
                   "byte from memory</text>",
                   kWidth - kRight, kHeight - 8);
    out << formatv("<text class=\"axis\" x=\"{0}\" y=\"{1}\">multiply-adds a second</text>",
                   kLeft + 5, kTop + 12);
  }

  void drawRoof(StringRef cls, double bandwidth, double roof) {
    // From the left or lower edge up to the compute roof.
    double from = std::max(kMinIntensity, minSpeed / bandwidth);
    double to = std::min(kMaxIntensity, (roof > 0 ? roof : maxSpeed) / bandwidth);
    if (from < to)
      out << formatv("<line class=\"{0}\" x1=\"{1:f1}\" y1=\"{2:f1}\" x2=\"{3:f1}\" y2=\"{4:f1}\">"
                     "<title>{5} GB/s</title></line>",
                     cls, x(from), y(from * bandwidth), x(to), y(to * bandwidth),
                     formatNumber(cpu.machine.bandwidthGBs));
  }

  void drawLevel(double speed, double bandwidth, StringRef label, StringRef cls) {
    double from = std::clamp(speed / bandwidth, kMinIntensity, kMaxIntensity);
    out << formatv("<line class=\"{0}\" x1=\"{1:f1}\" x2=\"{2}\" y1=\"{3:f1}\" y2=\"{3:f1}\"/>"
                   "<text class=\"tick\" text-anchor=\"end\" x=\"{2}\" y=\"{4:f1}\">{5}</text>",
                   cls, x(from), kWidth - kRight, y(speed), y(speed) + 15, escapeHtml(label));
  }

  static constexpr double kMinIntensity = 0.1, kMaxIntensity = 1000;
  raw_ostream &out;
  const CpuReport &cpu;
  double minSpeed = 1, maxSpeed = 10;
  SmallVector<Dot> dots;
};

StringRef boundText(const ReportOperation &op, Bound bound) {
  return bound == Bound::Memory ? "memory" : op.modelled ? "compute" : "not modelled";
}

} // namespace

void qwenc::drawRoofline(raw_ostream &out, const CpuReport &cpu) { RooflinePlot(out, cpu).draw(); }

void qwenc::drawOperations(raw_ostream &out, const ReportPhase &phase) {
  double longest = 0;
  for (const ReportOperation &op : phase.operations)
    longest = std::max(longest, op.share);
  out << "<ol class=\"ops\">";
  for (const ReportOperation &op : phase.operations) {
    StringRef bound = boundText(op, op.boundOne);
    bool isKnown = op.modelled || op.boundOne == Bound::Memory;
    std::string executions =
        op.executions > 1 ? formatv(" &times;&nbsp;{0}", op.executions).str() : "";
    std::string figures =
        isKnown ? formatv("<span class=\"num\">{0:f1} %</span><span class=\"num\">{1:f3} ms</span>",
                          100 * op.share, 1e3 * op.seconds)
                      .str()
                : "<span class=\"num\"></span><span class=\"num\">&ndash;</span>";
    out << formatv("<li title=\"{0}\"><span class=\"name\">{1}{2}</span><span class=\"bar\">"
                   "<i class=\"{3}\" style=\"width:{4:f1}%\"></i></span>{5}"
                   "<span class=\"bound\">{6}</span></li>",
                   escapeHtml(op.kernel), escapeHtml(op.name), executions, isKnown ? bound : "none",
                   longest > 0 ? 100 * op.share / longest : 0, figures,
                   op.boundAll == op.boundOne
                       ? bound.str()
                       : (bound + ", on all cores " + boundText(op, op.boundAll)).str())
               .str();
  }
  out << "</ol>";
}

void qwenc::drawMemory(raw_ostream &out, const CpuReport &cpu) {
  const ReportMemory &memory = cpu.memory;
  int64_t threads = cpu.facts.cores;
  struct Part {
    std::string name;
    int64_t bytes;
  };
  const Part parts[] = {
      {"weights", memory.weights},
      {formatv("KV cache, {0} positions of {1}", memory.kvPositions,
               formatBytes(double(memory.kvPerToken)))
           .str(),
       memory.kv()},
      {formatv("arena, {0} threads", threads).str(),
       memory.arenaShared + memory.arenaThread * threads},
      {"runtime, code, tokenizer, logits",
       memory.runtime + memory.code + memory.tokenizer + memory.logits},
  };
  double total = double(memory.total(threads));
  out << "<div class=\"stack\">";
  for (auto [index, part] : llvm::enumerate(parts))
    out << formatv("<i class=\"m{0}\" style=\"width:{1:f2}%\"></i>", index,
                   100 * double(part.bytes) / total);
  out << "</div><ul class=\"legend\">";
  for (auto [index, part] : llvm::enumerate(parts))
    out << formatv("<li><i class=\"m{0}\"></i>{1}: <b>{2}</b></li>", index, part.name,
                   formatBytes(double(part.bytes)));
  out << formatv("<li>together: <b>{0}</b></li></ul>", formatBytes(total));
}

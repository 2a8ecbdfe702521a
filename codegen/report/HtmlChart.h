//===- codegen/report/HtmlChart.h - the pictures of the report -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_REPORT_HTMLCHART_H
#define QWENC_CODEGEN_REPORT_HTMLCHART_H

#include "codegen/report/Report.h"
#include "llvm/Support/raw_ostream.h"

namespace qwenc {

/// Text as HTML shows it.
std::string escapeHtml(llvm::StringRef text);

/// An inline SVG: multiply-adds a second over multiply-adds a byte, both
/// logarithmic, under the roofs of all cores. A dot is an operation; its number
/// is its place in the phase.
void drawRoofline(llvm::raw_ostream &out, const CpuReport &cpu);

/// A bar for each operation of a phase, as long as its share of the time.
void drawOperations(llvm::raw_ostream &out, const ReportPhase &phase);

/// One bar of the memory's parts and a legend of their sizes.
void drawMemory(llvm::raw_ostream &out, const CpuReport &cpu);

/// "1.50 GB", "73.7 kB"
std::string formatBytes(double bytes);

/// "64 KiB", "1.25 MiB": the size of a cache.
std::string formatCache(int64_t bytes);

/// With the digits it needs: "2.5", "3", "281.6"
std::string formatNumber(double number);

} // namespace qwenc
#endif

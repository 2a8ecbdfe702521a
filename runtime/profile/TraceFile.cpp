//===- runtime/profile/TraceFile.cpp - steps for Perfetto and Chrome -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/profile/TraceFile.h"
#include "support/Json.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace qwenc::rt {
namespace {

void writeThreadName(JsonWriter &json, size_t thread) {
  json.beginObject();
  json.member("name", "thread_name");
  json.member("ph", "M");
  json.member("pid", 1);
  json.member("tid", thread);
  json.key("args");
  json.beginObject();
  json.member("name", "thread " + std::to_string(thread));
  json.endObject();
  json.endObject();
}

uint64_t firstBegin(std::span<const TracedPhase> phases) {
  uint64_t first = UINT64_MAX;
  for (const TracedPhase &phase : phases)
    for (const ThreadProfile &thread : phase.profiler->threads())
      if (!thread.slices.empty())
        first = std::min(first, thread.slices.front().begin);
  return first;
}

} // namespace

std::string traceJson(std::span<const TracedPhase> phases) {
  JsonWriter json;
  json.beginObject();
  json.member("displayTimeUnit", "ns");
  json.key("traceEvents");
  json.beginArray();
  const uint64_t first = firstBegin(phases);
  size_t named = 0;
  for (const TracedPhase &phase : phases) {
    const QwenModel &model = phase.profiler->model();
    const double micros = phase.profiler->clock().secondsPerTick() * 1e6;
    const std::span<const ThreadProfile> threads = phase.profiler->threads();
    for (; named < threads.size(); ++named)
      writeThreadName(json, named);
    for (size_t thread = 0; thread < threads.size(); ++thread)
      for (const ProfileSlice &slice : threads[thread].slices) {
        const size_t op = static_cast<size_t>(slice.op);
        json.beginObject();
        json.member("name", op < model.op_count ? model.ops[op].name : "wait");
        json.member("cat", phase.name);
        json.member("ph", "X");
        json.member("pid", 1);
        json.member("tid", thread);
        json.member("ts", static_cast<double>(slice.begin - first) * micros);
        json.member("dur", static_cast<double>(slice.end - slice.begin) * micros);
        json.endObject();
      }
  }
  json.endArray();
  json.endObject();
  return json.str() + "\n";
}

Result<void> writeTrace(const std::string &path, std::span<const TracedPhase> phases) {
  const std::string text = traceJson(phases);
  std::FILE *file = std::fopen(path.c_str(), "we");
  bool written = file && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  int error = errno;
  if (file && std::fclose(file) != 0 && written) {
    written = false;
    error = errno;
  }
  if (!written)
    return Failure{path + ": " + std::strerror(error)};
  return {};
}

} // namespace qwenc::rt

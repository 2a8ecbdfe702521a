//===- codegen/report/WriteJson.cpp - the report for programs --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/report/Report.h"

#include "support/Json.h"

using namespace qwenc;

namespace {

const char *boundName(const ReportOperation &op, Bound bound) {
  if (bound == Bound::Memory)
    return "memory";
  return op.modelled ? "compute" : "not modelled";
}

void writeOptional(JsonWriter &json, const char *name, std::optional<double> number) {
  json.key(name);
  if (number)
    json.value(*number);
  else
    json.null();
}

void writeCpu(JsonWriter &json, const CpuReport &cpu) {
  json.member("cpu", cpu.cpu);
  json.member("triple", cpu.triple);
  json.member("kernel_class", cpu.kernelClass);
  json.member("kernel_class_reason", cpu.classReason);
  json.key("machine");
  json.beginObject();
  json.member("name", std::string_view(cpu.facts.machine));
  json.member("known", cpu.facts.known);
  json.member("clock_ghz", cpu.machine.clockGHz);
  json.member("cores", cpu.facts.cores);
  json.member("bandwidth_gbs", cpu.machine.bandwidthGBs);
  json.member("bandwidth_source", cpu.bandwidthGiven ? "--bandwidth-gbs"
                                  : cpu.facts.known  ? "table"
                                                     : "default");
  json.member("l1_bytes", cpu.facts.caches.l1);
  json.member("l2_bytes", cpu.facts.caches.l2);
  json.member("l3_bytes", cpu.facts.l3);
  json.member("modelled_as", std::string_view(cpu.facts.modelAs));
  writeOptional(json, "peak_integer_macs_per_cycle", cpu.integerPeak);
  writeOptional(json, "peak_float_macs_per_cycle", cpu.floatPeak);
  json.endObject();
}

void writeMemory(JsonWriter &json, const CpuReport &cpu) {
  const ReportMemory &memory = cpu.memory;
  json.key("memory");
  json.beginObject();
  json.member("weights_bytes", memory.weights);
  json.member("kv_bytes_per_token", memory.kvPerToken);
  json.member("kv_positions", memory.kvPositions);
  json.member("kv_bytes", memory.kv());
  json.member("arena_shared_bytes", memory.arenaShared);
  json.member("arena_thread_bytes", memory.arenaThread);
  json.member("threads", cpu.facts.cores);
  json.member("code_bytes", memory.code);
  json.member("tokenizer_bytes", memory.tokenizer);
  json.member("logits_bytes", memory.logits);
  json.member("runtime_bytes", memory.runtime);
  json.member("total_bytes", memory.total(cpu.facts.cores));
  json.endObject();
}

void writePhase(JsonWriter &json, const ReportPhase &phase) {
  json.key(phase.name);
  json.beginObject();
  json.member("tokens", phase.tokens);
  json.member("position", phase.position);
  json.member("barriers", phase.barriers);
  json.member("seconds_one_core", phase.secondsOne);
  json.key("predicted");
  json.beginArray();
  for (const ReportPrediction &prediction : phase.predictions) {
    json.beginObject();
    json.member("cores", prediction.cores);
    json.member("tok_per_s", prediction.tokensPerSecond);
    json.endObject();
  }
  json.endArray();
  json.key("operations");
  json.beginArray();
  for (const ReportOperation &op : phase.operations) {
    json.beginObject();
    json.member("name", op.name);
    json.member("kernel", op.kernel);
    json.member("executions", op.executions);
    json.member("macs", op.macs);
    json.member("bytes", op.work.bytes);
    writeOptional(json, "cycles", op.modelled ? std::optional(op.work.cycles) : std::nullopt);
    json.member("seconds", op.seconds);
    json.member("share", op.share);
    json.member("bound", boundName(op, op.boundOne));
    json.member("bound_all_cores", boundName(op, op.boundAll));
    json.member("units", op.work.units);
    json.member("barriers", op.barriers);
    json.endObject();
  }
  json.endArray();
  json.endObject();
}

void writeChoice(JsonWriter &json, const ReportTileChoice &choice) {
  json.member("tile_reason", choice.why);
  json.key("tiles");
  json.beginArray();
  for (const ReportTileChoice::Tile &tile : choice.tiles) {
    json.beginObject();
    json.member("tile", tile.tile);
    if (tile.macsPerCycle > 0)
      json.member("macs_per_cycle", tile.macsPerCycle);
    json.endObject();
  }
  json.endArray();
}

void writeKernels(JsonWriter &json, const CpuReport &cpu) {
  json.key("kernels");
  json.beginArray();
  for (const ReportKernel &kernel : cpu.kernels) {
    json.beginObject();
    json.member("name", kernel.name);
    json.member("what", kernel.what);
    json.member("phase", kernel.phase);
    if (kernel.problem.empty()) {
      json.member("instructions", kernel.instructions);
      json.member("cycles", kernel.cycles);
      json.member("macs", kernel.macs);
      json.member("macs_per_cycle", kernel.macsPerCycle);
      writeOptional(json, "peak_share", kernel.peakShare);
    } else {
      json.member("problem", kernel.problem);
    }
    if (kernel.panelBytes) {
      json.member("panel_bytes", kernel.panelBytes);
      json.member("l1_working_set_bytes", kernel.l1Bytes);
      json.member("fits_l1", kernel.l1Bytes <= cpu.facts.caches.l1);
      json.member("l2_working_set_bytes", kernel.l2Bytes);
      json.member("fits_l2", kernel.l2Bytes <= cpu.facts.caches.l2);
    }
    if (kernel.choice)
      writeChoice(json, *kernel.choice);
    json.endObject();
  }
  json.endArray();
}

void writeTensors(JsonWriter &json, const std::vector<ReportTensor> &tensors) {
  json.key("tensors");
  json.beginArray();
  for (const ReportTensor &tensor : tensors) {
    json.beginObject();
    json.member("name", tensor.name);
    json.member("type", tensor.type);
    json.key("shape");
    json.beginArray();
    for (int64_t size : tensor.shape)
      json.value(size);
    json.endArray();
    json.member("layout", tensor.layout);
    json.member("bytes", tensor.bytes);
    json.member("prefill_kernel", tensor.prefillKernel);
    json.member("decode_kernel", tensor.decodeKernel);
    json.member("why", tensor.why);
    json.endObject();
  }
  json.endArray();
}

void writeChanges(JsonWriter &json, const std::vector<ReportChange> &changes) {
  json.key("changed_tensors");
  json.beginArray();
  for (const ReportChange &change : changes) {
    json.beginObject();
    json.member("name", change.name);
    json.member("from", change.from);
    json.member("to", change.to);
    json.member("error", change.error);
    writeOptional(json, "weighted_error", change.weightedError);
    writeOptional(json, "update_size", change.updateSize);
    writeOptional(json, "update_kept", change.updateKept);
    json.endObject();
  }
  json.endArray();
}

} // namespace

std::string qwenc::writeJson(const Report &report) {
  JsonWriter json;
  json.beginObject();
  json.member("schema", 1);
  // By these words a later run knows the file as one that it may replace.
  json.member("qwenc", "written by qwenc " + report.qwenc);
  json.member("note", "a model, not a measurement: see docs/report.md");
  json.member("model", report.model);
  json.member("arch", report.arch);
  if (!report.changes.empty())
    writeChanges(json, report.changes);
  json.key("cpus");
  json.beginArray();
  for (const CpuReport &cpu : report.cpus) {
    json.beginObject();
    writeCpu(json, cpu);
    writeMemory(json, cpu);
    json.key("phases");
    json.beginObject();
    writePhase(json, cpu.prefill);
    writePhase(json, cpu.decode);
    json.endObject();
    writeKernels(json, cpu);
    writeTensors(json, cpu.tensors);
    json.endObject();
  }
  json.endArray();
  json.endObject();
  return json.str() + "\n";
}

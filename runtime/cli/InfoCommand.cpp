//===- runtime/cli/InfoCommand.cpp - what this executable holds ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cli/Commands.h"
#include "runtime/cli/Console.h"
#include "runtime/core/ByteSize.h"
#include "support/Json.h"

#include <span>

namespace qwenc::rt {
namespace {

std::span<const QwenKernelSet> kernelSets(const QwenModel &model) {
  return {model.kernel_sets, model.kernel_set_count};
}

std::span<const QwenFormatCount> formats(const QwenModel &model) {
  return {model.formats, model.format_count};
}

/// `chosen` is null where no code fits this CPU.
std::string infoJson(const Program &program, const QwenKernelSet *chosen) {
  const QwenModel &model = program.model();
  JsonWriter json;
  json.beginObject();
  json.member("model", model.name);
  json.member("arch", model.arch);
  json.key("target");
  if (chosen)
    json.value(chosen->cpu);
  else
    json.null();
  json.key("targets");
  json.beginArray();
  for (const QwenKernelSet &set : kernelSets(model))
    json.value(set.cpu);
  json.endArray();
  json.key("kernel_class");
  if (chosen)
    json.value(chosen->kernel_class);
  else
    json.null();
  json.key("cpu_features");
  json.beginArray();
  for (const char *name : cpuFeatureNames(program.cpu().mask))
    json.value(name);
  json.endArray();
  json.member("sve_bits", program.cpu().sveVectorBits);
  json.member("vector_bits", chosen ? chosen->vector_bits : 0u);
  json.member("code_bytes", model.code_bytes);
  json.member("weights_bytes", program.payload().weights().size());
  json.member("tokenizer_bytes", program.payload().tokenizer().size());
  json.member("kv_bytes_per_token", model.kv_bytes_per_token);
  json.member("kv_type", model.kv_type);
  json.member("ctx_max", model.context_max);
  json.key("formats");
  json.beginObject();
  for (const QwenFormatCount &format : formats(model))
    json.member(format.type, format.tensors);
  json.endObject();
  json.member("weight_flags", model.weight_flags);
  json.member("source_sha256", model.source_sha256);
  json.member("qwenc", model.qwenc_version);
  json.member("flags", model.flags);
  json.member("llvm", model.llvm_version);
  json.member("halide", model.halide_version);
  json.member("schedule_sha256", model.schedule_sha256);
  json.endObject();
  return json.str() + "\n";
}

std::string infoText(const Program &program, const Result<const QwenKernelSet *> &chosen) {
  const QwenModel &model = program.model();
  std::string text;
  auto row = [&](const char *name, const std::string &value) {
    text += format("%-13s %s\n", name, value.c_str());
  };
  row("model", std::string(model.name) + " (" + model.arch + ")");
  row("shape",
      format("%u layers, %u wide, %u heads of %u (%u for keys and values), %u tokens", model.layers,
             model.hidden, model.heads, model.head_dim, model.kv_heads, model.vocab));
  row("context", format("up to %u tokens, %s of cache (%s) each", model.context_max,
                        formatBytes(model.kv_bytes_per_token).c_str(), model.kv_type));
  std::string list;
  for (const QwenFormatCount &entry : formats(model))
    list += format("%s%u x %s", list.empty() ? "" : ", ", entry.tensors, entry.type);
  row("weights", formatBytes(program.payload().weights().size()) + ": " + list);
  if (*model.weight_flags)
    row("made with", model.weight_flags);
  row("tokenizer", formatBytes(program.payload().tokenizer().size()));
  row("code", formatBytes(model.code_bytes));
  for (const QwenKernelSet &set : kernelSets(model)) {
    std::string needs = joinCpuFeatureNames(set.features);
    row("target", std::string(set.cpu) + " (" + set.kernel_class + ")" +
                      (needs.empty() ? "" : ", needs " + needs) +
                      (set.vector_bits ? format(" at %u bits", set.vector_bits) : "") +
                      (chosen && *chosen == &set ? "  <- used here" : ""));
  }
  if (!chosen)
    row("here", chosen.error());
  const uint32_t sveBits = program.cpu().sveVectorBits;
  row("this CPU", joinCpuFeatureNames(program.cpu().mask) +
                      (sveBits ? format(" (SVE vectors of %u bits)", sveBits) : ""));
  row("source", std::string("SHA-256 ") + model.source_sha256);
  row("compiled by", std::string("qwenc ") + model.qwenc_version + ", LLVM " + model.llvm_version +
                         ", Halide " + model.halide_version);
  row("flags", model.flags);
  row("schedule", std::string("SHA-256 ") + model.schedule_sha256);
  return text;
}

} // namespace

int infoCommand(const Program &program) {
  Result<const QwenKernelSet *> chosen = program.kernels();
  writeOut(program.options().json ? infoJson(program, chosen ? *chosen : nullptr)
                                  : infoText(program, chosen));
  return ExitDone;
}

} // namespace qwenc::rt

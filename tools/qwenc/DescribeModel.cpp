//===- tools/qwenc/DescribeModel.cpp - what an executable says of its model ===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/DescribeModel.h"

#include "codegen/image/TokenizerSection.h"
#include "support/Sha256.h"
#include "tools/qwenc/RecordedFlags.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace qwenc;

Expected<std::vector<uint8_t>> qwenc::makeTokenizerImage(const Model &model,
                                                         const Options &options) {
  const TokenizerSpec &spec = model.tokenizer;
  TokenizerInput input;
  input.pre = preTokenizerName(spec.pre);
  for (StringRef token : spec.tokens)
    input.tokens.push_back(token);
  for (TokenType type : spec.types)
    input.types.push_back(static_cast<int32_t>(type));
  for (StringRef merge : spec.merges)
    input.merges.push_back(merge);
  auto idOf = [](std::optional<uint32_t> id) { return id ? static_cast<int32_t>(*id) : -1; };
  input.bos = idOf(spec.bos);
  input.eos = idOf(spec.eos);
  input.eot = idOf(spec.eot);
  input.endTokens.assign(spec.endOfGeneration.begin(), spec.endOfGeneration.end());
  input.addBos = spec.addBos;
  input.addEos = spec.addEos;
  input.modelName = model.config.name;
  if (spec.chatTemplate)
    input.chatTemplate = *spec.chatTemplate;
  auto image = buildTokenizerImage(input);
  if (!image)
    return createStringError(options.model + ": " + image.error());
  return std::move(*image);
}

/// The flags of a command line that makes the same executable of the same files:
/// CPUs by their names.
static std::string describeFlags(const Options &options, ArrayRef<KernelSet> sets) {
  // A CPU with vectors of unknown length has several sets.
  SetVector<StringRef> cpus;
  for (const KernelSet &set : sets)
    cpus.insert(set.target.getCpu());
  std::string text = "--mcpu=" + join(cpus, ",");
  // What changed weights stands in weight_flags, with files by their hashes.
  for (const std::string &flag : options.flags)
    if (!is_contained({"calibrate", "imatrix", "lora", "quantize", "scales"}, flagName(flag)))
      text += " " + flag;
  return text;
}

/// Of the schedules' texts without names and places of values: an edited dump makes
/// another one, an unedited one does not.
static std::string hashSchedules(ArrayRef<mlir::OwningOpRef<mlir::ModuleOp>> schedules) {
  std::string text;
  raw_string_ostream stream(text);
  for (const auto &scheduled : schedules)
    scheduled.get().print(stream, mlir::OpPrintingFlags().printGenericOpForm());
  return sha256Hex(text);
}

static uint64_t numberOf(mlir::ModuleOp scheduled, StringRef name) {
  return scheduled->getAttrOfType<mlir::IntegerAttr>(name).getInt();
}

ModelDescription qwenc::describeModel(const Model &model, const Options &options,
                                      ArrayRef<mlir::OwningOpRef<mlir::ModuleOp>> schedules,
                                      ArrayRef<KernelSet> sets) {
  mlir::ModuleOp scheduled = schedules.front().get();
  auto attr = scheduled->getAttrOfType<ir::ModelAttr>(ir::kModelAttrName);
  ModelDescription result;
  result.name =
      attr.getName().empty() ? sys::path::stem(options.model).str() : attr.getName().str();
  result.arch = attr.getArch().str();
  result.version = QWENC_VERSION;
  result.flags = describeFlags(options, sets);
  result.scheduleSha256 = hashSchedules(schedules);
  result.vocab = attr.getVocab();
  result.hidden = attr.getHidden();
  result.layers = attr.getLayers();
  result.heads = attr.getHeads();
  result.kvHeads = attr.getKvHeads();
  result.headDim = attr.getHeadDim();
  // An edited dump may differ from --kv-type.
  scheduled.walk([&](ir::AttentionOp op) {
    result.cache = static_cast<KVFormat>(op.getKv().getType().getFormat());
  });
  result.contextMax = attr.getContextLength();
  result.maxBatch = numberOf(scheduled, ir::kMaxBatchAttrName);
  result.arenaShared = result.arenaThread = 0;
  for (const auto &each : schedules) {
    result.arenaShared =
        std::max(result.arenaShared, numberOf(each.get(), ir::kArenaSharedAttrName));
    result.arenaThread =
        std::max(result.arenaThread, numberOf(each.get(), ir::kArenaThreadAttrName));
  }
  result.barriersPerToken = sets.front().barriersPerToken;
  for (const KernelSet &set : sets)
    result.ticketCounters = std::max(result.ticketCounters, set.ticketCounters);
  result.codeBytes = 0;
  for (const KernelSet &set : sets)
    for (const std::string &file : set.files)
      result.codeBytes += file.size();
  MapVector<StringRef, uint32_t> formats;
  for (const TensorInfo &tensor : model.tensors)
    ++formats[typeName(tensor.type)];
  for (auto &[type, count] : formats)
    result.formats.push_back({type.str(), count});
  return result;
}

static std::string absolute(StringRef path) {
  SmallString<128> result(path);
  if (sys::fs::make_absolute(result))
    return path.str(); // there is no current folder
  return result.str().str();
}

DumpHeader qwenc::describeSource(const Options &options, StringRef cpu, StringRef sha256) {
  DumpHeader header;
  header.model = absolute(options.model);
  header.sha256 = sha256.str();
  header.command = "qwenc " + quoteForShell(header.model);
  if (!options.compileFrom.empty()) {
    std::string dumps;
    for (const std::string &dump : options.compileFrom)
      dumps += (dumps.empty() ? "" : ",") + absolute(dump);
    header.command += " --compile-from=" + quoteForShell(dumps);
    for (const std::string &flag : options.flags)
      header.command += " " + quoteForShell(flag);
    return header;
  }
  // One text is of one CPU, whatever stood beside it.
  bool hasCpu = false;
  for (const std::string &flag : options.command) {
    if (flagName(flag) == "mcpu" && std::exchange(hasCpu, true))
      continue;
    header.command += " " + quoteForShell(flagName(flag) == "mcpu" ? "--mcpu=" + cpu.str() : flag);
  }
  if (!hasCpu && options.triple.empty())
    header.command += " --mcpu=native";
  return header;
}

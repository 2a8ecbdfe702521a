//===- tools/qwenc/TransformModel.cpp - --lora, --quantize -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/TransformModel.h"

#include "frontend/transforms/LoraMerge.h"
#include "frontend/transforms/Requantize.h"
#include "support/Sha256.h"
#include "tools/qwenc/Calibrate.h"
#include "tools/qwenc/Compile.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace qwenc;

Expected<const uint8_t *> ModelWeights::read(StringRef tensor, ArrayRef<int64_t> rows,
                                             std::vector<uint8_t> &buffer) const {
  auto bytes = transforms.rows(model, model.tensor(tensor), rows, buffer);
  if (!bytes)
    return createStringError(options.model + ": " + toString(bytes.takeError()));
  return bytes;
}

void ModelWeights::release(StringRef tensor) const {
  transforms.finish(model, model.tensor(tensor));
}

static void note(const Options &options, const Twine &text) {
  if (!options.quiet)
    errs() << "qwenc: note: " << text << "\n";
}

static Error requantize(const Model &model, const Options &options, ModelTransforms &transforms) {
  auto spec = parseQuantizeSpec(options.quantize);
  if (!spec)
    return make_error<UsageError>("--quantize: " + toString(spec.takeError()));
  auto notes = planRequantization(*spec, model, transforms);
  if (!notes)
    return make_error<UsageError>("--quantize: " + toString(notes.takeError()));
  if (notes->alreadySmaller)
    note(options, "--quantize: " + Twine(notes->alreadySmaller) +
                      (notes->alreadySmaller == 1 ? " tensor keeps its type, which has"
                                                  : " tensors keep their types, which have") +
                      " no more bits than the one asked for");
  for (const std::string &name : notes->unfitting)
    note(options, "--quantize: " + name +
                      " keeps its type: its rows are no whole number of groups of the other");
  return Error::success();
}

static Error mergeAdapters(const Model &model, const Options &options,
                           ModelTransforms &transforms) {
  for (const LoraOption &lora : options.loras) {
    auto adapter = readLoraAdapter(lora.path, model);
    if (!adapter)
      return adapter.takeError();
    planLoraMerge(std::move(*adapter), lora.scale, model, transforms);
  }
  if (Error error = checkEncoders(model, transforms))
    return createStringError(options.model + ": " + toString(std::move(error)));
  return Error::success();
}

/// The profile that weighs errors of columns, if one is wanted.
static Expected<std::optional<ActivationStats>>
readProfile(mlir::MLIRContext &context, const Model &model, const Options &options) {
  if (options.calibrate.empty() && options.imatrix.empty())
    return std::nullopt;
  auto stats = options.imatrix.empty() ? calibrate(context, model, options)
                                       : readImportanceMatrix(options.imatrix);
  if (!stats)
    return stats.takeError();
  return std::optional(std::move(*stats));
}

Expected<ModelTransforms> qwenc::transformModel(mlir::MLIRContext &context, Model &model,
                                                const Options &options) {
  ModelTransforms transforms;
  if (!options.quantize.empty())
    if (Error error = requantize(model, options, transforms))
      return error;
  if (Error error = mergeAdapters(model, options, transforms))
    return error;
  if (transforms.empty())
    return transforms;
  auto stats = readProfile(context, model, options);
  if (!stats)
    return stats.takeError();
  const ActivationStats *profile = *stats ? &**stats : nullptr;
  if (Error error = planScales(options.scales, profile, model, transforms))
    return createStringError((options.imatrix.empty() ? options.model : options.imatrix) + ": " +
                             toString(std::move(error)));
  transforms.apply(model);
  return transforms;
}

/// The first 12 digits of a file's SHA-256.
static Expected<std::string> fingerprint(const std::string &path) {
  auto file = MappedFile::open(path);
  if (!file)
    return createStringError(file.error());
  return sha256Hex({&*file, 1}).substr(0, 12);
}

Expected<std::string> qwenc::describeTransforms(const Options &options) {
  std::string text;
  auto add = [&](const Twine &flag) { text += (text.empty() ? "" : " ") + flag.str(); };
  for (const LoraOption &lora : options.loras) {
    bool isFolder = sys::fs::is_directory(lora.path);
    auto print = fingerprint(lora.path + (isFolder ? "/adapter_model.safetensors" : ""));
    auto config = isFolder ? fingerprint(lora.path + "/adapter_config.json") : std::string();
    if (!print)
      return joinErrors(print.takeError(), config.takeError());
    if (!config)
      return config.takeError();
    add("--lora=sha256:" + *print + (config->empty() ? "" : "+" + *config) + ":" +
        formatv("{0}", lora.scale).str());
  }
  if (!options.quantize.empty())
    add("--quantize=" + options.quantize);
  if (options.scales)
    add(*options.scales == ScaleRule::Fitted ? "--scales=fitted" : "--scales=absmax");
  for (auto [flag, path] :
       {std::pair("--calibrate=", &options.calibrate), std::pair("--imatrix=", &options.imatrix)}) {
    if (path->empty())
      continue;
    auto print = fingerprint(*path);
    if (!print)
      return print.takeError();
    add(Twine(flag) + "sha256:" + *print);
  }
  return text;
}

/// Updates of which less than this share is left after rounding are worth a warning.
constexpr double kKeptEnough = 0.5;

/// Most of an update that is smaller than half a step rounds back to what was there.
static void warnOfLostUpdates(ArrayRef<TensorChange> changes) {
  const TensorChange *worst = nullptr;
  unsigned count = 0;
  for (const TensorChange &change : changes)
    if (change.updateKept && *change.updateKept < kKeptEnough) {
      ++count;
      if (!worst || *change.updateKept < *worst->updateKept)
        worst = &change;
    }
  if (worst)
    errs() << formatv("qwenc: warning: --lora: the update of {0} {1} vanishes, being below half a "
                      "quantisation step; {2} % of it is left in {3} ({4}); start from a file of "
                      "more bits, which --quantize can make smaller\n",
                      count, count == 1 ? "tensor" : "tensors",
                      int(100 * std::max(0.0, *worst->updateKept) + 0.5), worst->name,
                      typeName(worst->to));
}

void qwenc::reportTransforms(const ModelTransforms &transforms, const Options &options,
                             Report &report) {
  std::vector<TensorChange> changes = transforms.changes();
  MapVector<std::pair<GgmlType, GgmlType>, unsigned> counts;
  const TensorChange *worst = nullptr;
  for (const TensorChange &change : changes) {
    report.changes.push_back({change.name, typeName(change.from), typeName(change.to), change.error,
                              change.weightedError, change.updateSize, change.updateKept});
    ++counts[{change.from, change.to}];
    if (!worst || change.error > worst->error)
      worst = &change;
  }
  if (!worst)
    return;
  std::string kinds;
  for (auto &[types, count] : counts)
    kinds += formatv("{0}{1} {2} to {3}", kinds.empty() ? "" : ", ", count, typeName(types.first),
                     typeName(types.second));
  note(options, formatv("weights encoded anew: {0}; largest relative error {1:f4} ({2})", kinds,
                        worst->error, worst->name)
                    .str());
  warnOfLostUpdates(changes);
}

//===- tools/qwenc/VerifyAccuracy.cpp - --verify ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   TEXT --executable tokenize--> tokens, in chunks --executable perplexity--> logits
//                                        |                                       | compare
//                                        +--interpreter, graph level, fp32--> logits
//===----------------------------------------------------------------------===//
#include "tools/qwenc/VerifyAccuracy.h"

#include "frontend/LoadModel.h"
#include "frontend/import/ImportModel.h"
#include "passes/verify/CheckSemantics.h"
#include "tools/qwenc/RunProgram.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

#include <cmath>

using namespace llvm;
using namespace qwenc;
using ir::reference::Tensor;
using mlir::ModuleOp;

/// As much of the text as is scored: whole chunks, of which the second half counts.
static constexpr int64_t kChunk = 512, kMostChunks = 4;
/// A shorter text is one chunk, if it has so many tokens.
static constexpr int64_t kFewest = 16;

ir::reference::WeightReader qwenc::readWeightsOf(const Model &model) {
  return [&model](ir::TensorOp tensor, int64_t row, MutableArrayRef<float> out) {
    const TensorInfo &info = model.tensor(tensor.getSymName());
    dequantizeRow(info.type, model.data(info).data() + row * info.rowBytes(), out.data(),
                  out.size());
    return Error::success();
  };
}

namespace {

using Chunk = std::vector<int32_t>;

class Verifier {
public:
  Verifier(const Options &options, const Model &model, StringRef executable, ModuleOp scheduled)
      : options(options), model(model), executable(executable), scheduled(scheduled),
        vocab(model.config.vocab) {}

  Error run(raw_ostream &out);

private:
  Error readText();
  Expected<Tensor> executableLogits();
  Expected<Tensor> referenceLogits(ModuleOp graph, const Model &source);
  void compare(const Tensor &expected, const Tensor &got);
  Error compareLayers(ModuleOp graph);
  Error checkLimits() const;

  /// The tokens as the model gets them: a chunk begins with BOS if its texts do.
  Chunk inputOf(const Chunk &chunk) const {
    Chunk input = chunk;
    if (model.tokenizer.addBos && model.tokenizer.bos)
      input.front() = int32_t(*model.tokenizer.bos);
    return input;
  }
  /// Positions context/2 .. context-2 of a chunk are scored.
  int64_t scoredRows() const { return context - 1 - context / 2; }

  const Options &options;
  const Model &model;
  StringRef executable;
  ModuleOp scheduled;
  int64_t vocab, context = 0;
  std::vector<Chunk> chunks;
  double kl = 0, top1 = 0, compiledLoss = 0, referenceLoss = 0;
  std::vector<std::pair<double, int64_t>> layerErrors; // largest first
};

Error Verifier::readText() {
  auto answer = runProgram(options, executable, {"tokenize", "-f", options.verifyText, "--json"});
  if (!answer)
    return answer.takeError();
  auto value = json::parse(*answer);
  if (!value)
    return value.takeError();
  Chunk tokens;
  for (const json::Value &token : *value->getAsObject()->getArray("tokens"))
    tokens.push_back(int32_t(token.getAsInteger().value_or(0)));
  if (int64_t(tokens.size()) < kFewest)
    return createStringError("--verify=" + options.verifyText + ": has " + Twine(tokens.size()) +
                             " tokens; take a text of at least " + Twine(kFewest));
  context =
      std::min<int64_t>({kChunk, int64_t(tokens.size()), int64_t(model.config.contextLength)});
  for (int64_t i = 0; i + context <= int64_t(tokens.size()) && i < kMostChunks * context;
       i += context)
    chunks.emplace_back(tokens.begin() + i, tokens.begin() + i + context);
  return Error::success();
}

Expected<Tensor> Verifier::executableLogits() {
  auto tokens = TemporaryFile::create("tokens"), logits = TemporaryFile::create("logits");
  if (!tokens || !logits)
    return joinErrors(tokens.takeError(), logits.takeError());
  std::string text;
  for (const Chunk &chunk : chunks)
    for (int32_t token : chunk)
      text += std::to_string(token) + " ";
  if (Error error = tokens->write(text))
    return error;
  auto answer =
      runProgram(options, executable,
                 {"perplexity", tokens->path(), "--tokens", "--ctx", std::to_string(context),
                  "--chunks", std::to_string(chunks.size()), "--logits", logits->path()});
  if (!answer)
    return answer.takeError();
  auto bytes = logits->read();
  if (!bytes)
    return bytes.takeError();
  Tensor result(int64_t(chunks.size()) * scoredRows(), vocab);
  if (bytes->size() != result.values.size() * sizeof(float))
    return createStringError("--verify: the executable wrote " + Twine(bytes->size()) +
                             " bytes of logits, not " +
                             Twine(result.values.size() * sizeof(float)));
  std::memcpy(result.values.data(), bytes->data(), bytes->size());
  return result;
}

Expected<Tensor> Verifier::referenceLogits(ModuleOp graph, const Model &source) {
  ir::reference::InterpreterOptions interpret;
  interpret.roundCache = false;
  auto interpreter = ir::reference::Interpreter::create(graph, readWeightsOf(source), interpret);
  if (!interpreter)
    return interpreter.takeError();
  Tensor result;
  for (const Chunk &chunk : chunks) {
    interpreter->reset();
    Chunk input = inputOf(chunk);
    input.pop_back(); // nothing follows the last
    auto logits =
        interpreter->step(graph.lookupSymbol<mlir::func::FuncOp>("step"), input, context / 2);
    if (!logits)
      return logits.takeError();
    result.cols = logits->cols;
    result.rows += logits->rows;
    append_range(result.values, logits->values);
  }
  return result;
}

void Verifier::compare(const Tensor &expected, const Tensor &got) {
  kl = meanKL(expected, got);
  auto loss = [&](ArrayRef<float> row, int32_t target) {
    double top = *llvm::max_element(row), sum = 0;
    for (float x : row)
      sum += std::exp(x - top);
    return std::log(sum) + top - row[target];
  };
  int64_t agree = 0;
  for (int64_t r = 0; r < expected.rows; ++r) {
    const Chunk &chunk = chunks[r / scoredRows()];
    int32_t target = chunk[context / 2 + r % scoredRows() + 1];
    ArrayRef<float> a = expected.row(r), b = got.row(r);
    agree += llvm::max_element(a) - a.begin() == llvm::max_element(b) - b.begin();
    referenceLoss += loss(a, target) / double(expected.rows);
    compiledLoss += loss(b, target) / double(expected.rows);
  }
  top1 = double(agree) / double(expected.rows);
}

/// Is the value what a layer hands on?
static bool isLayerOutput(mlir::Operation *op) {
  return op &&
         llvm::any_of(op->getUsers(), [](mlir::Operation *user) { return isa<ir::YieldOp>(user); });
}

Error Verifier::compareLayers(ModuleOp graph) {
  std::vector<Tensor> inputs(model.config.layers), outputs(model.config.layers);
  Chunk input = inputOf(chunks.front());
  int64_t rows = input.size();
  auto interpret = [&](ModuleOp module, StringRef function,
                       ir::reference::InterpreterOptions settings) -> Error {
    auto interpreter =
        ir::reference::Interpreter::create(module, readWeightsOf(model), std::move(settings));
    if (!interpreter)
      return interpreter.takeError();
    // No logits: the layers alone.
    auto done = interpreter->step(module.lookupSymbol<mlir::func::FuncOp>(function), input, rows);
    return done ? Error::success() : done.takeError();
  };
  ir::reference::InterpreterOptions plain;
  plain.roundCache = false;
  plain.enterLayer = [&](int64_t layer, Tensor &stream) { inputs[layer] = stream; };
  plain.probe = [&](mlir::Operation *op, int64_t layer, const Tensor &value) {
    if (layer >= 0 && isLayerOutput(op))
      outputs[layer] = value;
  };
  if (Error error = interpret(graph, "step", std::move(plain)))
    return error;

  ir::reference::InterpreterOptions rounded;
  rounded.enterLayer = [&](int64_t layer, Tensor &stream) { stream = inputs[layer]; };
  rounded.probe = [&](mlir::Operation *op, int64_t layer, const Tensor &value) {
    if (layer < 0 || !isLayerOutput(op))
      return;
    double error = 0, size = 0;
    for (auto [a, b] : llvm::zip_equal(outputs[layer].values, value.values)) {
      error += (double(a) - b) * (double(a) - b);
      size += double(a) * a;
    }
    layerErrors.push_back({size > 0 ? std::sqrt(error / size) : 0, layer});
  };
  if (Error error = interpret(scheduled, "prefill", std::move(rounded)))
    return error;
  llvm::sort(layerErrors, [](auto &a, auto &b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  return Error::success();
}

Error Verifier::checkLimits() const {
  std::string text;
  raw_string_ostream stream(text);
  if (options.maxKl && !(kl <= *options.maxKl))
    stream << "mean KL " << format("%.3g", kl)
           << " is above --max-kl=" << format("%g", *options.maxKl);
  else if (options.minTop1 && !(top1 >= *options.minTop1))
    stream << "both rank the same token first at " << format("%.4g", top1)
           << " of the positions, below --min-top1=" << format("%g", *options.minTop1);
  if (text.empty())
    return Error::success();
  return createStringError("--verify: " + text + "; nothing was written");
}

Error Verifier::run(raw_ostream &out) {
  if (Error error = readText())
    return error;
  // Anew: --quantize and --lora have changed what `model` says of its tensors.
  StringRef reference = options.verifyAgainst.empty() ? options.model : options.verifyAgainst;
  auto source = loadModel(reference);
  if (!source)
    return source.takeError();
  if ((*source)->config.vocab != model.config.vocab)
    return createStringError("--verify-against=" + reference + ": has " +
                             Twine((*source)->config.vocab) + " tokens, " + options.model +
                             " has " + Twine(model.config.vocab));
  auto graph = importModel(*scheduled.getContext(), **source);
  auto got = executableLogits();
  if (!got)
    return got.takeError();
  auto expected = referenceLogits(*graph, **source);
  if (!expected)
    return expected.takeError();
  compare(*expected, *got);
  bool hasFileWeights = options.quantize.empty() && options.loras.empty();
  if (hasFileWeights)
    if (Error error = compareLayers(*importModel(*scheduled.getContext(), model)))
      return error;

  out << formatv("verify      {0}: {1} x {2} tokens, {3} positions\n", options.verifyText,
                 chunks.size(), context, expected->rows);
  out << formatv("reference   fp32 interpreter, {0}\n", sys::path::filename(reference));
  out << formatv("mean KL     {0:f5} nats\n", kl);
  out << formatv("top-1       {0:f2} % the same\n", 100 * top1);
  out << formatv("perplexity  {0:f4} compiled, {1:f4} reference\n", std::exp(compiledLoss),
                 std::exp(referenceLoss));
  if (hasFileWeights) {
    out << "layers      largest relative errors of their own, as interpreted:";
    for (auto &[error, layer] : ArrayRef(layerErrors).take_front(5))
      out << formatv("{0} {1} ({2:e1})", layer == layerErrors.front().second ? "" : ",", layer,
                     error);
    out << "\n";
  }
  return checkLimits();
}

} // namespace

Error qwenc::verifyAccuracy(const Options &options, const Model &model, StringRef executable,
                            ModuleOp scheduled, raw_ostream &out) {
  return Verifier(options, model, executable, scheduled).run(out);
}

//===- tools/qwenc/Calibrate.cpp - --calibrate -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/Calibrate.h"

#include "frontend/import/ImportModel.h"
#include "ir/reference/Interpreter.h"
#include "runtime/tokenizer/Tokenizer.h"

#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace qwenc;
using namespace qwenc::ir::reference;

static Expected<std::vector<int32_t>> readTokens(const Model &model, const Options &options) {
  auto text = MemoryBuffer::getFile(options.calibrate);
  if (!text)
    return createStringError(options.calibrate + ": " + text.getError().message());
  auto image = makeTokenizerImage(model, options);
  if (!image)
    return image.takeError();
  auto tokenizer = rt::Tokenizer::open(*image);
  if (!tokenizer)
    return createStringError(options.model + ": " + tokenizer.error());
  std::vector<int32_t> tokens;
  // A token is hardly ever longer than 16 bytes on average: more text is no use.
  StringRef head = (*text)->getBuffer().take_front(16 * kCalibrationTokens);
  tokenizer->encode({head.data(), head.size()}, /*parseSpecial=*/false, tokens);
  tokens.resize(std::min(tokens.size(), kCalibrationTokens));
  if (tokens.empty())
    return createStringError(options.calibrate + ": holds no text");
  return tokens;
}

/// The matrices of the file that `value` is multiplied with.
static void forEachMatrix(mlir::Value value, int64_t layer, function_ref<void(StringRef)> visit) {
  for (mlir::Operation *user : value.getUsers()) {
    auto matmul = dyn_cast<ir::MatmulOp>(user);
    if (!matmul || matmul.getInput() != value)
      continue;
    auto matrix = matmul.getWeight().getDefiningOp<ir::DequantizeOp>();
    mlir::Operation *handle = matrix.getWeight().getDefiningOp();
    if (auto shared = dyn_cast<ir::WeightOp>(handle))
      visit(shared.getTensor());
    else
      visit(("blk." + Twine(layer) + "." + cast<ir::LayerWeightOp>(handle).getTensor()).str());
  }
}

Expected<ActivationStats> qwenc::calibrate(mlir::MLIRContext &context, const Model &model,
                                           const Options &options) {
  auto tokens = readTokens(model, options);
  if (!tokens)
    return tokens.takeError();
  mlir::OwningOpRef<mlir::ModuleOp> module = importModel(context, model, ir::KVFormat::F16);
  ActivationStats stats;
  InterpreterOptions settings;
  settings.probe = [&](mlir::Operation *op, int64_t layer, const ir::reference::Tensor &value) {
    // Operations without a result are stores.
    for (mlir::Value result : op->getResults())
      forEachMatrix(result, layer, [&](StringRef name) {
        for (int64_t row = 0; row < value.rows; ++row)
          stats.add(name, value.row(row));
      });
  };
  auto reader = [&](ir::TensorOp tensor, int64_t row, MutableArrayRef<float> out) {
    const TensorInfo &info = model.tensor(tensor.getSymName());
    dequantizeRow(info.type, model.data(info).data() + row * info.rowBytes(), out.data(),
                  out.size());
    return Error::success();
  };
  auto interpreter = Interpreter::create(*module, reader, settings);
  if (!interpreter)
    return interpreter.takeError();
  auto step = cast<mlir::FunctionOpInterface>(module->lookupSymbol("step"));
  for (ArrayRef<int32_t> rest = *tokens; !rest.empty();) {
    ArrayRef<int32_t> chunk = rest.take_front(kCalibrationChunk);
    interpreter->reset();
    auto logits = interpreter->step(step, chunk);
    if (!logits)
      return createStringError("internal error: " + toString(logits.takeError()));
    rest = rest.drop_front(chunk.size());
  }
  for (const TensorInfo &tensor : model.tensors)
    model.drop(tensor);
  stats.finish();
  return stats;
}

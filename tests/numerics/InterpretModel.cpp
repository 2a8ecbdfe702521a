//===- tests/numerics/InterpretModel.cpp - a model file, interpreted ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   interpret-model MODEL.gguf TOKENS OUT.f32 [--level=graph|fused|scheduled]
//                   [--mcpu=NAME] [--batch=N] [--cache=f32|f16|q8]
//                   [--routes=OUT.u8]
//
// Takes a GGUF file through the frontend, the importer and the passes up to a
// level, and runs the result by ir/reference. TOKENS holds token numbers; OUT
// gets the logits of all positions, little-endian fp32; OUT.u8 of each step and
// layer the experts of each token, most wanted first, a byte each.
//===----------------------------------------------------------------------===//
#include "frontend/LoadModel.h"
#include "frontend/import/ImportModel.h"
#include "ir/reference/Interpreter.h"
#include "ir/target/ResolveTarget.h"
#include "passes/Pipelines.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace qwenc;
using namespace qwenc::ir::reference;
namespace cl = llvm::cl;

namespace {

llvm::Expected<std::vector<int32_t>> readTokens(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return llvm::createStringError(buffer.getError(), path);
  std::vector<int32_t> tokens;
  llvm::StringRef rest = (*buffer)->getBuffer().ltrim();
  while (!rest.empty()) {
    int32_t token;
    if (rest.consumeInteger(10, token))
      return llvm::createStringError(path + ": not a list of numbers");
    tokens.push_back(token);
    rest = rest.ltrim();
  }
  return tokens;
}

WeightReader readerOf(const Model &model) {
  return [&model](ir::TensorOp tensor, int64_t row, llvm::MutableArrayRef<float> out) {
    const TensorInfo &info = model.tensor(tensor.getSymName());
    dequantizeRow(info.type, model.data(info).data() + row * info.rowBytes(), out.data(),
                  out.size());
    return llvm::Error::success();
  };
}

struct Settings {
  std::string model, tokens, out, level, cpu, cache, routes;
  unsigned batch;
};

/// Runs the passes up to the level.
llvm::Error lower(mlir::ModuleOp module, const Settings &settings) {
  mlir::PassManager passes(module.getContext());
  if (settings.level != "graph")
    buildFusionPipeline(passes);
  if (settings.level == "scheduled") {
    auto target = ir::resolveTarget(module.getContext(), {settings.cpu, "", ""});
    if (!target)
      return target.takeError();
    module->setAttr(ir::kTargetAttrName, *target);
    buildSchedulePipeline(passes);
  }
  if (failed(mlir::verify(module)) || failed(passes.run(module)))
    return llvm::createStringError("the module is wrong, see above");
  return llvm::Error::success();
}

/// The function that takes `count` tokens: scheduling makes two of the step.
mlir::FunctionOpInterface functionFor(mlir::ModuleOp module, size_t count) {
  const char *name = !module.lookupSymbol("prefill") ? "step" : count == 1 ? "decode" : "prefill";
  return llvm::cast<mlir::FunctionOpInterface>(module.lookupSymbol(name));
}

llvm::Error interpret(const Settings &settings) {
  auto tokens = readTokens(settings.tokens);
  if (!tokens)
    return tokens.takeError();
  auto model = loadModel(settings.model);
  if (!model)
    return model.takeError();

  mlir::MLIRContext context;
  context.loadDialect<ir::QwenDialect, mlir::func::FuncDialect>();
  mlir::OwningOpRef<mlir::ModuleOp> module =
      importModel(context, **model, settings.cache == "q8" ? ir::KVFormat::Q8 : ir::KVFormat::F16);
  if (llvm::Error error = lower(*module, settings))
    return error;

  InterpreterOptions options;
  options.roundCache = settings.cache != "f32";
  std::string routes;
  options.probe = [&](mlir::Operation *op, int64_t, const Tensor &value) {
    if (llvm::isa<ir::TopExpertsOp>(op))
      for (int64_t row = 0; row < value.rows; ++row)
        for (float number : value.row(row).take_front(value.cols / 2))
          routes += char(number);
  };
  auto interpreter = Interpreter::create(*module, readerOf(**model), options);
  if (!interpreter)
    return interpreter.takeError();

  std::error_code code;
  llvm::raw_fd_ostream out(settings.out, code);
  if (code)
    return llvm::createStringError(code, settings.out);
  llvm::ArrayRef<int32_t> rest = *tokens;
  while (!rest.empty()) {
    auto batch = rest.take_front(settings.batch);
    auto logits = interpreter->step(functionFor(*module, batch.size()), batch);
    if (!logits)
      return logits.takeError();
    out.write(reinterpret_cast<const char *>(logits->values.data()),
              logits->values.size() * sizeof(float));
    rest = rest.drop_front(batch.size());
  }
  if (settings.routes.empty())
    return llvm::Error::success();
  llvm::raw_fd_ostream file(settings.routes, code);
  if (code)
    return llvm::createStringError(code, settings.routes);
  file << routes;
  return llvm::Error::success();
}

} // namespace

int main(int argc, char **argv) {
  cl::opt<std::string> model(cl::Positional, cl::Required, cl::desc("MODEL.gguf"));
  cl::opt<std::string> tokens(cl::Positional, cl::Required, cl::desc("TOKENS"));
  cl::opt<std::string> out(cl::Positional, cl::Required, cl::desc("OUT.f32"));
  cl::opt<std::string> level("level", cl::init("graph"), cl::desc("graph, fused, scheduled"));
  cl::opt<std::string> cpu("mcpu", cl::init("native"), cl::desc("CPU to schedule for"));
  cl::opt<std::string> cache("cache", cl::init("f16"), cl::desc("f32, f16 or q8"));
  cl::opt<unsigned> batch("batch", cl::init(512), cl::desc("tokens of a step"));
  cl::opt<std::string> routes("routes", cl::desc("OUT.u8: the experts of the tokens"));
  cl::ParseCommandLineOptions(argc, argv);
  ir::initializeTargets();
  llvm::ExitOnError exitOnError("interpret-model: error: ");
  exitOnError(interpret({model, tokens, out, level, cpu, cache, routes, batch}));
  return 0;
}

//===- ir/reference/Interpreter.cpp - runs a module in fp32 ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/reference/Interpreter.h"

#include "ir/reference/StepEvaluator.h"

using namespace llvm;
using namespace mlir;

namespace qwenc::ir::reference {

Interpreter::Interpreter(ModuleOp module, ModelAttr model, WeightReader reader,
                         InterpreterOptions options)
    : module(module), model(model), symbols(module), reader(std::move(reader)),
      options(std::move(options)), caches(model.getLayers()) {}

Expected<Interpreter> Interpreter::create(ModuleOp module, WeightReader reader,
                                          InterpreterOptions options) {
  auto model = module->getAttrOfType<ModelAttr>(kModelAttrName);
  if (!model)
    return createStringError("the module has no " + kModelAttrName);
  return Interpreter(module, model, std::move(reader), std::move(options));
}

Expected<Tensor> Interpreter::step(FunctionOpInterface function, ArrayRef<int32_t> tokens,
                                   int64_t logitBegin) {
  if (tokens.empty() || logitBegin < 0 || logitBegin > int64_t(tokens.size()))
    return createStringError("a step takes at least one token and a first row of logits in it");
  for (int32_t token : tokens)
    if (token < 0 || token >= model.getVocab())
      return createStringError("token " + Twine(token) + " is not in the vocabulary of " +
                               Twine(model.getVocab()));
  StepEvaluator evaluator(*this, tokens, logitBegin);
  Expected<Tensor> result = evaluator.runFunction(function);
  nextPosition += tokens.size();
  return result;
}

void Interpreter::reset() {
  caches.assign(caches.size(), {});
  nextPosition = 0;
}

} // namespace qwenc::ir::reference

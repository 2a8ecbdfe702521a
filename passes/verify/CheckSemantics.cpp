//===- passes/verify/CheckSemantics.cpp - do passes keep what a model means ===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/verify/CheckSemantics.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <random>

using namespace llvm;
using namespace qwenc;
using ir::reference::Tensor;
using mlir::ModuleOp;

/// Tokens that go through as one batch, and then one by one.
static constexpr int64_t kBatch = 9, kSingle = 3;

double qwenc::meanKL(const Tensor &expected, const Tensor &other) {
  double total = 0;
  for (int64_t r = 0; r < expected.rows; ++r) {
    ArrayRef<float> p = expected.row(r), q = other.row(r);
    auto logSum = [](ArrayRef<float> row) {
      double top = *llvm::max_element(row), sum = 0;
      for (float x : row)
        sum += std::exp(x - top);
      return top + std::log(sum);
    };
    double logP = logSum(p), logQ = logSum(q);
    for (auto [a, b] : llvm::zip_equal(p, q))
      total += std::exp(a - logP) * ((a - logP) - (b - logQ));
  }
  return expected.rows ? total / double(expected.rows) : 0;
}

Expected<Tensor> SemanticsCheck::run(ModuleOp module, bool rounded) const {
  ir::reference::InterpreterOptions options;
  options.roundCache = options.quantizeActivations = rounded;
  auto interpreter = ir::reference::Interpreter::create(module, reader, options);
  if (!interpreter)
    return interpreter.takeError();
  auto model = module->getAttrOfType<ir::ModelAttr>(ir::kModelAttrName);
  auto function = [&](StringRef scheduled) {
    auto step = module.lookupSymbol<mlir::func::FuncOp>("step");
    return step ? step : module.lookupSymbol<mlir::func::FuncOp>(scheduled);
  };
  std::mt19937 random(7);
  std::vector<int32_t> tokens(kBatch + kSingle);
  for (int32_t &token : tokens)
    token = int32_t(random() % uint64_t(model.getVocab()));
  auto batch = interpreter->step(function("prefill"), ArrayRef(tokens).take_front(kBatch));
  if (!batch)
    return batch.takeError();
  Tensor all = std::move(*batch);
  for (int64_t i = kBatch; i < kBatch + kSingle; ++i) {
    auto one = interpreter->step(function("decode"), tokens[i]);
    if (!one)
      return one.takeError();
    llvm::append_range(all.values, one->values);
    all.rows += one->rows;
  }
  return all;
}

Expected<SemanticsCheck::Results> SemanticsCheck::interpret(ModuleOp module) const {
  auto exact = run(module, /*rounded=*/false);
  if (!exact)
    return exact.takeError();
  auto executed = run(module, /*rounded=*/true);
  if (!executed)
    return executed.takeError();
  return Results{std::move(*exact), std::move(*executed)};
}

Error SemanticsCheck::compare(ModuleOp module, StringRef pass) {
  auto after = interpret(module);
  if (!after)
    return createStringError(pass +
                             ": its result cannot be interpreted: " + toString(after.takeError()));
  if (!before) {
    before = std::move(*after);
    return Error::success();
  }
  ++comparisons;
  if (after->exact.values.size() != before->exact.values.size())
    return createStringError(pass + ": changed the number of logits");
  double largest = 0, difference = 0;
  for (auto [a, b] : llvm::zip_equal(before->exact.values, after->exact.values)) {
    largest = std::max(largest, std::fabs(double(a)));
    // In this order a NaN counts as a difference.
    difference = std::fabs(double(a) - b) <= difference ? difference : std::fabs(double(a) - b);
  }
  double kl = meanKL(before->executed, after->executed);
  if (!(difference <= tolerance.exact * largest))
    return createStringError(
        formatv("{0}: changed what the model means: a logit differs by {1:e2} where the largest "
                "is {2:e2} (tolerance {3:e0} of it)",
                pass, difference, largest, tolerance.exact)
            .str());
  if (!(kl <= tolerance.executed))
    return createStringError(formatv("{0}: lost too much by rounding: mean KL {1:e2} (tolerance "
                                     "{2:e0})",
                                     pass, kl, tolerance.executed)
                                 .str());
  before = std::move(*after);
  return Error::success();
}

namespace {
struct CompareAfterPass : mlir::PassInstrumentation {
  CompareAfterPass(SemanticsCheck &check, std::string &failure) : check(check), failure(failure) {}

  void runBeforePass(mlir::Pass *, mlir::Operation *op) override { compare(op, "the module"); }
  void runAfterPass(mlir::Pass *pass, mlir::Operation *op) override {
    compare(op, pass->getArgument());
    isFirst = false;
  }
  void compare(mlir::Operation *op, StringRef pass) {
    auto module = dyn_cast<ModuleOp>(op);
    bool isBefore = pass == "the module";
    // What stands before the second pass was compared after the first.
    if (!module || !failure.empty() || (isBefore && !isFirst))
      return;
    if (!module.lookupSymbol<mlir::func::FuncOp>("step") &&
        !module.lookupSymbol<mlir::func::FuncOp>("decode"))
      return;
    if (Error error = check.compare(module, pass))
      failure = toString(std::move(error));
  }

  SemanticsCheck &check;
  std::string &failure;
  bool isFirst = true;
};
} // namespace

void SemanticsCheck::attach(mlir::PassManager &pm) {
  pm.addInstrumentation(std::make_unique<CompareAfterPass>(*this, failure));
}

Error SemanticsCheck::takeFailure() {
  std::string text = std::exchange(failure, {});
  return text.empty() ? Error::success() : createStringError(text);
}

//===- ir/reference/StepEvaluator.cpp - one step of the interpreter -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/reference/StepEvaluator.h"

#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace llvm;
using namespace mlir;

namespace qwenc::ir::reference {

//===----------------------------------------------------------------------===//
// Control
//===----------------------------------------------------------------------===//

Expected<Tensor> StepEvaluator::runFunction(FunctionOpInterface function) {
  if (function.isExternal())
    return createStringError("@" + function.getName() + " has no body");
  return runBlock(function.getFunctionBody().front());
}

Expected<Tensor> StepEvaluator::runBlock(Block &block) {
  for (Operation &op : block.without_terminator())
    if (Error error = evaluate(op))
      return error;
  Operation *end = block.getTerminator();
  auto value = end->getNumOperands() ? tensors.find(end->getOperand(0)) : tensors.end();
  if (value == tensors.end())
    return createStringError(end->getName().getStringRef() + " hands on no activation");
  return value->second;
}

Error StepEvaluator::evaluate(Operation &op) {
  return llvm::TypeSwitch<Operation *, Error>(&op)
      .Case<WeightOp, LayerWeightOp, DequantizeOp>([&](auto) -> Error {
        // A handle, decoded or not, stands for the tensor of the file.
        Expected<TensorOp> tensor = bindWeight(op);
        return tensor ? Error::success() : tensor.takeError();
      })
      // A row too many changes no other.
      .Case<BarrierOp, TrimLastLayerOp>([](auto) { return Error::success(); })
      .Case<EmbedOp, RMSNormOp, HeadNormOp, MatmulOp, AddBiasOp, RopeOp, KVStoreOp, AttentionOp,
            SwiGLUOp, AddOp, TopExpertsOp, ExpertMatmulOp, ExpertSumOp, SigmoidGateOp, LogitRowsOp,
            LayersOp, QuantizeOp, NormQuantizeOp, LinearOp, QKVProjectOp, GateUpOp, ExpertGateUpOp,
            ExpertDownOp>([&](auto known) { return eval(known); })
      .Default([](Operation *unknown) {
        return createStringError("the interpreter has no meaning for " +
                                 unknown->getName().getStringRef());
      });
}

Error StepEvaluator::eval(LayersOp op) {
  Tensor stream = get(op.getInput());
  for (auto [index, body] : enumerate(op.getOrder())) {
    layer = index;
    if (session.options.enterLayer)
      session.options.enterLayer(layer, stream);
    Block &block = op.getBodies()[body].front();
    tensors[block.getArgument(0)] = std::move(stream);
    Expected<Tensor> next = runBlock(block);
    if (!next)
      return next.takeError();
    stream = std::move(*next);
  }
  layer = -1;
  return set(op.getOutput(), std::move(stream));
}

Error StepEvaluator::set(Value name, Tensor value) {
  if (session.options.probe)
    session.options.probe(name.getDefiningOp(), layer, value);
  tensors[name] = std::move(value);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

Expected<TensorOp> StepEvaluator::bindWeight(Operation &op) {
  if (auto dequantize = dyn_cast<DequantizeOp>(op))
    return weights[dequantize.getOutput()] = weights.lookup(dequantize.getWeight());
  std::string name;
  if (auto shared = dyn_cast<WeightOp>(op))
    name = shared.getTensor();
  else
    name = ("blk." + Twine(layer) + "." + cast<LayerWeightOp>(op).getTensor()).str();
  auto tensor = session.symbols.lookup<TensorOp>(name);
  if (!tensor)
    return createStringError("no qwen.tensor is named '" + name + "'");
  return weights[op.getResult(0)] = tensor;
}

Expected<std::vector<float>> StepEvaluator::vectorOf(Value weight) {
  TensorOp tensor = weights.lookup(weight);
  std::vector<float> values(tensor.getType().getRows());
  if (Error error = session.reader(tensor, 0, values))
    return error;
  return values;
}

Expected<Tensor> StepEvaluator::project(const Tensor &input, Value weight) {
  TensorOp tensor = weights.lookup(weight);
  return matmul(
      input, tensor.getType().getRows(),
      [&](int64_t row, MutableArrayRef<float> out) {
        return session.reader(tensor, getSourceRow(tensor, row), out);
      },
      session.options.threads);
}

/// An expert's matrix begins at the row where the one before ends.
Expected<Tensor> StepEvaluator::projectExperts(Value input, Value routes, bool parts,
                                               Value weight) {
  TensorOp tensor = weights.lookup(weight);
  int64_t rows = tensor.getType().getRows();
  return expertMatmul(get(input), get(routes), parts, rows,
                      [&](int64_t expert, int64_t row, MutableArrayRef<float> out) {
                        return session.reader(tensor, expert * rows + row, out);
                      });
}

//===----------------------------------------------------------------------===//
// Graph level
//===----------------------------------------------------------------------===//

Error StepEvaluator::eval(EmbedOp op) {
  TensorOp tensor = weights.lookup(op.getWeight());
  Tensor out(tokens.size(), tensor.getType().getCols());
  for (auto [index, token] : enumerate(tokens))
    if (Error error = session.reader(tensor, token, out.row(index)))
      return error;
  return set(op.getOutput(), std::move(out));
}

Error StepEvaluator::normalize(Tensor &x, Value weight, double eps) {
  Expected<std::vector<float>> values = vectorOf(weight);
  if (!values)
    return values.takeError();
  rmsNorm(x, *values, eps);
  return Error::success();
}

Error StepEvaluator::eval(RMSNormOp op) {
  Tensor x = get(op.getInput());
  if (Error error = normalize(x, op.getWeight(), op.getEps().convertToDouble()))
    return error;
  return set(op.getOutput(), std::move(x));
}

Error StepEvaluator::eval(HeadNormOp op) {
  Tensor x = get(op.getInput());
  if (Error error = normalize(x, op.getWeight(), op.getEps().convertToDouble()))
    return error;
  return set(op.getOutput(), std::move(x));
}

Error StepEvaluator::eval(MatmulOp op) {
  Expected<Tensor> out = project(get(op.getInput()), op.getWeight());
  return out ? set(op.getOutput(), std::move(*out)) : out.takeError();
}

Error StepEvaluator::eval(AddBiasOp op) {
  Expected<std::vector<float>> bias = vectorOf(op.getBias());
  if (!bias)
    return bias.takeError();
  Tensor x = get(op.getInput());
  addBias(x, *bias);
  return set(op.getOutput(), std::move(x));
}

void StepEvaluator::applyRope(Tensor &x, int64_t headDim, RopeMode mode) {
  RopeScaling scaling = session.model.getScaling();
  double theta = session.model.getRopeTheta().getValueAsDouble();
  rope(x,
       {ropeFrequencies(headDim, theta, scaling), ropeMagnitude(scaling), mode == RopeMode::Pairs},
       session.nextPosition);
}

Error StepEvaluator::eval(RopeOp op) {
  Tensor x = get(op.getInput());
  applyRope(x, op.getHeadDim(), op.getMode());
  return set(op.getOutput(), std::move(x));
}

void StepEvaluator::store(KVType kv, Tensor keys, Tensor values) {
  bool rounds = session.options.roundCache, isQ8 = kv.getFormat() == KVFormat::Q8;
  if (rounds && isQ8)
    for (Tensor *x : {&keys, &values})
      roundToQ8Cache(*x, kv.getHeadDim());
  storeKV(session.caches[layer], keys, values, /*half=*/rounds && !isQ8);
}

Error StepEvaluator::eval(KVStoreOp op) {
  store(op.getKv().getType(), get(op.getKeys()), get(op.getValues()));
  return Error::success();
}

Error StepEvaluator::eval(AttentionOp op) {
  KVType kv = op.getKv().getType();
  return set(op.getOutput(),
             attention(get(op.getQuery()), session.caches[layer], kv.getHeads(), kv.getHeadDim()));
}

Error StepEvaluator::eval(SwiGLUOp op) {
  Tensor gate = get(op.getGate());
  swiglu(gate, get(op.getUp()));
  return set(op.getOutput(), std::move(gate));
}

Error StepEvaluator::eval(AddOp op) {
  Tensor sum = get(op.getLhs());
  add(sum, get(op.getRhs()));
  return set(op.getOutput(), std::move(sum));
}

Error StepEvaluator::eval(TopExpertsOp op) {
  return set(op.getRoutes(), topExperts(get(op.getLogits()), op.getRoutes().getType().getUsed(),
                                        op.getNormalized()));
}

Error StepEvaluator::eval(ExpertMatmulOp op) {
  Expected<Tensor> out =
      projectExperts(op.getInput(), op.getRoutes(), /*parts=*/false, op.getWeight());
  return out ? set(op.getOutput(), std::move(*out)) : out.takeError();
}

Error StepEvaluator::eval(ExpertSumOp op) {
  Expected<Tensor> out =
      projectExperts(op.getInput(), op.getRoutes(), /*parts=*/true, op.getWeight());
  return out ? set(op.getOutput(), weightedSum(*out, get(op.getRoutes()))) : out.takeError();
}

Error StepEvaluator::eval(SigmoidGateOp op) {
  Expected<std::vector<float>> weight = vectorOf(op.getWeight());
  if (!weight)
    return weight.takeError();
  Tensor value = get(op.getValue());
  sigmoidGate(value, get(op.getInput()), *weight);
  return set(op.getOutput(), std::move(value));
}

Error StepEvaluator::eval(LogitRowsOp op) {
  Tensor all = get(op.getInput());
  Tensor kept(all.rows - logitBegin, all.cols);
  for (int64_t r = 0; r < kept.rows; ++r)
    llvm::copy(all.row(r + logitBegin), kept.row(r).begin());
  return set(op.getOutput(), std::move(kept));
}

//===----------------------------------------------------------------------===//
// Fused level
//===----------------------------------------------------------------------===//

void StepEvaluator::quantize(Tensor &x, mlir::Type type) const {
  auto q8 = dyn_cast<Q8Type>(type);
  if (q8 && session.options.quantizeActivations)
    quantizeDequantize(x, q8.getGroup());
}

Error StepEvaluator::eval(QuantizeOp op) {
  Tensor x = get(op.getInput());
  quantize(x, op.getOutput().getType());
  return set(op.getOutput(), std::move(x));
}

Error StepEvaluator::eval(NormQuantizeOp op) {
  Tensor x = get(op.getInput());
  if (Error error = normalize(x, op.getWeight(), op.getEps().convertToDouble()))
    return error;
  quantize(x, op.getOutput().getType());
  return set(op.getOutput(), std::move(x));
}

Error StepEvaluator::eval(LinearOp op) {
  Expected<Tensor> out = project(get(op.getInput()), op.getWeight());
  if (!out)
    return out.takeError();
  if (op.getBias()) {
    Expected<std::vector<float>> bias = vectorOf(op.getBias());
    if (!bias)
      return bias.takeError();
    addBias(*out, *bias);
  }
  if (op.getResidual())
    add(*out, get(op.getResidual()));
  return set(op.getOutput(), std::move(*out));
}

Error StepEvaluator::finishHeads(Tensor &x, Value bias, Value norm, QKVProjectOp op, bool rotates) {
  if (bias) {
    Expected<std::vector<float>> values = vectorOf(bias);
    if (!values)
      return values.takeError();
    addBias(x, *values);
  }
  if (norm)
    if (Error error = normalize(x, norm, op.getEps()->convertToDouble()))
      return error;
  if (rotates)
    applyRope(x, op.getHeadDim(), op.getMode());
  return Error::success();
}

Error StepEvaluator::eval(QKVProjectOp op) {
  Tensor input = get(op.getInput());
  Expected<Tensor> q = project(input, op.getWq());
  if (!q)
    return q.takeError();
  Expected<Tensor> k = project(input, op.getWk());
  if (!k)
    return k.takeError();
  Expected<Tensor> v = project(input, op.getWv());
  if (!v)
    return v.takeError();
  if (Error error = finishHeads(*q, op.getBq(), op.getQNorm(), op, true))
    return error;
  if (Error error = finishHeads(*k, op.getBk(), op.getKNorm(), op, true))
    return error;
  if (Error error = finishHeads(*v, op.getBv(), Value(), op, false))
    return error;
  store(op.getKv().getType(), std::move(*k), std::move(*v));
  return set(op.getQuery(), std::move(*q));
}

Error StepEvaluator::eval(GateUpOp op) {
  Tensor input = get(op.getInput());
  Expected<Tensor> gate = project(input, op.getGate());
  if (!gate)
    return gate.takeError();
  Expected<Tensor> up = project(input, op.getUp());
  if (!up)
    return up.takeError();
  swiglu(*gate, *up);
  quantize(*gate, op.getOutput().getType());
  return set(op.getOutput(), std::move(*gate));
}

Error StepEvaluator::eval(ExpertGateUpOp op) {
  Expected<Tensor> gate =
      projectExperts(op.getInput(), op.getRoutes(), /*parts=*/false, op.getGate());
  if (!gate)
    return gate.takeError();
  Expected<Tensor> up = projectExperts(op.getInput(), op.getRoutes(), /*parts=*/false, op.getUp());
  if (!up)
    return up.takeError();
  swiglu(*gate, *up);
  quantize(*gate, op.getOutput().getType());
  return set(op.getOutput(), std::move(*gate));
}

Error StepEvaluator::eval(ExpertDownOp op) {
  Expected<Tensor> products =
      projectExperts(op.getInput(), op.getRoutes(), /*parts=*/true, op.getWeight());
  if (!products)
    return products.takeError();
  Tensor sum = weightedSum(*products, get(op.getRoutes()));
  add(sum, get(op.getResidual()));
  return set(op.getOutput(), std::move(sum));
}

} // namespace qwenc::ir::reference

//===- frontend/import/ImportModel.cpp - from a checked model to IR --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Qwen, Qwen2, Qwen3 and Llama are one graph; where they differ, ModelConfig says so.
// loadModel has checked that every tensor named here exists and fits.
//===----------------------------------------------------------------------===//
#include "frontend/import/ImportModel.h"

#include "ir/kernels/FormatTraits.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace qwenc;

/// loadModel lets supported types through only.
static ir::Format formatOf(GgmlType type) { return static_cast<ir::Format>(weightFormatFor(type)); }

ir::WeightType qwenc::importedType(MLIRContext &context, const TensorInfo &tensor) {
  SmallVector<int64_t> shape(tensor.shape.begin(), tensor.shape.end());
  return ir::WeightType::get(&context, shape, formatOf(tensor.type));
}

namespace {

class Importer {
public:
  Importer(MLIRContext &context, const Model &model, ir::KVFormat cache)
      : model(model), config(model.config), cache(cache), builder(&context) {}

  OwningOpRef<ModuleOp> run() {
    OwningOpRef<ModuleOp> module = ModuleOp::create(builder.getUnknownLoc());
    (*module)->setAttr(ir::kModelAttrName, modelAttr());
    builder.setInsertionPointToStart(module->getBody());
    declareTensors();
    buildStep();
    return module;
  }

private:
  ir::ModelAttr modelAttr() {
    return ir::ModelAttr::get(builder.getContext(), config.name, architectureName(config.arch),
                              config.hidden, config.layers, config.heads, config.kvHeads,
                              config.headDim, config.ffn, config.vocab, config.contextLength,
                              builder.getF64FloatAttr(config.ropeTheta), ropeMode(), eps(),
                              ropeScalingAttr());
  }

  /// Null for plain RoPE.
  ir::RopeScalingAttr ropeScalingAttr() {
    const RopeScaling &scaling = config.ropeScaling;
    if (scaling == RopeScaling())
      return {};
    auto number = [&](double value) { return builder.getF64FloatAttr(value); };
    return ir::RopeScalingAttr::get(
        builder.getContext(), number(scaling.factor), number(scaling.extrapolation),
        scaling.originalContext, number(scaling.betaFast), number(scaling.betaSlow),
        number(scaling.attentionFactor),
        scaling.factors.empty() ? DenseF32ArrayAttr()
                                : builder.getDenseF32ArrayAttr(scaling.factors));
  }

  ir::RopeMode ropeMode() const {
    return config.ropeInterleaved ? ir::RopeMode::Pairs : ir::RopeMode::Halves;
  }
  FloatAttr eps() { return builder.getF64FloatAttr(config.rmsEps); }

  //===--------------------------------------------------------------------===//
  // Tensors
  //===--------------------------------------------------------------------===//

  ir::WeightType weightType(const TensorInfo &tensor) {
    return importedType(*builder.getContext(), tensor);
  }

  Location nameLoc(StringRef name) { return NameLoc::get(builder.getStringAttr(name)); }

  /// The names of a layer's tensors, without `blk.<i>.`, in order of use.
  SmallVector<StringRef> layerTensors() const {
    SmallVector<StringRef> names = {"attn_norm.weight", "attn_q.weight", "attn_k.weight",
                                    "attn_v.weight"};
    if (config.qkvBias)
      names.append({"attn_q.bias", "attn_k.bias", "attn_v.bias"});
    if (config.qkNorm)
      names.append({"attn_q_norm.weight", "attn_k_norm.weight"});
    names.append({"attn_output.weight", "ffn_norm.weight"});
    if (!config.experts)
      names.append({"ffn_gate.weight", "ffn_up.weight", "ffn_down.weight"});
    else
      names.push_back("ffn_gate_inp.weight");
    if (config.sharedExpert)
      names.append({"ffn_gate_shexp.weight", "ffn_up_shexp.weight", "ffn_gate_inp_shexp.weight",
                    "ffn_down_shexp.weight"});
    if (config.experts)
      names.append({"ffn_gate_exps.weight", "ffn_up_exps.weight", "ffn_down_exps.weight"});
    return names;
  }

  static std::string layerName(uint32_t layer, StringRef name) {
    return ("blk." + Twine(layer) + "." + name).str();
  }

  void declareTensors() {
    auto declare = [&](StringRef name) {
      const TensorInfo &tensor = model.tensor(name);
      auto op = ir::TensorOp::create(builder, nameLoc(name), name, tensor.fileOffset,
                                     weightType(tensor), IntegerAttr());
      if (model.files.size() > 1)
        op.setPart(tensor.part);
    };
    declare("token_embd.weight");
    for (uint32_t layer = 0; layer < config.layers; ++layer)
      for (StringRef name : layerTensors())
        declare(layerName(layer, name));
    declare("output_norm.weight");
    if (!config.tiedHead)
      declare("output.weight");
  }

  //===--------------------------------------------------------------------===//
  // Graph
  //===--------------------------------------------------------------------===//

  RankedTensorType rows(int64_t cols) {
    return RankedTensorType::get({ShapedType::kDynamic, cols}, builder.getF32Type());
  }

  Value weight(StringRef name) {
    const TensorInfo &tensor = model.tensor(name);
    return ir::WeightOp::create(builder, nameLoc(name), weightType(tensor),
                                FlatSymbolRefAttr::get(builder.getContext(), name));
  }

  Value layerWeight(StringRef name) {
    const TensorInfo &tensor = model.tensor(layerName(exemplar, name));
    return ir::LayerWeightOp::create(builder, nameLoc(name), weightType(tensor), name);
  }

  Value matmul(Value input, Value weight) {
    auto type = cast<ir::WeightType>(weight.getType());
    auto floats = RankedTensorType::get(type.getShape(), builder.getF32Type());
    Location loc = weight.getLoc();
    Value matrix = ir::DequantizeOp::create(builder, loc, floats, weight);
    return ir::MatmulOp::create(builder, loc, rows(type.getRows()), input, matrix);
  }

  Value norm(Value input, Value weight) {
    return ir::RMSNormOp::create(builder, weight.getLoc(), input.getType(), input, weight, eps());
  }

  /// A projection of attention up to its bias and head norm: `name` is attn_q,
  /// attn_k or attn_v.
  Value project(Value input, StringRef name) {
    Value result = matmul(input, layerWeight((name + ".weight").str()));
    if (config.qkvBias) {
      Value bias = layerWeight((name + ".bias").str());
      result = ir::AddBiasOp::create(builder, bias.getLoc(), result.getType(), result, bias);
    }
    if (config.qkNorm && name != "attn_v") {
      Value scale = layerWeight((name + "_norm.weight").str());
      result =
          ir::HeadNormOp::create(builder, scale.getLoc(), result.getType(), result, scale, eps());
    }
    return result;
  }

  Value rotate(Value input, StringRef name) {
    return ir::RopeOp::create(builder, nameLoc(name), input.getType(), input, ropeMode(),
                              config.headDim);
  }

  Value buildLayer(Value stream) {
    Value x = norm(stream, layerWeight("attn_norm.weight"));
    Value q = rotate(project(x, "attn_q"), "rope_q");
    Value k = rotate(project(x, "attn_k"), "rope_k");
    Value v = project(x, "attn_v");
    auto kvType = ir::KVType::get(builder.getContext(), config.kvHeads, config.headDim, cache);
    Value kv = ir::KVStoreOp::create(builder, nameLoc("kv_store"), kvType, k, v);
    Value heads = ir::AttentionOp::create(builder, nameLoc("attention"), q.getType(), q, kv);
    Value attended = matmul(heads, layerWeight("attn_output.weight"));
    stream = add(stream, attended, "attn_residual");

    x = norm(stream, layerWeight("ffn_norm.weight"));
    if (config.experts)
      return buildExperts(stream, x);
    Value gate = matmul(x, layerWeight("ffn_gate.weight"));
    Value hidden = swiglu(gate, matmul(x, layerWeight("ffn_up.weight")), "swiglu");
    return add(stream, matmul(hidden, layerWeight("ffn_down.weight")), "ffn_residual");
  }

  Value swiglu(Value gate, Value up, StringRef name) {
    return ir::SwiGLUOp::create(builder, nameLoc(name), gate.getType(), gate, up);
  }
  Value add(Value stream, Value part, StringRef name) {
    return ir::AddOp::create(builder, nameLoc(name), stream.getType(), stream, part);
  }

  /// The shared expert, if there is one, before the others: its first half needs
  /// the same barrier as the router's logits. The gate of its result acts on its
  /// hidden row, where it is the same factor.
  Value buildExperts(Value stream, Value x) {
    Value logits = matmul(x, layerWeight("ffn_gate_inp.weight"));
    Value shared;
    if (config.sharedExpert) {
      Value gate = matmul(x, layerWeight("ffn_gate_shexp.weight"));
      shared = swiglu(gate, matmul(x, layerWeight("ffn_up_shexp.weight")), "swiglu_shexp");
    }
    auto type = ir::RoutesType::get(builder.getContext(), config.expertsUsed, config.experts);
    Value routes = ir::TopExpertsOp::create(builder, nameLoc("routes"), type, logits,
                                            config.expertsNormalized);
    if (config.sharedExpert) {
      Value gate = layerWeight("ffn_gate_inp_shexp.weight");
      shared = ir::SigmoidGateOp::create(builder, gate.getLoc(), shared.getType(), shared, x, gate);
      stream = add(stream, matmul(shared, layerWeight("ffn_down_shexp.weight")), "shexp_residual");
    }
    Type parts = rows(int64_t(config.expertsUsed) * config.expertFfn);
    auto project = [&](StringRef name) -> Value {
      Value weight = layerWeight(name);
      return ir::ExpertMatmulOp::create(builder, weight.getLoc(), parts, x, routes, weight);
    };
    Value gate = project("ffn_gate_exps.weight");
    Value hidden = swiglu(gate, project("ffn_up_exps.weight"), "swiglu_exps");
    Value down = layerWeight("ffn_down_exps.weight");
    Value sum =
        ir::ExpertSumOp::create(builder, down.getLoc(), stream.getType(), hidden, routes, down);
    return add(stream, sum, "ffn_residual");
  }

  Value buildLayers(Value stream) {
    // Layers whose tensors have the same formats run the same body.
    SmallVector<SmallVector<GgmlType>> signatures;
    SmallVector<uint32_t> exemplars;
    SmallVector<int64_t> order;
    for (uint32_t layer = 0; layer < config.layers; ++layer) {
      SmallVector<GgmlType> signature;
      for (StringRef name : layerTensors())
        signature.push_back(model.tensor(layerName(layer, name)).type);
      auto found = llvm::find(signatures, signature);
      order.push_back(found - signatures.begin());
      if (found == signatures.end()) {
        signatures.push_back(signature);
        exemplars.push_back(layer);
      }
    }
    auto layers = ir::LayersOp::create(builder, nameLoc("layers"), stream.getType(), stream, order,
                                       exemplars.size());
    OpBuilder::InsertionGuard guard(builder);
    for (auto [body, layer] : llvm::zip_equal(layers.getBodies(), exemplars)) {
      exemplar = layer;
      Block &block = body.emplaceBlock();
      Value input = block.addArgument(stream.getType(), layers.getLoc());
      builder.setInsertionPointToStart(&block);
      ir::YieldOp::create(builder, layers.getLoc(), buildLayer(input));
    }
    return layers.getOutput();
  }

  void buildStep() {
    auto tokens = RankedTensorType::get({ShapedType::kDynamic}, builder.getI32Type());
    auto type = builder.getFunctionType({tokens}, {rows(config.vocab)});
    auto step = func::FuncOp::create(builder, nameLoc("step"), "step", type);
    builder.setInsertionPointToStart(step.addEntryBlock());

    Value embedding = weight("token_embd.weight");
    Value stream = ir::EmbedOp::create(builder, embedding.getLoc(), rows(config.hidden),
                                       step.getArgument(0), embedding);
    stream = buildLayers(stream);
    Value wanted =
        ir::LogitRowsOp::create(builder, nameLoc("logit_rows"), stream.getType(), stream);
    Value x = norm(wanted, weight("output_norm.weight"));
    Value logits = matmul(x, config.tiedHead ? embedding : weight("output.weight"));
    func::ReturnOp::create(builder, nameLoc("logits"), logits);
  }

  const Model &model;
  const ModelConfig &config;
  const ir::KVFormat cache;
  OpBuilder builder;
  /// A layer that runs the body being built.
  uint32_t exemplar = 0;
};

} // namespace

OwningOpRef<ModuleOp> qwenc::importModel(MLIRContext &context, const Model &model,
                                         ir::KVFormat cache) {
  return Importer(context, model, cache).run();
}

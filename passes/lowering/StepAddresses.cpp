//===- passes/lowering/StepAddresses.cpp - where a step's values lie -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lowering/StepBuilder.h"

#include "ir/kernels/FormatTraits.h"
#include "ir/kernels/RopeTables.h"

using namespace mlir;
using namespace qwenc;

Value StepBuilder::slotAddress(Operation *op, unsigned index) {
  auto slot = cast<ir::SlotAttr>(op->getAttrOfType<ArrayAttr>(ir::kSlotsAttrName)[index]);
  return offset(slot.getSpace() == ir::Space::Shared ? sharedArena : threadArena, slot.getOffset());
}

Value StepBuilder::address(Value value) {
  if (auto found = addresses.find(value); found != addresses.end())
    return found->second;
  // Emitted where it is used: a pointer cached from inside a loop would not
  // dominate a use after it.
  auto result = cast<OpResult>(value);
  return slotAddress(result.getOwner(), result.getResultNumber());
}

Value Q8Address::sums(ir::WeightType weight) const {
  switch (formatTraits(static_cast<WeightFormat>(weight.getFormat())).tokenSums()) {
  case TokenSums::None:
    return neg8;
  case TokenSums::Halves:
    return halves;
  case TokenSums::Scaled:
    return scaled;
  }
  llvm_unreachable("not a kind of sums");
}

Q8Address StepBuilder::q8Address(ir::Q8Type type, Value pointer, int64_t cols, int64_t rows,
                                 Value row) {
  ir::Q8Layout layout = ir::getQ8Layout(type, cols, rows);
  Value groups = mul(row, cols / 32 * 4);
  Q8Address address{offset(pointer, mul(row, cols)), offset(offset(pointer, layout.scale), groups),
                    offset(offset(pointer, layout.neg8), groups)};
  if (type.getHalves())
    address.halves = offset(offset(pointer, layout.halves), mul(groups, 2));
  if (type.getScaled())
    address.scaled = offset(offset(pointer, layout.scaled), groups);
  return address;
}

int64_t StepBuilder::slotRows(Value value) {
  auto result = cast<OpResult>(value);
  auto slots = result.getOwner()->getAttrOfType<ArrayAttr>(ir::kSlotsAttrName);
  return cast<ir::SlotAttr>(slots[result.getResultNumber()]).getRows();
}

Q8Address StepBuilder::q8Address(Value value, Value row) {
  return q8Address(cast<ir::Q8Type>(value.getType()), address(value),
                   ir::getColumns(value.getType()), slotRows(value), row);
}

Value StepBuilder::weightAddress(Value handle) {
  SymbolTable symbols(module);
  auto packedOffset = [&](StringRef name) {
    return symbols.lookup<ir::TensorOp>(name)
        ->getAttrOfType<ir::PackedAttr>(ir::kPackedAttrName)
        .getOffset();
  };
  if (auto weight = handle.getDefiningOp<ir::WeightOp>())
    return offset(weights, packedOffset(weight.getTensor()));

  // A table of offsets, one a layer, lets all layers share this code.
  auto weight = handle.getDefiningOp<ir::LayerWeightOp>();
  std::string name = ("qwen_offsets." + weight.getTensor()).str();
  if (!symbols.lookup(name)) {
    SmallVector<int64_t> table;
    for (int64_t i = 0; i < model.getLayers(); ++i) {
      auto tensor =
          symbols.lookup<ir::TensorOp>(("blk." + Twine(i) + "." + weight.getTensor()).str());
      table.push_back(
          tensor ? tensor->getAttrOfType<ir::PackedAttr>(ir::kPackedAttrName).getOffset() : 0);
    }
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    LLVM::GlobalOp::create(builder, handle.getLoc(),
                           LLVM::LLVMArrayType::get(i64Type, table.size()), /*isConstant=*/true,
                           LLVM::Linkage::Internal, name, builder.getI64TensorAttr(table));
  }
  Value base = LLVM::AddressOfOp::create(builder, handle.getLoc(), ptr, name);
  Value entry = LLVM::GEPOp::create(builder, handle.getLoc(), ptr, i64Type, base, layer);
  Value bytes = LLVM::LoadOp::create(builder, handle.getLoc(), i64Type, entry);
  return offset(weights, bytes);
}

void StepBuilder::appendKVPlanes(SmallVectorImpl<HalideArg> &args, ir::KVType kv, bool keys,
                                 Value head) {
  KVLayout layout = kv.getLayout();
  Value layerKV = offset(this->kv, mul(layer, mul(context, layout.bytesPerPosition())));
  auto append = [&](KVPlane plane) {
    Value base = offset(layerKV, mul(context, layout.planeOffset(plane)));
    Value headStride = mul(context, layout.headStride(plane));
    HalideArg arg{base, layout.elementBytes(plane), {}};
    arg.dims.resize(keys ? 3 : 2);
    if (head)
      arg.base = offset(base, mul(mul(head, headStride), arg.elementBytes));
    else
      arg.dims.push_back({i64(0), i64(layout.heads), 0, headStride});
    args.push_back(arg);
  };
  append(keys ? KVPlane::Keys : KVPlane::Values);
  if (layout.hasScales())
    append(keys ? KVPlane::KeyScales : KVPlane::ValueScales);
}

SmallVector<HalideArg> StepBuilder::q8Arguments(const Q8Address &out, int64_t width, Share cols,
                                                Share rows) {
  Share groups = {div(cols.begin, 32), div(cols.end, 32)};
  SmallVector<HalideArg> args = {rows2D(out.scale, groups, rows, width / 32),
                                 rows2D(out.q, cols, rows, width, 1),
                                 rows2D(out.neg8, groups, rows, width / 32)};
  if (out.halves) {
    Share halves = {div(cols.begin, 16), div(cols.end, 16)};
    args.push_back(rows2D(out.halves, halves, rows, width / 16));
  }
  if (out.scaled)
    args.push_back(rows2D(out.scaled, groups, rows, width / 32));
  return args;
}

SmallVector<NamedAttribute> StepBuilder::q8Facts(ir::Q8Type type) {
  SmallVector<NamedAttribute> facts;
  if (type.getGroup() != kActivationGroup)
    facts.push_back(attr("group", type.getGroup()));
  if (type.getHalves())
    facts.push_back(attr("halves", int64_t(1)));
  if (type.getScaled())
    facts.push_back(attr("scaled", int64_t(1)));
  return facts;
}

SmallVector<NamedAttribute> StepBuilder::kvFacts(ir::KVType kv) {
  SmallVector<NamedAttribute> facts = {attr("head_dim", kv.getHeadDim())};
  if (kv.getFormat() != ir::KVFormat::F16)
    facts.push_back(attr("kv_format", int64_t(kv.getFormat())));
  return facts;
}

void StepBuilder::appendRopeArguments(SmallVectorImpl<HalideArg> &args) {
  auto packed = module->getAttrOfType<ir::PackedAttr>(ir::kRopeTablesAttrName);
  RopeTables tables(model.getHeadDim(), model.getContextLength());
  for (int64_t table :
       {int64_t(0), tables.sinLowOffset(), tables.cosHighOffset(), tables.sinHighOffset()})
    args.push_back({offset(weights, packed.getOffset() + table), 4, {HalideDim(), HalideDim()}});
  args.push_back({toI32(position), 4, {}, /*isScalar=*/true});
}

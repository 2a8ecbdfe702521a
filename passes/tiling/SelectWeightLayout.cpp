//===- passes/tiling/SelectWeightLayout.cpp --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The weight section:   | rope tables | token_embd | blk.0 ... | blk.1 ... | head |
// in the order of the qwen.tensor operations, which is the order of reading.
//===----------------------------------------------------------------------===//
#include "passes/Passes.h"

#include "ir/kernels/PackedLayout.h"
#include "ir/kernels/RopeTables.h"
#include "llvm/Support/MathExtras.h"

namespace qwenc {
#define GEN_PASS_DEF_SELECTWEIGHTLAYOUT
#include "passes/Passes.h.inc"
} // namespace qwenc

using namespace mlir;
using namespace qwenc;

namespace {

struct SelectWeightLayout : qwenc::impl::SelectWeightLayoutBase<SelectWeightLayout> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto model = module->getAttrOfType<ir::ModelAttr>(ir::kModelAttrName);
    if (!model) {
      module.emitError("the module has no qwen.model attribute");
      return signalPassFailure();
    }
    int64_t end = 0;
    auto place = [&](StringRef layout, int64_t bytes) {
      auto packed = ir::PackedAttr::get(&getContext(), layout, end, bytes);
      end = llvm::alignTo(end + bytes, 64);
      return packed;
    };
    RopeTables tables(model.getHeadDim(), model.getContextLength());
    module->setAttr(ir::kRopeTablesAttrName, place("rope", tables.bytes()));
    for (auto tensor : module.getOps<ir::TensorOp>()) {
      auto type = cast<ir::WeightType>(tensor.getType());
      if (type.isMatrix() || type.isExperts())
        tensor->setAttr(
            ir::kPackedAttrName,
            place("panels32",
                  type.getExperts() * packedBytes(static_cast<WeightFormat>(type.getFormat()),
                                                  type.getRows(), type.getCols())));
      else
        tensor->setAttr(ir::kPackedAttrName, place("vector", type.getRows() * sizeof(float)));
    }
    module->setAttr(ir::kWeightBytesAttrName, Builder(&getContext()).getI64IntegerAttr(end));
  }
};

} // namespace

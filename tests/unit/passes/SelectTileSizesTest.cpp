//===- tests/unit/passes/SelectTileSizesTest.cpp ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The pass takes the cheapest tile of a table that stands in for the model.
//===----------------------------------------------------------------------===//
#include "ir/kernels/KernelName.h"
#include "ir/kernels/LegalTiles.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"
#include "passes/tiling/TileCostModel.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"
#include <map>

using namespace qwenc;

namespace {

/// Costs by the name of the tile; what is not in it costs 2 cycles a multiply-add.
class Table : public TileCostModel {
public:
  explicit Table(std::map<std::string, double> costs) : costs(std::move(costs)) {}
  std::string describe(ir::TargetAttr) const override { return "a table"; }
  llvm::Expected<TileCost> cost(const MatmulKernelSpec &spec, ir::TargetAttr) override {
    ++questions;
    if (costs.empty())
      return llvm::createStringError("no model of this core");
    auto found = costs.find(formatTile(spec));
    return TileCost{found == costs.end() ? 2.0 : found->second, 1};
  }
  int questions = 0;

private:
  std::map<std::string, double> costs;
};

class SelectTileSizesTest : public testing::Test {
protected:
  SelectTileSizesTest() { context.loadDialect<ir::QwenDialect, mlir::func::FuncDialect>(); }

  /// The kernel of the one linear operation, after the pass.
  std::string select(llvm::StringRef cls, llvm::StringRef phase, TileCostModel *costs,
                     llvm::StringRef moreFacts = "") {
    std::string text = llvm::formatv(R"mlir(
      module attributes {{qwen.target = #qwen.target<cpu = "some-cpu", triple = "aarch64-linux-gnu",
          kernel_class = "{0}", features = "", l1_bytes = 65536, l2_bytes = 262144{2}>} {{
        func.func @{1}(%x: !qwen.q8<?x64>, %w: !qwen.weight<96x64, q4_0>)
            attributes {{qwen.phase = "{1}"} {{
          %0 = qwen.linear %x, %w : !qwen.q8<?x64>, !qwen.weight<96x64, q4_0> -> tensor<?x96xf32>
          return
        }
      })mlir",
                                     cls, phase, moreFacts)
                           .str();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    mlir::PassManager passes(&context);
    passes.addPass(createSelectTileSizes(costs));
    EXPECT_TRUE(mlir::succeeded(passes.run(*module)));
    std::string name;
    module->walk([&](ir::LinearOp op) {
      auto kernels = op->getAttrOfType<mlir::ArrayAttr>(ir::kKernelsAttrName);
      name = mlir::cast<mlir::StringAttr>(kernels[0]).str();
    });
    return name;
  }

  mlir::DictionaryAttr choice() {
    auto all = (*module)->getAttrOfType<mlir::ArrayAttr>(kTileChoicesAttrName);
    return all ? mlir::cast<mlir::DictionaryAttr>(all[0]) : mlir::DictionaryAttr();
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

TEST_F(SelectTileSizesTest, TakesTheCheapestAndNamesTheOthers) {
  Table table({{"5x8x4", 1.5}, {"4x8x4", 1.75}});
  EXPECT_EQ(select("neon_dotprod", "prefill", &table),
            "qwen_matmul_f32_q8g32_q4_0_5x8x4_neon_dotprod");
  ASSERT_TRUE(choice());
  EXPECT_EQ(choice().getAs<mlir::StringAttr>("model"), "a table");
  auto tiles = choice().getAs<mlir::ArrayAttr>("tiles");
  auto tile = [&](unsigned i) {
    return mlir::cast<mlir::DictionaryAttr>(tiles[i]).getAs<mlir::StringAttr>("tile");
  };
  EXPECT_EQ(tile(0), "5x8x4");
  EXPECT_EQ(tile(1), "4x8x4");
}

TEST_F(SelectTileSizesTest, AmongEqualsTheTablesRowStays) {
  Table table({{"none", 1}});
  for (auto phase : {KernelPhase::Prefill, KernelPhase::Decode})
    EXPECT_EQ(select("neon_i8mm", phase == KernelPhase::Decode ? "decode" : "prefill", &table),
              formatKernelName(defaultMatmulSpec(KernelClass::NeonI8mm, WeightFormat::Q4_0,
                                                 Epilogue::Store, phase)));
}

TEST_F(SelectTileSizesTest, LessThanAHundredthCheaperIsEqual) {
  Table table({{"2x16x4", 1.009}, {"7x4x4", 1.0}});
  EXPECT_EQ(select("neon", "prefill", &table), "qwen_matmul_f32_q8g32_q4_0_2x16x4_neon");
  Table farther({{"2x16x4", 1.011}, {"7x4x4", 1.0}});
  EXPECT_EQ(select("neon", "prefill", &farther), "qwen_matmul_f32_q8g32_q4_0_7x4x4_neon");
}

TEST_F(SelectTileSizesTest, WithoutAModelItSaysSoAndKeepsTheTable) {
  Table table({});
  EXPECT_EQ(select("neon", "prefill", &table), "qwen_matmul_f32_q8g32_q4_0_2x16x4_neon");
  ASSERT_TRUE(choice());
  EXPECT_EQ(choice().getAs<mlir::StringAttr>("problem"), "no model of this core");
  EXPECT_EQ(table.questions, 1);
}

TEST_F(SelectTileSizesTest, X86KeepsItsMeasuredTable) {
  Table table({{"2x16x4", 0.1}});
  EXPECT_EQ(select("avx2", "prefill", &table), "qwen_matmul_f32_q8g32_q4_0_4x16x4_avx2");
  EXPECT_EQ(table.questions, 0);
  EXPECT_FALSE(choice());
}

TEST_F(SelectTileSizesTest, PrefetchesWhereTheTargetSaysSo) {
  EXPECT_EQ(select("avx2", "decode", nullptr, ", prefetch_bytes = 4096, prefetch_level = 2"),
            "qwen_matmul_f32_q8g32_q4_0_1x16x4p4096l2_avx2");
  EXPECT_EQ(select("avx2", "decode", nullptr, ", prefetch_bytes = 1280"),
            "qwen_matmul_f32_q8g32_q4_0_1x16x4p1280_avx2");
  EXPECT_EQ(select("avx2", "prefill", nullptr, ", prefetch_bytes = 1280"),
            "qwen_matmul_f32_q8g32_q4_0_4x16x4p1280_avx2");
}

TEST(LegalTilesTest, EachTileCanBeEmittedAndTheDefaultIsFirst) {
  for (KernelClass cls : allKernelClasses())
    for (WeightFormat format : allWeightFormats())
      for (KernelPhase phase : {KernelPhase::Decode, KernelPhase::Prefill}) {
        auto tiles = legalMatmulTiles(cls, format, Epilogue::Store, phase);
        ASSERT_FALSE(tiles.empty());
        EXPECT_EQ(tiles.front(), defaultMatmulSpec(cls, format, Epilogue::Store, phase));
        for (size_t i = 0; i < tiles.size(); ++i) {
          llvm::Error error = verifyMatmulSpec(tiles[i]);
          EXPECT_FALSE(static_cast<bool>(error)) << formatKernelName(tiles[i]);
          llvm::consumeError(std::move(error));
          EXPECT_EQ(tiles[i].phase(), phase);
          for (size_t j = 0; j < i; ++j)
            EXPECT_NE(tiles[i], tiles[j]) << formatKernelName(tiles[i]);
        }
      }
}

} // namespace

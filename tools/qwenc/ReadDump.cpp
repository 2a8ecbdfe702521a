//===- tools/qwenc/ReadDump.cpp - --compile-from ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/ReadDump.h"

#include "frontend/import/ImportModel.h"
#include "ir/kernels/KernelSpec.h"
#include "ir/target/ResolveTarget.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/AsmParser/AsmParserState.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using namespace qwenc;
using mlir::ModuleOp;

static Expected<std::unique_ptr<MemoryBuffer>> openDump(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return createStringError("--compile-from=" + path + ": " + buffer.getError().message());
  return std::move(*buffer);
}

Expected<std::optional<DumpHeader>> qwenc::readDumpHeader(StringRef path) {
  auto buffer = openDump(path);
  if (!buffer)
    return buffer.takeError();
  return parseDumpHeader((*buffer)->getBuffer());
}

std::string qwenc::formatDiagnostic(mlir::Location location, const Twine &message) {
  auto place = location->findInstanceOf<mlir::FileLineColLoc>();
  if (!place)
    return message.str();
  return (place.getFilename().getValue() + ":" + Twine(place.getLine()) + ":" +
          Twine(place.getColumn()) + ": " + message)
      .str();
}

/// `location` with the name that a value has in the text, unless it is a number.
static mlir::Location nameAs(SMRange text, mlir::Location location) {
  StringRef name(text.Start.getPointer(), text.End.getPointer() - text.Start.getPointer());
  if (!name.consume_front("%") || all_of(name, isDigit))
    return location;
  // The printer makes equal names differ by such endings, and will again.
  auto [stem, ending] = name.rsplit('_');
  if (!ending.empty() && all_of(ending, isDigit))
    name = stem;
  return mlir::NameLoc::get(mlir::StringAttr::get(location.getContext(), name), location);
}

/// Gives values the names that they have in the text, so that later dumps of the
/// module print them again.
static void keepValueNames(const mlir::AsmParserState &state) {
  for (const auto &definition : state.getOpDefs())
    if (!definition.resultGroups.empty())
      definition.op->setLoc(
          nameAs(definition.resultGroups.front().definition.loc, definition.op->getLoc()));
  for (const auto &definition : state.getBlockDefs())
    for (auto [argument, name] : llvm::zip(definition.block->getArguments(), definition.arguments))
      argument.setLoc(nameAs(name.loc, argument.getLoc()));
}

Expected<mlir::OwningOpRef<ModuleOp>> qwenc::readDump(mlir::MLIRContext &context, StringRef path) {
  auto buffer = openDump(path);
  if (!buffer)
    return buffer.takeError();
  SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(*buffer), SMLoc());
  std::string problem;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    if (problem.empty() && diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
      problem = formatDiagnostic(diagnostic.getLocation(), diagnostic.str());
    return mlir::success();
  });
  mlir::Block block;
  mlir::AsmParserState state;
  mlir::ParserConfig config(&context);
  if (mlir::failed(mlir::parseAsmSourceFile(sources, &block, config, &state)))
    return createStringError(problem);
  if (!llvm::hasSingleElement(block) || !isa<ModuleOp>(block.front()))
    return createStringError(path + ": expected one module");
  keepValueNames(state);
  auto module = cast<ModuleOp>(block.front());
  module->remove();
  return mlir::OwningOpRef<ModuleOp>(module);
}

Expected<unsigned> qwenc::countPassesDone(ModuleOp module, StringRef path,
                                          const std::optional<DumpHeader> &header,
                                          ArrayRef<std::string> passes, PipelineStage stage) {
  auto error = [&](const Twine &what) { return createStringError(path + ": " + what); };
  bool isStep = module.lookupSymbol<mlir::func::FuncOp>("step") != nullptr;
  bool isScheduled = module.lookupSymbol<mlir::func::FuncOp>("decode") != nullptr;
  if (isStep == isScheduled)
    return error("expected a function @step, or @prefill and @decode; this is no dump of the "
                 "levels graph, fused or scheduled");
  if (!header || header->after.empty()) {
    bool isGraph = false;
    module.walk([&](mlir::Operation *op) {
      isGraph |= isa<ir::DequantizeOp, ir::MatmulOp, ir::ExpertMatmulOp, ir::ExpertSumOp>(op);
    });
    return isScheduled ? stage.scheduled : isGraph ? 0 : stage.fused;
  }
  auto [number, name] = StringRef(header->after).split('-');
  unsigned done;
  if (number.getAsInteger(10, done) || done > passes.size() ||
      name != (done ? StringRef(passes[done - 1]) : "import"))
    return error("the header says 'after: " + header->after +
                 "', which this qwenc's pipelines do not have");
  if (isScheduled && done <= stage.fused)
    return error("@prefill and @decode stand in it, but the header says 'after: " + header->after +
                 "'; remove the header's lines and name the model");
  return done;
}

static std::string printed(mlir::Attribute attr) {
  std::string text;
  raw_string_ostream stream(text);
  stream << attr;
  return text;
}

Error qwenc::bindToModel(ModuleOp module, const Model &model, StringRef modelPath, StringRef path) {
  mlir::MLIRContext *context = module.getContext();
  mlir::Attribute wanted = (*importModel(*context, model))->getAttr(ir::kModelAttrName);
  mlir::Attribute found = module->getAttr(ir::kModelAttrName);
  if (found != wanted)
    return createStringError(path + ": qwen.model is not that of " + modelPath + ", " +
                             printed(wanted));
  for (auto tensor : module.getOps<ir::TensorOp>()) {
    auto error = [&](const Twine &what) {
      return createStringError(
          formatDiagnostic(tensor.getLoc(), "tensor '" + tensor.getSymName() + "' " + what));
    };
    const TensorInfo *info = model.find(tensor.getSymName());
    if (!info)
      return error("is not in " + modelPath);
    mlir::Type type = importedType(*context, *info);
    if (tensor.getType() != type)
      return error("is " + printed(mlir::TypeAttr::get(type)) + " in " + modelPath);
    tensor.setFileOffset(info->fileOffset);
    if (model.files.size() > 1)
      tensor.setPart(info->part);
    else
      tensor.removePartAttr();
  }
  return Error::success();
}

Expected<ir::TargetAttr> qwenc::targetOf(ModuleOp module, StringRef path) {
  auto target = module->getAttrOfType<ir::TargetAttr>(ir::kTargetAttrName);
  if (!target)
    return createStringError(path + ": the module has no qwen.target");
  std::optional<KernelClass> kernels = parseKernelClass(target.getKernelClass());
  if (!kernels)
    return createStringError(path + ": qwen.target: unknown kernel_class '" +
                             target.getKernelClass() + "'");
  // The triple and the CPU are as good as those of a command line.
  auto resolved = ir::resolveTarget(
      module.getContext(), {target.getCpu().str(), target.getTriple().str(), std::string()});
  if (!resolved)
    return createStringError(path + ": qwen.target: " + toString(resolved.takeError()));
  if (resolved->getTriple() != target.getTriple() ||
      Triple(target.getTriple()).isAArch64() != (archOf(*kernels) == KernelArch::AArch64))
    return createStringError(path + ": qwen.target: kernels of class '" + target.getKernelClass() +
                             "' are not for " + target.getTriple());
  return target;
}

//===- tools/qwenc/Compile.cpp - from a file to a file ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   GGUF --loadModel--> Model --importModel--> graph IR
//     for each CPU:  graph --fusion--> fused --schedule--> scheduled --lowering--> kernels
//   kernels --link--> executable <--append-- weights (packed as scheduled), tokenizer
//===----------------------------------------------------------------------===//
#include "tools/qwenc/Compile.h"

#include "codegen/CompileKernelSet.h"
#include "codegen/image/ExecutableImage.h"
#include "codegen/image/ModelDescriptor.h"
#include "codegen/image/WeightSection.h"
#include "codegen/link/LldLinker.h"
#include "codegen/llvm/TranslateToLLVMIR.h"
#include "codegen/report/BuildReport.h"
#include "frontend/LoadModel.h"
#include "frontend/import/ImportModel.h"
#include "ir/target/ResolveTarget.h"
#include "passes/Passes.h"
#include "passes/Pipelines.h"
#include "tools/qwenc/DescribeModel.h"
#include "tools/qwenc/DumpIR.h"
#include "tools/qwenc/OutputFile.h"
#include "tools/qwenc/Progress.h"
#include "tools/qwenc/ReportFile.h"
#include "tools/qwenc/TransformModel.h"

#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using namespace qwenc;
using mlir::ModuleOp;

char UsageError::ID;

namespace {

using ModuleRef = mlir::OwningOpRef<ModuleOp>;

class Compiler {
public:
  Compiler(const Options &options, StringRef program)
      : options(options), program(program), progress(options.quiet), context(registry()) {
    context.disableMultithreading();
    context.loadAllAvailableDialects();
  }

  Error run();

private:
  static mlir::DialectRegistry registry() {
    mlir::DialectRegistry result;
    result.insert<ir::QwenDialect, mlir::func::FuncDialect, mlir::arith::ArithDialect,
                  mlir::scf::SCFDialect, mlir::LLVM::LLVMDialect>();
    registerLLVMTranslations(result);
    return result;
  }

  Error checkDisabledPasses();
  Error resolveTargets();
  /// Graph to the level that is asked for; `kernels` says whether on to code.
  Expected<ModuleRef> schedule(ir::TargetAttr target, IRDumper &dumper);
  Error runPipeline(ModuleOp module, function_ref<void(mlir::OpPassManager &)> build,
                    IRDumper &dumper);
  Error emitText(ModuleOp module, const KernelSet *set, ir::TargetAttr target);
  Error emitExecutable(ModuleOp scheduled, ArrayRef<KernelSet> sets);
  /// Models the schedule. Without `objects`, code is made for that alone.
  Error addToReport(ModuleOp scheduled, const KernelSet *objects);
  std::string label(ir::TargetAttr target) const;
  std::string outputPath(StringRef extension, ir::TargetAttr target) const;

  const Options &options;
  StringRef program;
  Progress progress;
  mlir::MLIRContext context;
  std::unique_ptr<Model> model;
  ModelTransforms transforms;
  SmallVector<ir::TargetAttr> targets;
  Report report;
};

Error Compiler::checkDisabledPasses() {
  mlir::PassManager pm(&context);
  buildFusionPipeline(pm);
  SmallVector<StringRef> flags;
  for (mlir::Pass &pass : pm.getPasses())
    flags.push_back(pass.getArgument());
  for (const std::string &name : options.disabledPasses)
    if (!llvm::is_contained(flags, name))
      return make_error<UsageError>("--disable-pass=" + name + ": the passes are " +
                                    llvm::join(flags, ", "));
  return Error::success();
}

Error Compiler::resolveTargets() {
  ir::initializeTargets();
  for (const std::string &cpu : options.cpus) {
    auto resolved = ir::resolveTargets(&context, {cpu, options.triple, options.attrs});
    if (!resolved)
      return make_error<UsageError>(toString(resolved.takeError()));
    StringRef triple = resolved->front().getTriple();
    if (!targets.empty() && targets.front().getTriple() != triple)
      return make_error<UsageError>("--mcpu: '" + options.cpus.front() + "' is " +
                                    targets.front().getTriple().str() + " but '" + cpu + "' is " +
                                    triple.str() + "; one executable serves one architecture");
    llvm::append_range(targets, *resolved);
  }
  // Best first: at start the runtime takes the first set that the CPU can run.
  llvm::sort(targets, [](ir::TargetAttr a, ir::TargetAttr b) {
    auto rank = [](ir::TargetAttr target) { return *parseKernelClass(target.getKernelClass()); };
    return rank(a) != rank(b) ? rank(a) > rank(b) : a.getCpu() < b.getCpu();
  });
  return Error::success();
}

Error Compiler::runPipeline(ModuleOp module, function_ref<void(mlir::OpPassManager &)> build,
                            IRDumper &dumper) {
  mlir::PassManager pm(&context);
  build(pm);
  dumper.attach(pm);
  std::string diagnostics;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    if (diagnostics.empty())
      diagnostics = diagnostic.str();
    return mlir::success();
  });
  if (mlir::failed(pm.run(module)))
    return createStringError("internal error: " + diagnostics);
  return Error::success();
}

Expected<ModuleRef> Compiler::schedule(ir::TargetAttr target, IRDumper &dumper) {
  ModuleRef module = importModel(context, *model, ir::KVFormat(options.cache));
  (*module)->setAttr(ir::kTargetAttrName, target);
  dumper.dump(*module, "import");
  if (options.emit == EmitKind::GraphIR)
    return module;
  auto fusion = [&](mlir::OpPassManager &pm) { buildFusionPipeline(pm, options.disabledPasses); };
  if (Error error = runPipeline(*module, fusion, dumper))
    return error;
  if (options.emit == EmitKind::FusedIR)
    return module;
  if (Error error = runPipeline(*module, buildSchedulePipeline, dumper))
    return error;
  return module;
}

/// The CPU's name, with the class where the CPU has several targets.
std::string Compiler::label(ir::TargetAttr target) const {
  auto sameCpu = [&](ir::TargetAttr other) { return other.getCpu() == target.getCpu(); };
  bool alone = llvm::count_if(targets, sameCpu) == 1;
  return target.getCpu().str() + (alone ? "" : "." + target.getKernelClass().str());
}

std::string Compiler::outputPath(StringRef extension, ir::TargetAttr target) const {
  std::string path = options.output;
  if (path.empty())
    path = (sys::path::stem(options.model) + extension).str();
  if (targets.size() > 1 && path != "-") {
    StringRef given = sys::path::extension(path);
    path = (StringRef(path).drop_back(given.size()) + "." + label(target) + given).str();
  }
  return path;
}

Error Compiler::emitText(ModuleOp module, const KernelSet *set, ir::TargetAttr target) {
  std::string text;
  StringRef extension = ".mlir";
  if (!set) {
    text = printModule(module);
  } else {
    bool assembly = options.emit == EmitKind::Assembly;
    extension = assembly ? ".s" : ".ll";
    text = assembly ? "// " : "; ";
    text += "written by qwenc " QWENC_VERSION "\n";
    for (const std::string &file : set->files)
      text += file;
  }
  std::string path = outputPath(extension, target);
  if (path == "-") {
    outs() << text;
    return Error::success();
  }
  auto file = OutputFile::create(path, options.force);
  if (!file)
    return file.takeError();
  if (Error error = file->write(text))
    return error;
  return file->keep();
}

Error Compiler::emitExecutable(ModuleOp scheduled, ArrayRef<KernelSet> sets) {
  StringRef triple = targets.front().getTriple();
  auto sysroot = findSysroot(program, triple);
  if (!sysroot)
    return sysroot.takeError();
  std::string path = options.output;
  if (path.empty())
    path = sys::path::stem(options.model).str();
  if (path == "-")
    return make_error<UsageError>("-o -: an executable is not text; name a file");
  auto output = OutputFile::create(path, options.force);
  if (!output)
    return output.takeError();

  progress.stage("Linking");
  auto changes = describeTransforms(options);
  if (!changes)
    return changes.takeError();
  ModelDescription description = describeModel(*model, options, scheduled, sets);
  description.weightFlags = *changes;
  auto descriptor = emitModelDescriptor(description, sets);
  if (!descriptor)
    return descriptor.takeError();
  std::vector<std::string> objects = {std::move(*descriptor)};
  for (const KernelSet &set : sets)
    llvm::append_range(objects, set.files);
  if (Error error = linkExecutable(objects, *sysroot, triple, output->temporary()))
    return error;

  auto tokenizer = makeTokenizerImage(*model, options);
  if (!tokenizer)
    return tokenizer.takeError();
  progress.stage("Packing weights");
  uint64_t bytes = scheduled->getAttrOfType<mlir::IntegerAttr>(ir::kWeightBytesAttrName).getInt();
  KernelArch arch = Triple(triple).isAArch64() ? KernelArch::AArch64 : KernelArch::X86;
  auto writeWeights = [&](int file, uint64_t offset) {
    return writeWeightSection(scheduled, ModelWeights(*model, transforms, options), arch, file,
                              offset, options.threads,
                              [&](uint64_t done) { progress.bytes(done, bytes); });
  };
  if (Error error = appendPayload(output->temporary(), bytes, writeWeights, *tokenizer))
    return error;
  return output->keep();
}

Error Compiler::addToReport(ModuleOp scheduled, const KernelSet *objects) {
  std::optional<KernelSet> made;
  if (!objects) {
    ModuleRef module = scheduled.clone();
    auto dumper = IRDumper::create("");
    if (!dumper)
      return dumper.takeError();
    if (Error error = runPipeline(*module, buildLoweringPipeline, *dumper))
      return error;
    auto set = compileKernelSet(*module, "", CodeForm::Object, options.threads);
    if (!set)
      return set.takeError();
    made = std::move(*set);
    objects = &*made;
  }
  progress.stage(("Modelling " + objects->target.getCpu()).str());
  auto tokenizer = makeTokenizerImage(*model, options);
  if (!tokenizer)
    return tokenizer.takeError();
  auto cpu = buildReport(scheduled, *objects, {options.bandwidthGBs, int64_t(tokenizer->size())});
  if (!cpu)
    return cpu.takeError();
  report.cpus.push_back(std::move(*cpu));
  return Error::success();
}

Error Compiler::run() {
  if (!options.report.empty() && options.emit < EmitKind::ScheduledIR)
    return make_error<UsageError>("--report: there are no kernels at the level that --emit asks "
                                  "for; emit mlir:scheduled or what comes after it");
  auto reportFile = ReportFile::create(options.report, options.force);
  if (!reportFile)
    return reportFile.takeError();
  if (Error error = checkDisabledPasses())
    return error;
  if (Error error = resolveTargets())
    return error;
  progress.stage("Reading " + options.model);
  auto loaded = loadModel(options.model);
  if (!loaded)
    return loaded.takeError();
  model = std::move(*loaded);
  auto planned = transformModel(context, *model, options);
  if (!planned)
    return planned.takeError();
  transforms = std::move(*planned);
  report = {QWENC_VERSION,
            model->config.name.empty() ? sys::path::stem(options.model).str() : model->config.name,
            architectureName(model->config.arch),
            {},
            {}};

  CodeForm form = options.emit == EmitKind::LLVMIR     ? CodeForm::LLVMIR
                  : options.emit == EmitKind::Assembly ? CodeForm::Assembly
                                                       : CodeForm::Object;
  ModuleRef firstScheduled;
  std::vector<KernelSet> sets;
  for (auto [index, target] : llvm::enumerate(targets)) {
    progress.stage("Compiling for " + label(target));
    std::string folder = options.dumpDirectory;
    if (!folder.empty() && targets.size() > 1)
      folder += "/" + label(target);
    auto dumper = IRDumper::create(folder);
    if (!dumper)
      return dumper.takeError();
    auto module = schedule(target, *dumper);
    if (!module)
      return module.takeError();
    if (options.emit <= EmitKind::ScheduledIR) {
      if (Error error = emitText(**module, nullptr, target))
        return error;
      if (Error error = reportFile->wanted() ? addToReport(**module, nullptr) : Error::success())
        return error;
      continue;
    }
    // The tensors' places are the same for all CPUs of an architecture.
    if (index == 0)
      firstScheduled = (*module)->clone();
    ModuleRef scheduled = reportFile->wanted() ? (*module)->clone() : ModuleOp();
    if (Error error = runPipeline(**module, buildLoweringPipeline, *dumper))
      return error;
    std::string suffix = targets.size() > 1 ? "." + std::to_string(index) : "";
    auto set = compileKernelSet(**module, suffix, form, options.threads);
    if (!set)
      return set.takeError();
    if (form != CodeForm::Object) {
      if (Error error = emitText(**module, &*set, target))
        return error;
    } else if (options.emit == EmitKind::Object) {
      auto file = OutputFile::create(outputPath(".o", target), options.force);
      if (!file)
        return file.takeError();
      if (Error error = linkRelocatable(set->files, target.getTriple(), file->temporary()))
        return error;
      if (Error error = file->keep())
        return error;
    }
    if (scheduled)
      if (Error error = addToReport(*scheduled, form == CodeForm::Object ? &*set : nullptr))
        return error;
    // CPUs of one class would run the same set: one is enough.
    auto twin = llvm::find_if(sets, [&](const KernelSet &other) {
      return other.target.getKernelClass() == target.getKernelClass();
    });
    if (twin == sets.end())
      sets.push_back(std::move(*set));
    else if (options.emit == EmitKind::Executable && !options.quiet)
      errs() << "qwenc: note: " << target.getCpu() << " runs the code made for "
             << twin->target.getCpu() << " (" << target.getKernelClass() << ")\n";
  }
  if (options.emit == EmitKind::Executable)
    if (Error error = emitExecutable(*firstScheduled, sets))
      return error;
  reportTransforms(transforms, options, report);
  return reportFile->wanted() ? reportFile->write(report) : Error::success();
}

} // namespace

Error qwenc::compile(const Options &options, StringRef program) {
  return Compiler(options, program).run();
}

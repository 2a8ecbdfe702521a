//===- tools/qwenc/Compile.cpp - from a file to a file ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   GGUF --loadModel--> Model --importModel--> graph IR
//     for each CPU:  graph --fusion--> fused --schedule--> scheduled --lowering--> kernels
//   kernels --link--> executable <--append-- weights (packed as scheduled), tokenizer
//===----------------------------------------------------------------------===//
#include "tools/qwenc/Compile.h"

#include "codegen/CompileKernelSet.h"
#include "codegen/cost/McaTileCost.h"
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
#include "support/Sha256.h"
#include "tools/qwenc/AnnotateAssembly.h"
#include "tools/qwenc/DescribeModel.h"
#include "tools/qwenc/DumpIR.h"
#include "tools/qwenc/Explain.h"
#include "tools/qwenc/OutputFile.h"
#include "tools/qwenc/Progress.h"
#include "tools/qwenc/ReadDump.h"
#include "tools/qwenc/ReportFile.h"
#include "tools/qwenc/RunPasses.h"
#include "tools/qwenc/TransformModel.h"
#include "tools/qwenc/VerifyAccuracy.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using namespace qwenc;
using mlir::ModuleOp;

char UsageError::ID;

namespace {

using ModuleRef = mlir::OwningOpRef<ModuleOp>;

/// A CPU to compile for: the first passes may have run already.
struct Job {
  ir::TargetAttr target;
  std::string cpu;         ///< as --mcpu names it
  ModuleRef module;        ///< from a dump; null: imported when its turn comes
  unsigned passesDone = 0; ///< on it
};

class Compiler {
public:
  Compiler(const Options &options, StringRef program)
      : options(options), program(program), progress(options.quiet), context(registry()),
        tuning(options.tuningCache == "none" ? ""
               : options.tuningCache.empty() ? TuningCache::defaultPath()
                                             : options.tuningCache),
        costs(tuning, QWENC_VERSION) {
    context.disableMultithreading();
    context.loadAllAvailableDialects();
    timingManager.setEnabled(options.timing);
    timing = timingManager.getRootScope();
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

  /// Shows a stage while it lasts, and times it.
  mlir::TimingScope stage(const Twine &name) {
    progress.stage(name.str());
    return timing.nest(name.str());
  }
  Error resolveTargets();
  Error readDumps(const PassRunner &passes);
  Error checkDeterministic() const;
  Error loadModel();
  const std::string &sourceHash();
  Expected<IRDumper> createDumper(const Job &job);
  /// The module of a job, up to the level that is asked for.
  Expected<ModuleRef> schedule(Job &job, PassRunner passes, IRDumper &dumper,
                               mlir::TimingScope &scope);
  Error explain(Job &job, PassRunner passes);
  Error compileFor(Job &job, const PassRunner &passes);
  Error emitText(const std::string &text, StringRef extension, ir::TargetAttr target);
  Error emitCode(const KernelSet &set, const IRDumper &dumper);
  Error emitExecutable();
  /// Models the schedule. Without `objects`, code is made for that alone.
  Error addToReport(ModuleOp scheduled, const KernelSet *objects, const PassRunner &passes);
  std::string label(ir::TargetAttr target) const;
  std::string outputPath(StringRef extension, ir::TargetAttr target) const;

  const Options &options;
  StringRef program;
  Progress progress;
  mlir::DefaultTimingManager timingManager;
  mlir::TimingScope timing;
  mlir::MLIRContext context;
  TuningCache tuning;
  McaTileCostModel costs;
  std::unique_ptr<Model> model;
  ModelTransforms transforms;
  std::string hash;
  std::vector<Job> jobs;
  /// The schedule of the best CPU: all have the tensors in the same places.
  ModuleRef firstScheduled;
  std::vector<KernelSet> sets;
  Report report;
};

Error Compiler::resolveTargets() {
  for (const std::string &cpu : options.cpus) {
    auto targets = ir::resolveTargets(&context, {cpu, options.triple, options.attrs});
    if (!targets)
      return make_error<UsageError>(toString(targets.takeError()));
    for (ir::TargetAttr target : *targets)
      jobs.push_back({target, cpu, {}});
  }
  return Error::success();
}

const std::string &Compiler::sourceHash() {
  if (hash.empty()) {
    mlir::TimingScope scope = stage("Hashing " + options.model);
    hash = sha256Hex(model->files);
  }
  return hash;
}

Error Compiler::loadModel() {
  mlir::TimingScope scope = stage("Reading " + options.model);
  auto loaded = qwenc::loadModel(options.model);
  if (!loaded)
    return loaded.takeError();
  model = std::move(*loaded);
  auto planned = transformModel(context, *model, options);
  if (!planned)
    return planned.takeError();
  transforms = std::move(*planned);
  return Error::success();
}

Error Compiler::readDumps(const PassRunner &passes) {
  if (!options.modelSha256.empty() && sourceHash() != options.modelSha256)
    return createStringError(options.model + ": is not the file that " +
                             options.compileFrom.front() +
                             " was made from: its SHA-256 differs; name the right one");
  for (const std::string &path : options.compileFrom) {
    mlir::TimingScope scope = stage("Reading " + path);
    auto header = readDumpHeader(path);
    if (!header)
      return header.takeError();
    auto module = readDump(context, path);
    if (!module)
      return module.takeError();
    auto done = countPassesDone(**module, path, *header, passes.passes(), passes.stages());
    if (!done)
      return done.takeError();
    if ((*done && options.emit == EmitKind::GraphIR) ||
        (*done > passes.stages().fused && options.emit == EmitKind::FusedIR))
      return make_error<UsageError>("--emit: " + path + " is past the level that is asked for");
    if (Error error = bindToModel(**module, *model, options.model, path))
      return error;
    auto target = targetOf(**module, path);
    if (!target)
      return target.takeError();
    jobs.push_back({*target, target->getCpu().str(), std::move(*module), *done});
  }
  return Error::success();
}

/// Classes sum in one order, but without fused multiply-adds each term is rounded.
Error Compiler::checkDeterministic() const {
  if (!options.deterministic)
    return Error::success();
  auto isSse = [](const Job &job) { return job.target.getKernelClass() == "sse"; };
  auto slow = llvm::find_if(jobs, isSse), other = llvm::find_if_not(jobs, isSse);
  if (slow == jobs.end() || other == jobs.end())
    return Error::success();
  return make_error<UsageError>("--deterministic: '" + slow->cpu +
                                "' has no fused multiply-add and "
                                "rounds where '" +
                                other->cpu + "' does not; compile for it apart");
}

Expected<IRDumper> Compiler::createDumper(const Job &job) {
  std::string folder = options.dumpDirectory;
  if (!folder.empty() && jobs.size() > 1)
    folder += "/" + label(job.target);
  bool hasHeader = !folder.empty() || !options.saveRepro.empty() || options.emit < EmitKind::Object;
  DumpHeader header;
  if (hasHeader)
    header = describeSource(options, job.cpu, sourceHash());
  return IRDumper::create({folder, options.dumpFilter, options.saveRepro, header});
}

Expected<ModuleRef> Compiler::schedule(Job &job, PassRunner passes, IRDumper &dumper,
                                       mlir::TimingScope &scope) {
  ModuleRef module = std::move(job.module);
  if (!module) {
    module = importModel(context, *model, ir::KVFormat(options.cache));
    (*module)->setAttr(ir::kTargetAttrName, job.target);
    if (options.deterministic)
      (*module)->setAttr(kDeterministicAttrName, mlir::UnitAttr::get(&context));
  }
  if (job.passesDone == 0)
    dumper.dump(*module, "import");
  std::optional<SemanticsCheck> semantics;
  if (options.verifySemantics) {
    semantics.emplace(readWeightsOf(*model));
    // The measure of a dump is what the model means.
    ModuleRef imported = importModel(context, *model, ir::KVFormat(options.cache));
    if (Error error = semantics->compare(*imported, "import"))
      return error;
    if (!options.compileFrom.empty())
      if (Error error = semantics->compare(*module, "the dump"))
        return createStringError("--verify-ir-semantics: " + toString(std::move(error)));
    passes.semantics = &*semantics;
  }
  passes.costs = &costs;
  if (Error error = passes.schedule(*module, job.passesDone, dumper, scope))
    return error;
  // Only who asked for a file must learn that it cannot be written.
  Error unsaved = tuning.save();
  if (unsaved && !options.tuningCache.empty())
    return unsaved;
  consumeError(std::move(unsaved));
  return module;
}

/// The CPU's name, with the class where the CPU has several targets.
std::string Compiler::label(ir::TargetAttr target) const {
  auto sameCpu = [&](const Job &job) { return job.target.getCpu() == target.getCpu(); };
  bool alone = llvm::count_if(jobs, sameCpu) == 1;
  return target.getCpu().str() + (alone ? "" : "." + target.getKernelClass().str());
}

std::string Compiler::outputPath(StringRef extension, ir::TargetAttr target) const {
  std::string path = options.output;
  if (path.empty())
    path = (sys::path::stem(options.model) + extension).str();
  if (jobs.size() > 1 && path != "-") {
    StringRef given = sys::path::extension(path);
    path = (StringRef(path).drop_back(given.size()) + "." + label(target) + given).str();
  }
  return path;
}

Error Compiler::emitText(const std::string &text, StringRef extension, ir::TargetAttr target) {
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

Error Compiler::emitCode(const KernelSet &set, const IRDumper &dumper) {
  if (options.emit == EmitKind::Object) {
    auto file = OutputFile::create(outputPath(".o", set.target), options.force);
    if (!file)
      return file.takeError();
    if (Error error = linkRelocatable(set.files, set.target.getTriple(), file->temporary()))
      return error;
    return file->keep();
  }
  bool isAssembly = options.emit == EmitKind::Assembly;
  StringRef comment = !isAssembly ? ";" : Triple(set.target.getTriple()).isX86() ? "#" : "//";
  std::string text = dumper.headerOf(isAssembly ? "asm" : "llvm").format(comment);
  text += isAssembly ? annotateAssembly(set) : set.files.front();
  return emitText(text, isAssembly ? ".s" : ".ll", set.target);
}

Error Compiler::emitExecutable() {
  ModuleOp scheduled = *firstScheduled;
  StringRef triple = jobs.front().target.getTriple();
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

  auto changes = describeTransforms(options);
  if (!changes)
    return changes.takeError();
  ModelDescription description = describeModel(*model, options, scheduled, sets);
  description.sourceSha256 = sourceHash();
  description.weightFlags = *changes;
  mlir::TimingScope scope = stage("Linking");
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
  scope = stage("Packing weights");
  uint64_t bytes = scheduled->getAttrOfType<mlir::IntegerAttr>(ir::kWeightBytesAttrName).getInt();
  KernelArch arch = Triple(triple).isAArch64() ? KernelArch::AArch64 : KernelArch::X86;
  auto writeWeights = [&](int file, uint64_t offset) {
    return writeWeightSection(scheduled, ModelWeights(*model, transforms, options), arch, file,
                              offset, options.threads,
                              [&](uint64_t done) { progress.bytes(done, bytes); });
  };
  if (Error error = appendPayload(output->temporary(), bytes, writeWeights, *tokenizer))
    return error;
  if (!options.verifyText.empty()) {
    scope = stage("Verifying");
    if (Error error = verifyAccuracy(options, *model, output->temporary(), scheduled, outs()))
      return error;
  }
  return output->keep();
}

Error Compiler::addToReport(ModuleOp scheduled, const KernelSet *objects,
                            const PassRunner &passes) {
  std::optional<KernelSet> made;
  mlir::TimingScope scope = stage("Modelling");
  if (!objects) {
    ModuleRef module = scheduled.clone();
    auto dumper = IRDumper::create({});
    if (!dumper)
      return dumper.takeError();
    if (Error error = passes.lower(*module, *dumper, scope))
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

Error Compiler::explain(Job &job, PassRunner passes) {
  auto explanation = Explanation::create(*model, options.explain);
  if (!explanation)
    return explanation.takeError();
  auto dumper = createDumper(job);
  if (!dumper)
    return dumper.takeError();
  mlir::TimingScope scope = stage("Explaining");
  passes.atLevel = [&](StringRef level, ModuleOp module) { explanation->addLevel(level, module); };
  if (job.passesDone == 0)
    explanation->addLevel("graph",
                          job.module ? *job.module
                                     : *importModel(context, *model, ir::KVFormat(options.cache)));
  auto module = schedule(job, passes, *dumper, scope);
  if (!module)
    return module.takeError();
  explanation->addPacked(**module);
  if (Error error = passes.lower(**module, *dumper, scope))
    return error;
  auto set = compileKernelSet(**module, "", CodeForm::Assembly, options.threads);
  if (!set)
    return set.takeError();
  explanation->addCode(*set);
  progress.finish();
  outs() << (jobs.size() > 1 ? job.target.getCpu() + "\n" : "") << explanation->text();
  return Error::success();
}

Error Compiler::compileFor(Job &job, const PassRunner &passes) {
  auto dumper = createDumper(job);
  if (!dumper)
    return dumper.takeError();
  mlir::TimingScope scope = stage("Compiling for " + label(job.target));
  auto module = schedule(job, passes, *dumper, scope);
  if (!module)
    return module.takeError();
  bool isReported = !options.report.empty();
  if (options.emit <= EmitKind::ScheduledIR) {
    if (Error error = emitText(dumper->text(**module), ".mlir", job.target))
      return error;
    return isReported ? addToReport(**module, nullptr, passes) : Error::success();
  }
  if (!firstScheduled)
    firstScheduled = (*module)->clone();
  ModuleRef scheduled = isReported ? (*module)->clone() : ModuleOp();
  if (Error error = passes.lower(**module, *dumper, scope))
    return error;
  CodeForm form = options.emit == EmitKind::LLVMIR     ? CodeForm::LLVMIR
                  : options.emit == EmitKind::Assembly ? CodeForm::Assembly
                                                       : CodeForm::Object;
  std::string suffix = jobs.size() > 1 ? "." + std::to_string(&job - jobs.data()) : "";
  mlir::TimingScope code = scope.nest("Code");
  auto set = compileKernelSet(**module, suffix, form, options.threads);
  if (!set)
    return set.takeError();
  code.stop();
  if (options.emit != EmitKind::Executable)
    if (Error error = emitCode(*set, *dumper))
      return error;
  if (scheduled)
    if (Error error = addToReport(*scheduled, form == CodeForm::Object ? &*set : nullptr, passes))
      return error;
  // CPUs of one class would run the same set: one is enough.
  auto twin = llvm::find_if(sets, [&](const KernelSet &other) {
    return other.target.getKernelClass() == job.target.getKernelClass();
  });
  if (twin == sets.end())
    sets.push_back(std::move(*set));
  else if (options.emit == EmitKind::Executable && !options.quiet)
    errs() << "qwenc: note: " << job.target.getCpu() << " runs the code made for "
           << twin->target.getCpu() << " (" << job.target.getKernelClass() << ")\n";
  return Error::success();
}

Error Compiler::run() {
  if (!options.report.empty() && options.emit < EmitKind::ScheduledIR)
    return make_error<UsageError>("--report: there are no kernels at the level that --emit asks "
                                  "for; emit mlir:scheduled or what comes after it");
  auto reportFile = ReportFile::create(options.report, options.force);
  if (!reportFile)
    return reportFile.takeError();
  if (!options.saveRepro.empty())
    if (auto file = OutputFile::create(options.saveRepro, options.force); !file)
      return file.takeError();
  auto passes = PassRunner::create(options, context);
  if (!passes)
    return passes.takeError();
  ir::initializeTargets();
  if (options.compileFrom.empty())
    if (Error error = resolveTargets())
      return error;
  if (Error error = loadModel())
    return error;
  if (Error error = readDumps(*passes))
    return error;
  for (const Job &job : jobs)
    if (job.target.getTriple() != jobs.front().target.getTriple())
      return make_error<UsageError>("--mcpu: '" + jobs.front().cpu + "' is " +
                                    jobs.front().target.getTriple().str() + " but '" + job.cpu +
                                    "' is " + job.target.getTriple().str() +
                                    "; one executable serves one architecture");
  // Best first: at start the runtime takes the first set that the CPU can run.
  llvm::sort(jobs, [](const Job &a, const Job &b) {
    auto rank = [](const Job &job) { return *parseKernelClass(job.target.getKernelClass()); };
    return rank(a) != rank(b) ? rank(a) > rank(b) : a.target.getCpu() < b.target.getCpu();
  });
  if (Error error = checkDeterministic())
    return error;
  report = {QWENC_VERSION,
            model->config.name.empty() ? sys::path::stem(options.model).str() : model->config.name,
            architectureName(model->config.arch),
            {},
            {}};
  for (Job &job : jobs)
    if (Error error = options.explain.empty() ? compileFor(job, *passes) : explain(job, *passes))
      return error;
  if (!options.explain.empty())
    return Error::success();
  if (options.emit == EmitKind::Executable)
    if (Error error = emitExecutable())
      return error;
  reportTransforms(transforms, options, report);
  if (reportFile->wanted())
    if (Error error = reportFile->write(report))
      return error;
  // What it was kept for did not happen.
  if (!options.saveRepro.empty())
    if (std::error_code code = sys::fs::remove(options.saveRepro))
      return createStringError(code, "--save-repro: cannot remove " + options.saveRepro);
  return Error::success();
}

} // namespace

Error qwenc::compile(const Options &options, StringRef program) {
  return Compiler(options, program).run();
}

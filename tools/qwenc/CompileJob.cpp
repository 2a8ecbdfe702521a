//===- tools/qwenc/CompileJob.cpp - from the model to code for one CPU ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   graph --fusion--> fused --schedule--> scheduled --lowering--> kernels
//===----------------------------------------------------------------------===//
#include "tools/qwenc/CompileJob.h"

#include "codegen/report/BuildReport.h"
#include "tools/qwenc/DescribeModel.h"
#include "tools/qwenc/Explain.h"
#include "tools/qwenc/OutputForms.h"
#include "tools/qwenc/VerifyAccuracy.h"

#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace qwenc;
using mlir::ModuleOp;

static Expected<IRDumper> createDumper(Session &session, const Job &job) {
  const Options &options = session.options;
  std::string folder = options.dumpDirectory;
  if (!folder.empty() && !job.isOnly)
    folder += "/" + job.label;
  bool hasHeader = !folder.empty() || !options.saveRepro.empty() || options.emit < EmitKind::Object;
  DumpHeader header;
  if (hasHeader)
    header = describeSource(options, job.cpu, session.sourceHash());
  return IRDumper::create({folder, options.dumpFilter, options.saveRepro, header});
}

/// The module of a job, up to the level that is asked for.
static Expected<ModuleRef> schedule(Session &session, Job &job, PassRunner passes, IRDumper &dumper,
                                    mlir::TimingScope &scope) {
  const Options &options = session.options;
  ModuleRef module = std::move(job.module);
  if (!module) {
    module = session.importGraph();
    (*module)->setAttr(ir::kTargetAttrName, job.target);
  }
  // On a dump too, which may come from a compilation without the flag.
  if (options.deterministic)
    (*module)->setAttr(kDeterministicAttrName, mlir::UnitAttr::get(&session.context));
  if (job.passesDone == 0)
    dumper.dump(*module, "import");
  std::optional<SemanticsCheck> semantics;
  if (options.verifySemantics) {
    semantics.emplace(readWeightsOf(*session.model));
    // The measure of a dump is what the model means.
    ModuleRef imported = session.importGraph();
    if (Error error = semantics->compare(*imported, "import"))
      return error;
    if (!options.compileFrom.empty())
      if (Error error = semantics->compare(*module, "the dump"))
        return createStringError("--verify-ir-semantics: " + toString(std::move(error)));
    passes.semantics = &*semantics;
  }
  passes.costs = &session.costs;
  if (Error error = passes.schedule(*module, job.passesDone, dumper, scope))
    return error;
  // Only who asked for a file must learn that it cannot be written.
  Error unsaved = session.tuning.save();
  if (unsaved && !options.tuningCache.empty())
    return unsaved;
  consumeError(std::move(unsaved));
  return module;
}

/// Models the schedule. Without `objects`, code is made for that alone.
static Expected<CpuReport> report(Session &session, const Job &job, ModuleOp scheduled,
                                  const KernelSet *objects, const PassRunner &passes) {
  const Options &options = session.options;
  std::optional<KernelSet> made;
  mlir::TimingScope scope = session.stage("Modelling " + job.label);
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
  auto tokenizer = makeTokenizerImage(*session.model, options);
  if (!tokenizer)
    return tokenizer.takeError();
  return buildReport(scheduled, *objects, {options.bandwidthGBs, int64_t(tokenizer->size())});
}

Expected<CompiledJob> qwenc::compileJob(Session &session, Job &job, const PassRunner &passes,
                                        StringRef suffix) {
  const Options &options = session.options;
  auto dumper = createDumper(session, job);
  if (!dumper)
    return dumper.takeError();
  mlir::TimingScope scope = session.stage("Compiling for " + job.label);
  auto module = schedule(session, job, passes, *dumper, scope);
  if (!module)
    return module.takeError();
  CompiledJob result;
  bool isCode = options.emit > EmitKind::ScheduledIR;
  if (isCode) {
    result.scheduled = (*module)->clone();
    if (Error error = passes.lower(**module, *dumper, scope))
      return error;
    CodeForm form = options.emit == EmitKind::LLVMIR     ? CodeForm::LLVMIR
                    : options.emit == EmitKind::Assembly ? CodeForm::Assembly
                                                         : CodeForm::Object;
    mlir::TimingScope code = scope.nest("Code");
    auto set = compileKernelSet(**module, suffix, form, options.threads);
    if (!set)
      return set.takeError();
    code.stop();
    result.code = std::move(*set);
    if (options.emit != EmitKind::Executable)
      if (Error error = writeCode(options, job, *result.code, *dumper))
        return error;
  } else {
    if (Error error = writeModule(options, job, **module, *dumper))
      return error;
    result.scheduled = std::move(*module);
  }
  if (options.report.empty())
    return result;
  bool hasObjects = options.emit >= EmitKind::Object;
  auto modelled =
      report(session, job, *result.scheduled, hasObjects ? &*result.code : nullptr, passes);
  if (!modelled)
    return modelled.takeError();
  result.report = std::move(*modelled);
  return result;
}

/// What schedules of one executable share, by what a message calls it.
static std::vector<std::pair<std::string, mlir::Attribute>> sharedFacts(ModuleOp scheduled) {
  std::vector<std::pair<std::string, mlir::Attribute>> facts;
  for (StringRef name : {ir::kWeightBytesAttrName, ir::kRopeTablesAttrName, ir::kMaxBatchAttrName})
    facts.emplace_back(name, scheduled->getAttr(name));
  for (auto tensor : scheduled.getOps<ir::TensorOp>())
    for (StringRef name : {ir::kPackedAttrName, ir::kRowOrderAttrName})
      facts.emplace_back((name + " of '" + tensor.getSymName() + "'").str(), tensor->getAttr(name));
  scheduled.walk([&](ir::AttentionOp op) {
    facts.emplace_back("the type of the cache", mlir::TypeAttr::get(op.getKv().getType()));
  });
  return facts;
}

Error qwenc::checkShared(ArrayRef<ModuleRef> schedules) {
  auto cpuOf = [](const ModuleRef &schedule) {
    return schedule.get()->getAttrOfType<ir::TargetAttr>(ir::kTargetAttrName).getCpu();
  };
  const auto first = sharedFacts(schedules.front().get());
  for (const ModuleRef &schedule : schedules.drop_front()) {
    const auto facts = sharedFacts(schedule.get());
    for (const auto &[fact, other] : llvm::zip(first, facts))
      if (fact != other)
        return createStringError("the schedules for " + cpuOf(schedules.front()) + " and " +
                                 cpuOf(schedule) +
                                 " do not fit in one executable: they differ in " + fact.first);
  }
  return Error::success();
}

Error qwenc::explainJob(Session &session, Job &job, const PassRunner &passes) {
  const Options &options = session.options;
  auto explanation = Explanation::create(*session.model, options.explain);
  if (!explanation)
    return explanation.takeError();
  auto dumper = createDumper(session, job);
  if (!dumper)
    return dumper.takeError();
  mlir::TimingScope scope = session.stage("Explaining");
  PassRunner watched = passes;
  watched.atLevel = [&](StringRef level, ModuleOp module) { explanation->addLevel(level, module); };
  if (job.passesDone == 0)
    explanation->addLevel("graph", job.module ? *job.module : *session.importGraph());
  auto module = schedule(session, job, watched, *dumper, scope);
  if (!module)
    return module.takeError();
  explanation->addPacked(**module);
  if (Error error = watched.lower(**module, *dumper, scope))
    return error;
  auto set = compileKernelSet(**module, "", CodeForm::Assembly, options.threads);
  if (!set)
    return set.takeError();
  explanation->addCode(*set);
  session.progress.finish();
  outs() << (job.isOnly ? "" : job.label + "\n") << explanation->text();
  return Error::success();
}

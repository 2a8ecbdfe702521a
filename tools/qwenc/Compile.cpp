//===- tools/qwenc/Compile.cpp - from a file to a file ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   GGUF --loadModel--> Model --importModel--> graph IR
//     for each CPU:  graph --fusion--> fused --schedule--> scheduled --lowering--> kernels
//   kernels --link--> executable <--append-- weights (packed as scheduled), tokenizer
//===----------------------------------------------------------------------===//
#include "tools/qwenc/Compile.h"

#include "codegen/image/ExecutableImage.h"
#include "codegen/image/ModelDescriptor.h"
#include "codegen/image/WeightSection.h"
#include "codegen/link/LldLinker.h"
#include "ir/target/ResolveTarget.h"
#include "tools/qwenc/CompileJob.h"
#include "tools/qwenc/DescribeModel.h"
#include "tools/qwenc/OutputFile.h"
#include "tools/qwenc/ReportFile.h"
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
/// What an executable is linked from: the targets' code, best first, and the
/// schedules that it was made from.
struct Parts {
  std::vector<KernelSet> sets;
  std::vector<ModuleRef> schedules;

  void add(CompiledJob part, const Options &options);
};
} // namespace

void Parts::add(CompiledJob part, const Options &options) {
  ir::TargetAttr target = part.code->target;
  // CPUs of one class would run the same set: one is enough.
  auto twin = llvm::find_if(sets, [&](const KernelSet &other) {
    return other.target.getKernelClass() == target.getKernelClass();
  });
  if (twin == sets.end()) {
    sets.push_back(std::move(*part.code));
    schedules.push_back(std::move(part.scheduled));
  } else if (!options.quiet) {
    errs() << "qwenc: note: " << target.getCpu() << " runs the code made for "
           << twin->target.getCpu() << " (" << target.getKernelClass() << ")\n";
  }
}

static Error writeExecutable(Session &session, const Parts &parts, StringRef program) {
  const Options &options = session.options;
  const Model &model = *session.model;
  if (Error error = checkShared(parts.schedules))
    return error;
  // All have the weights in the same places.
  ModuleOp scheduled = parts.schedules.front().get();
  StringRef triple = parts.sets.front().target.getTriple();
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
  ModelDescription description = describeModel(model, options, parts.schedules, parts.sets);
  description.sourceSha256 = session.sourceHash();
  description.weightFlags = *changes;
  mlir::TimingScope scope = session.stage("Linking");
  auto descriptor = emitModelDescriptor(description, parts.sets);
  if (!descriptor)
    return descriptor.takeError();
  std::vector<std::string> objects = {std::move(*descriptor)};
  for (const KernelSet &set : parts.sets)
    llvm::append_range(objects, set.files);
  if (Error error = linkExecutable(objects, *sysroot, triple, output->temporary()))
    return error;

  auto tokenizer = makeTokenizerImage(model, options);
  if (!tokenizer)
    return tokenizer.takeError();
  scope = session.stage("Packing weights");
  uint64_t bytes = scheduled->getAttrOfType<mlir::IntegerAttr>(ir::kWeightBytesAttrName).getInt();
  KernelArch arch = Triple(triple).isAArch64() ? KernelArch::AArch64 : KernelArch::X86;
  auto writeWeights = [&](int file, uint64_t offset) {
    return writeWeightSection(scheduled, ModelWeights(model, session.transforms, options), arch,
                              file, offset, options.threads,
                              [&](uint64_t done) { session.progress.bytes(done, bytes); });
  };
  if (Error error = appendPayload(output->temporary(), bytes, writeWeights, *tokenizer))
    return error;
  if (!options.verifyText.empty()) {
    scope = session.stage("Verifying");
    if (Error error = verifyAccuracy(options, model, output->temporary(), scheduled, outs()))
      return error;
  }
  return output->keep();
}

static Error compileJobs(Session &session, std::vector<Job> &jobs, const PassRunner &passes,
                         StringRef program) {
  const Options &options = session.options;
  auto reportFile = ReportFile::create(options.report, options.force);
  if (!reportFile)
    return reportFile.takeError();
  const ModelConfig &config = session.model->config;
  Report report = {QWENC_VERSION,
                   config.name.empty() ? sys::path::stem(options.model).str() : config.name,
                   architectureName(config.arch),
                   {},
                   {}};
  Parts parts;
  for (Job &job : jobs) {
    std::string suffix = job.isOnly ? "" : "." + std::to_string(&job - jobs.data());
    auto compiled = compileJob(session, job, passes, suffix);
    if (!compiled)
      return compiled.takeError();
    if (compiled->report)
      report.cpus.push_back(std::move(*compiled->report));
    if (options.emit == EmitKind::Executable)
      parts.add(std::move(*compiled), options);
  }
  if (options.emit == EmitKind::Executable)
    if (Error error = writeExecutable(session, parts, program))
      return error;
  reportTransforms(session.transforms, options, report);
  return reportFile->wanted() ? reportFile->write(report) : Error::success();
}

Error qwenc::compile(const Options &options, StringRef program) {
  if (!options.report.empty() && options.emit < EmitKind::ScheduledIR)
    return make_error<UsageError>("--report: there are no kernels at the level that --emit asks "
                                  "for; emit mlir:scheduled or what comes after it");
  if (!options.saveRepro.empty())
    if (auto file = OutputFile::create(options.saveRepro, options.force); !file)
      return file.takeError();
  Session session(options);
  auto passes = PassRunner::create(options, session.context);
  if (!passes)
    return passes.takeError();
  ir::initializeTargets();
  // The command line is wrong at once, not after a large file is read.
  bool hasDumps = !options.compileFrom.empty();
  auto jobs = hasDumps ? std::vector<Job>() : jobsOfCpus(session);
  if (!jobs)
    return jobs.takeError();
  if (Error error = session.loadModel())
    return error;
  if (hasDumps)
    jobs = jobsOfDumps(session, *passes);
  if (!jobs)
    return jobs.takeError();
  if (Error error = arrangeJobs(*jobs, options))
    return error;

  if (!options.explain.empty()) {
    for (Job &job : *jobs)
      if (Error error = explainJob(session, job, *passes))
        return error;
    return Error::success();
  }
  if (Error error = compileJobs(session, *jobs, *passes, program))
    return error;
  // What it was kept for did not happen.
  if (!options.saveRepro.empty())
    if (std::error_code code = sys::fs::remove(options.saveRepro))
      return createStringError(code, "--save-repro: cannot remove " + options.saveRepro);
  return Error::success();
}

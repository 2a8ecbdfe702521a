//===- tools/qwenc/Jobs.cpp - what is compiled for which CPU --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/Jobs.h"

#include "ir/kernels/KernelSpec.h"
#include "ir/target/ResolveTarget.h"
#include "tools/qwenc/Compile.h"

using namespace llvm;
using namespace qwenc;

Expected<std::vector<Job>> qwenc::jobsOfCpus(Session &session) {
  std::vector<Job> jobs;
  const Options &options = session.options;
  for (const std::string &cpu : options.cpus) {
    auto targets = ir::resolveTargets(&session.context, {cpu, options.triple, options.attrs});
    if (!targets)
      return make_error<UsageError>(toString(targets.takeError()));
    for (ir::TargetAttr target : *targets)
      if (none_of(jobs, [&](const Job &job) { return job.target == target; }))
        jobs.push_back({target, cpu, {}});
  }
  return jobs;
}

static Expected<Job> readJob(Session &session, const PassRunner &passes, const std::string &path) {
  const Options &options = session.options;
  mlir::TimingScope scope = session.stage("Reading " + path);
  auto header = readDumpHeader(path);
  if (!header)
    return header.takeError();
  auto module = readDump(session.context, path);
  if (!module)
    return module.takeError();
  auto done = countPassesDone(**module, path, *header, passes.passes(), passes.stages());
  if (!done)
    return done.takeError();
  if ((*done && options.emit == EmitKind::GraphIR) ||
      (*done > passes.stages().fused && options.emit == EmitKind::FusedIR))
    return make_error<UsageError>("--emit: " + path + " is past the level that is asked for");
  if (Error error = bindToModel(**module, *session.model, options.model, path))
    return error;
  auto target = targetOf(**module, path);
  if (!target)
    return target.takeError();
  return Job{*target, target->getCpu().str(), std::move(*module), *done};
}

Expected<std::vector<Job>> qwenc::jobsOfDumps(Session &session, const PassRunner &passes) {
  const Options &options = session.options;
  if (!options.modelSha256.empty() && session.sourceHash() != options.modelSha256)
    return createStringError(options.model + ": is not the file that " +
                             options.compileFrom.front() +
                             " was made from: its SHA-256 differs; name the right one");
  std::vector<Job> jobs;
  for (const std::string &path : options.compileFrom) {
    auto job = readJob(session, passes, path);
    if (!job)
      return job.takeError();
    jobs.push_back(std::move(*job));
  }
  return jobs;
}

static Error checkTriples(ArrayRef<Job> jobs) {
  for (const Job &job : jobs)
    if (job.target.getTriple() != jobs.front().target.getTriple())
      return make_error<UsageError>("--mcpu: '" + jobs.front().cpu + "' is " +
                                    jobs.front().target.getTriple().str() + " but '" + job.cpu +
                                    "' is " + job.target.getTriple().str() +
                                    "; one executable serves one architecture");
  return Error::success();
}

/// Classes sum in one order, but without fused multiply-adds each term is rounded.
static Error checkDeterministic(ArrayRef<Job> jobs) {
  auto isSse = [](const Job &job) { return job.target.getKernelClass() == "sse"; };
  auto slow = llvm::find_if(jobs, isSse), other = llvm::find_if_not(jobs, isSse);
  if (slow == jobs.end() || other == jobs.end())
    return Error::success();
  return make_error<UsageError>("--deterministic: '" + slow->cpu +
                                "' has no fused multiply-add and "
                                "rounds where '" +
                                other->cpu + "' does not; compile for it apart");
}

/// Two dumps for one target, or 'native' beside its own name: which of them would
/// the runtime take, and which file would it be?
static Error checkLabels(ArrayRef<Job> jobs, const Options &options) {
  for (size_t i = 1; i < jobs.size(); ++i)
    if (jobs[i - 1].label == jobs[i].label)
      return make_error<UsageError>(
          (options.compileFrom.empty()
               ? "--mcpu: '" + jobs[i - 1].cpu + "' and '" + jobs[i].cpu + "' are both "
               : "--compile-from: two dumps are for ") +
          jobs[i].target.getCpu().str() + " (" + jobs[i].target.getKernelClass().str() +
          "); name one");
  return Error::success();
}

Error qwenc::arrangeJobs(std::vector<Job> &jobs, const Options &options) {
  if (Error error = checkTriples(jobs))
    return error;
  llvm::sort(jobs, [](const Job &a, const Job &b) {
    auto rank = [](const Job &job) { return *parseKernelClass(job.target.getKernelClass()); };
    return rank(a) != rank(b) ? rank(a) > rank(b) : a.target.getCpu() < b.target.getCpu();
  });
  for (Job &job : jobs) {
    auto sameCpu = [&](const Job &other) { return other.target.getCpu() == job.target.getCpu(); };
    job.isOnly = jobs.size() == 1;
    job.label = job.target.getCpu().str();
    if (llvm::count_if(jobs, sameCpu) > 1)
      job.label += "." + job.target.getKernelClass().str();
  }
  if (Error error = checkLabels(jobs, options))
    return error;
  return options.deterministic ? checkDeterministic(jobs) : Error::success();
}

//===- tools/qwenc/Options.cpp - the command line --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/qwenc/Options.h"

#include "tools/qwenc/Compile.h"
#include "tools/qwenc/InspectFlags.h"
#include "tools/qwenc/OwnFlags.h"
#include "tools/qwenc/PrintKernels.h"
#include "tools/qwenc/PrintTargets.h"
#include "tools/qwenc/RecordedFlags.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Threading.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace llvm;
using namespace qwenc;

/// FILE or FILE:SCALE; a file's own name may hold colons.
static LoraOption parseLora(StringRef text) {
  LoraOption lora{text.str()};
  auto [path, number] = text.rsplit(':');
  double scale;
  if (!path.empty() && !number.getAsDouble(scale, /*AllowInexact=*/true) && std::isfinite(scale))
    lora = {path.str(), static_cast<float>(scale)};
  return lora;
}

Options qwenc::parseOptions(int argc, char **argv) {
  claimFlags({"o",           "deterministic", "mcpu",          "mtriple",       "mattr",
              "emit",        "disable-pass",  "threads",       "force",         "quiet",
              "kv-type",     "report",        "bandwidth-gbs", "print-kernels", "print-targets",
              "lora",        "quantize",      "scales",        "calibrate",     "imatrix",
              "tuning-cache"});
  claimFlags(inspectFlagNames());
  cl::OptionCategory category("qwenc options");
  InspectFlags inspect(category);
  cl::opt<std::string> model(cl::Positional, cl::desc("MODEL.gguf"), cl::cat(category));
  cl::opt<std::string> output("o", cl::value_desc("OUT"), cl::cat(category),
                              cl::desc("Output file (default: the model's name without extension; "
                                       "-: standard output, for text)"));
  cl::list<std::string> cpus("mcpu", cl::CommaSeparated, cl::value_desc("NAME[,NAME...]"),
                             cl::cat(category),
                             cl::desc("CPUs to compile for: any that LLVM knows, 'native' "
                                      "(default) or 'generic'"));
  cl::opt<std::string> triple("mtriple", cl::value_desc("TRIPLE"), cl::cat(category),
                              cl::desc("aarch64-linux-gnu or x86_64-linux-gnu (default: follows "
                                       "from the CPU)"));
  cl::opt<std::string> attrs("mattr", cl::value_desc("+f,-f"), cl::cat(category),
                             cl::desc("Features to add to or take from the CPU's"));
  cl::opt<EmitKind> emit(
      "emit", cl::desc("What to write:"), cl::init(EmitKind::Executable), cl::cat(category),
      cl::values(clEnumValN(EmitKind::Executable, "exe", "a standalone executable (default)"),
                 clEnumValN(EmitKind::Object, "obj", "an object file"),
                 clEnumValN(EmitKind::Assembly, "asm", "assembly"),
                 clEnumValN(EmitKind::LLVMIR, "llvm", "LLVM IR"),
                 clEnumValN(EmitKind::ScheduledIR, "mlir", "the scheduled IR"),
                 clEnumValN(EmitKind::ScheduledIR, "mlir:scheduled", "the same"),
                 clEnumValN(EmitKind::FusedIR, "mlir:fused", "the IR after fusion"),
                 clEnumValN(EmitKind::GraphIR, "mlir:graph", "the IR as imported")));
  cl::list<std::string> disabled("disable-pass", cl::value_desc("FLAG"), cl::Hidden,
                                 cl::cat(category),
                                 cl::desc("Leave an optimisation out, to see what it does"));
  cl::opt<unsigned> threads("threads", cl::value_desc("N"), cl::init(0), cl::cat(category),
                            cl::desc("Threads of the compiler (default: one a CPU)"));
  cl::opt<KVFormat> cache("kv-type", cl::desc("How the executable keeps keys and values:"),
                          cl::init(KVFormat::F16), cl::cat(category),
                          cl::values(clEnumValN(KVFormat::F16, "f16", "16-bit floats (default)"),
                                     clEnumValN(KVFormat::Q8, "q8",
                                                "8-bit integers with scales: little more than "
                                                "half the memory")));
  cl::list<std::string> loras(
      "lora", cl::value_desc("FILE[:SCALE]"), cl::cat(category),
      cl::desc("Merge a LoRA adapter into the weights: a GGUF file, or a folder that PEFT wrote "
               "(may be given several times)"));
  cl::opt<std::string> quantize(
      "quantize", cl::value_desc("FORMAT[,PATTERN=FORMAT...]"), cl::cat(category),
      cl::desc("Other weight formats than the file's: w4g32, w4g64, w4g128 (with a minimum: "
               "w4g32a ...), w8g32, w8 (a scale for a row), f16, keep; patterns are names of "
               "tensors (*.attn_v=w8g32)"));
  cl::opt<ScaleRule> scales(
      "scales",
      cl::desc("How the scales of new weights are chosen (default: fitted if there is a "
               "profile):"),
      cl::cat(category),
      cl::values(clEnumValN(ScaleRule::Absmax, "absmax", "by the largest magnitude"),
                 clEnumValN(ScaleRule::Fitted, "fitted", "of least error")));
  cl::opt<std::string> calibrate(
      "calibrate", cl::value_desc("TEXT"), cl::cat(category),
      cl::desc("Run the model over the beginning of this text file first, and weigh errors of new "
               "weights by their inputs"));
  cl::opt<std::string> imatrix("imatrix", cl::value_desc("FILE"), cl::cat(category),
                               cl::desc("The same from an importance matrix of llama.cpp"));
  cl::opt<bool> deterministic("deterministic", cl::cat(category),
                              cl::desc("The same logits, bit for bit, from the code for every CPU "
                                       "of --mcpu"));
  cl::opt<bool> force("force", cl::cat(category),
                      cl::desc("Replace OUT even if qwenc did not make it"));
  cl::opt<bool> quiet("quiet", cl::cat(category), cl::desc("No progress"));
  cl::opt<std::string> report("report", cl::value_desc("FILE.json|FILE.html|-"), cl::cat(category),
                              cl::desc("Write what the model will cost on each CPU, as modelled "
                                       "(-: JSON on standard output)"));
  cl::opt<double> bandwidth("bandwidth-gbs", cl::value_desc("N"), cl::init(0), cl::cat(category),
                            cl::desc("The report's memory bandwidth in GB/s (default: of a "
                                     "machine with that CPU)"));
  cl::opt<std::string> tuning("tuning-cache", cl::value_desc("FILE|none"), cl::cat(category),
                              cl::desc("Where modelled costs of tiles are kept between runs "
                                       "(default: in the user's cache directory)"));
  cl::opt<bool> list("print-targets", cl::cat(category), cl::ValueDisallowed,
                     cl::desc("List the CPUs that --mcpu takes, their kernels and features"),
                     cl::callback([](const bool &) {
                       if (Error error = printTargets(outs())) {
                         errs() << "qwenc: error: " << toString(std::move(error)) << "\n";
                         std::exit(70);
                       }
                       std::exit(0);
                     }));
  cl::opt<bool> listKernels("print-kernels", cl::cat(category), cl::ValueDisallowed,
                            cl::desc("List the matrix kernels by CPU class, format and phase"),
                            cl::callback([](const bool &) {
                              printKernels(outs());
                              std::exit(0);
                            }));
  cl::extrahelp examples(
      "\nEXAMPLES:\n"
      "  qwenc qwen2.5-0.5b-q4_0.gguf -o qwen         for this machine\n"
      "  qwenc model.gguf --mcpu=neoverse-n1 -o qwen  for an Arm server\n"
      "  qwenc model.gguf --mcpu=cortex-a72,cortex-a76\n"
      "                                               one file for two CPUs\n"
      "  qwenc model.gguf --emit=mlir -o -            the schedule, to read\n"
      "  qwenc model.gguf --emit=asm -o model.s       the code, to read\n"
      "  qwenc model.gguf --mcpu=neoverse-n2 -o qwen --report=qwen.html\n"
      "                                               what it will cost there\n");

  hideOtherFlags(category);
  cl::SetVersionPrinter([](raw_ostream &out) { out << "qwenc " << QWENC_VERSION << "\n"; });
  auto refuse = [](const Twine &message, int status = 2) {
    errs() << "qwenc: error: " << message << "\n";
    std::exit(status);
  };
  std::vector<std::string> args(argv + 1, argv + argc);
  auto dumped = readDumpArguments(args);
  if (!dumped) {
    Error error = dumped.takeError();
    bool isUsage = error.isA<UsageError>();
    refuse(toString(std::move(error)), isUsage ? 2 : 1);
  }
  args.insert(args.begin(), dumped->flags.begin(), dumped->flags.end());
  std::vector<const char *> words = {argv[0]};
  for (const std::string &arg : args)
    words.push_back(arg.c_str());
  std::string problem;
  raw_string_ostream stream(problem);
  if (!cl::ParseCommandLineOptions(int(words.size()), words.data(),
                                   "compiles a Qwen model in a GGUF file to an executable\n",
                                   &stream)) {
    errs() << problem;
    std::exit(2);
  }
  if (model.empty() && dumped->model.empty())
    refuse("which model? qwenc MODEL.gguf -o OUT; qwenc --help tells more");

  Options options;
  options.model = model.empty() ? dumped->model : model;
  if (model.empty())
    options.modelSha256 = dumped->sha256;
  options.flags = recordFlags(args, /*target=*/false);
  options.command = recordFlags(args, /*target=*/true);
  if (Error error = inspect.store(options))
    refuse(toString(std::move(error)));
  options.output = output;
  options.cpus.assign(cpus.begin(), cpus.end());
  if (options.cpus.empty())
    options.cpus.push_back(triple.empty() ? "native" : "generic");
  options.triple = triple;
  options.attrs = attrs;
  options.emit = emit;
  options.disabledPasses.assign(disabled.begin(), disabled.end());
  options.threads = threads ? unsigned(threads) : hardware_concurrency().compute_thread_count();
  options.cache = cache;
  for (const std::string &text : loras)
    options.loras.push_back(parseLora(text));
  options.quantize = quantize;
  if (scales.getNumOccurrences())
    options.scales = scales;
  options.calibrate = calibrate;
  options.imatrix = imatrix;
  options.deterministic = deterministic;
  options.force = force;
  options.quiet = quiet;
  options.report = report;
  options.bandwidthGBs = bandwidth;
  options.tuningCache = tuning;
  if (!options.explain.empty() && options.emit != EmitKind::Executable)
    refuse("--explain prints and writes nothing: leave --emit out");
  if (!options.verifyText.empty() && options.emit != EmitKind::Executable)
    refuse("--verify runs an executable: leave --emit out");
  StringRef file = options.report;
  if (!file.empty() && file != "-" && !file.ends_with(".json") && !file.ends_with(".html"))
    refuse("--report=" + file + ": name a file that ends in .json or .html, or -");
  if (file == "-" && options.output == "-")
    refuse("--report=- and -o - would mix on standard output; name a file for one of them");
  if (options.bandwidthGBs < 0 || (bandwidth.getNumOccurrences() && options.bandwidthGBs == 0))
    refuse("--bandwidth-gbs: must be more than 0");
  if (!options.calibrate.empty() && !options.imatrix.empty())
    refuse("--calibrate and --imatrix: one profile is enough");
  if (options.quantize.empty() && options.loras.empty() &&
      (options.scales || !options.calibrate.empty() || !options.imatrix.empty()))
    refuse(
        "--scales, --calibrate and --imatrix say how weights are encoded anew; they mean nothing "
        "without --quantize or --lora");
  // They tell of passes, which do not change weights.
  if (options.verifySemantics && (!options.quantize.empty() || !options.loras.empty()))
    refuse("--verify-ir-semantics: leave --quantize and --lora out");
  if (quantize.getNumOccurrences() && options.quantize.empty())
    refuse("--quantize: names no format");
  releaseFlags(model, output, cpus, triple, attrs, emit, disabled, threads, cache, loras, quantize,
               scales, calibrate, imatrix, deterministic, force, quiet, report, bandwidth, tuning,
               list, listKernels);
  return options;
}

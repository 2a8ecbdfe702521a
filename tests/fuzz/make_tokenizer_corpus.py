#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes first inputs for TokenizerFuzz into the folder given: the texts and the
chat templates of the unit tests behind each choice byte that fits them."""
import json
import pathlib
import sys

DATA = pathlib.Path(__file__).resolve().parent.parent / "testdata" / "tokenizer"
CHAT, TEMPLATE, DAMAGE = 5 << 3, 6 << 3, 7 << 3


def main():
    folder = pathlib.Path(sys.argv[1])
    inputs = [bytes([DAMAGE | flags, 1, 2, 3, 4]) for flags in range(8)]
    for number, case in enumerate(json.loads((DATA / "tokens-qwen2.json").read_text())):
        text = case["text"].encode() if "text" in case else bytes.fromhex(case["hex"])
        inputs.append(bytes([number % 8]) + text)
        inputs.append(bytes([CHAT | number % 8]) + text)
    for path in sorted((DATA / "templates").glob("*.jinja")):
        inputs.append(bytes([TEMPLATE]) + path.read_bytes())
    for number, data in enumerate(inputs):
        (folder / f"{number:04}").write_bytes(data)


main()

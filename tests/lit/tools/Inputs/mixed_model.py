#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a tiny qwen2 model, all zeros, with a different format for each weight.

    mixed_model.py OUT.gguf
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "errors"))
import tiny_gguf  # noqa: E402

pathlib.Path(sys.argv[1]).write_bytes(tiny_gguf.tiny_model("qwen2").encode()[0])

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Write a random LoRA adapter as PEFT saves it.

  qwenc MODEL.gguf --emit=mlir:graph -o - | make_adapter.py FOLDER

takes the shapes of all attn_v and attn_output weights from the graph.
"""

import array
import json
import random
import re
import struct
import sys
from pathlib import Path

RANK, ALPHA = 4, 8
MODULES = {"attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj"}
TENSOR = re.compile(r'@"?blk\.(\d+)\.(attn_v|attn_output)\.weight"?.*!qwen\.weight<(\d+)x(\d+)')


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    stream = random.Random(1)
    header, data = {}, bytearray()

    def add(name: str, rows: int, columns: int, size: float) -> None:
        values = array.array("f", (stream.gauss(0, size) for _ in range(rows * columns)))
        header[name] = {"dtype": "F32", "shape": [rows, columns],
                        "data_offsets": [len(data), len(data) + 4 * len(values)]}
        data.extend(values.tobytes())

    for line in sys.stdin:
        found = TENSOR.search(line)
        if not found:
            continue
        layer, kind, rows, columns = found.groups()
        name = f"base_model.model.model.layers.{layer}.{MODULES[kind]}"
        add(f"{name}.lora_A.weight", RANK, int(columns), 0.05)
        add(f"{name}.lora_B.weight", int(rows), RANK, 0.2)
    if not header:
        sys.exit("make_adapter.py: no weights of attention on standard input")
    text = json.dumps(header, separators=(",", ":")).encode()
    (folder / "adapter_model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    (folder / "adapter_config.json").write_text(json.dumps(
        {"peft_type": "LORA", "r": RANK, "lora_alpha": ALPHA, "use_rslora": False,
         "bias": "none", "target_modules": ["v_proj", "o_proj"], "modules_to_save": None}))


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tiny valid GGUF models that know where each field of their header lies.

Plain Python: the files are to be broken field by field, so the writer notes
what it writes. Weights are zeros; nobody runs these models.
"""

from __future__ import annotations

import dataclasses
import struct

ALIGNMENT = 32
UINT32, FLOAT32, BOOL, INT32, STRING, ARRAY = 4, 6, 7, 5, 8, 9
# name: (number, elements of a block, bytes of a block)
TYPES = {
    "F32": (0, 1, 4), "F16": (1, 1, 2), "Q4_0": (2, 32, 18), "Q4_1": (3, 32, 20),
    "Q5_0": (6, 32, 22), "Q5_1": (7, 32, 24), "Q8_0": (8, 32, 34), "Q2_K": (10, 256, 84),
    "Q3_K": (11, 256, 110), "Q4_K": (12, 256, 144), "Q5_K": (13, 256, 176),
    "Q6_K": (14, 256, 210), "IQ4_NL": (20, 32, 18), "IQ4_XS": (23, 256, 136), "BF16": (30, 1, 2),
    "MXFP4": (39, 32, 17),
}


@dataclasses.dataclass
class Field:
    """`kind`: magic version count length text type element-type number float bool
    dims dim tensor-type offset. `owner`: the key or tensor it belongs to."""
    kind: str
    owner: str
    start: int
    size: int


@dataclasses.dataclass
class Value:
    """A metadata value: `items` of an ARRAY of `type`, else the one of `type`."""
    type: int
    items: list
    is_array: bool = False


def u32(n: int) -> Value:
    return Value(UINT32, [n])


def f32(x: float) -> Value:
    return Value(FLOAT32, [x])


def string(text: str) -> Value:
    return Value(STRING, [text])


def strings(texts: list[str]) -> Value:
    return Value(STRING, texts, True)


def integers(numbers: list[int]) -> Value:
    return Value(INT32, numbers, True)


@dataclasses.dataclass
class Tensor:
    name: str
    shape: tuple[int, ...]  # numpy order
    type: str

    @property
    def bytes(self) -> int:
        _, elements, size = TYPES[self.type]
        count = 1
        for n in self.shape:
            count *= n
        return count // elements * size


class Writer:
    """Writes a file and the list of its header's fields."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.fields: list[Field] = []

    def put(self, kind: str, owner: str, raw: bytes) -> None:
        self.fields.append(Field(kind, owner, len(self.data), len(raw)))
        self.data += raw

    def put_string(self, owner: str, text: str, kind: str = "text") -> None:
        raw = text.encode()
        self.put("length", owner, struct.pack("<Q", len(raw)))
        if raw:
            self.put(kind, owner, raw)

    def put_item(self, key: str, type_number: int, item) -> None:
        if type_number == STRING:
            self.put_string(key, item)
        elif type_number == FLOAT32:
            self.put("float", key, struct.pack("<f", item))
        elif type_number == BOOL:
            self.put("bool", key, struct.pack("<B", item))
        else:
            self.put("number", key, struct.pack("<I" if type_number == UINT32 else "<i", item))

    def put_pair(self, key: str, value: Value) -> None:
        self.put_string(key, key, "key")
        if value.is_array:
            self.put("type", key, struct.pack("<I", ARRAY))
            self.put("element-type", key, struct.pack("<I", value.type))
            self.put("count", key, struct.pack("<Q", len(value.items)))
        else:
            self.put("type", key, struct.pack("<I", value.type))
        for item in value.items:
            self.put_item(key, value.type, item)

    def put_tensor(self, tensor: Tensor, offset: int) -> None:
        self.put_string(tensor.name, tensor.name, "name")
        self.put("dims", tensor.name, struct.pack("<I", len(tensor.shape)))
        for n in reversed(tensor.shape):
            self.put("dim", tensor.name, struct.pack("<Q", n))
        self.put("tensor-type", tensor.name, struct.pack("<I", TYPES[tensor.type][0]))
        self.put("offset", tensor.name, struct.pack("<Q", offset))


@dataclasses.dataclass
class Model:
    """What a file says; `pairs` and `tensors` may be changed before encode()."""
    pairs: list[tuple[str, Value]]
    tensors: list[Tensor]
    version: int = 3

    def set(self, key: str, value: Value) -> None:
        for i, (k, _) in enumerate(self.pairs):
            if k == key:
                self.pairs[i] = (key, value)
                return
        self.pairs.append((key, value))

    def remove(self, key: str) -> None:
        self.pairs = [(k, v) for k, v in self.pairs if k != key]

    def tensor(self, name: str) -> Tensor:
        return next(t for t in self.tensors if t.name == name)

    def encode(self, offsets: dict[str, int] | None = None) -> tuple[bytes, list[Field]]:
        """The file and its header's fields; `offsets` replaces tensors' offsets."""
        w = Writer()
        w.put("magic", "", b"GGUF")
        w.put("version", "", struct.pack("<I", self.version))
        w.put("count", "tensors", struct.pack("<Q", len(self.tensors)))
        w.put("count", "pairs", struct.pack("<Q", len(self.pairs)))
        for key, value in self.pairs:
            w.put_pair(key, value)
        offset = 0
        for tensor in self.tensors:
            w.put_tensor(tensor, (offsets or {}).get(tensor.name, offset))
            offset += -(-tensor.bytes // ALIGNMENT) * ALIGNMENT
        w.data += bytes(-len(w.data) % ALIGNMENT)
        last = self.tensors[-1].bytes if self.tensors else 0
        return bytes(w.data) + bytes(offset - -(-last // ALIGNMENT) * ALIGNMENT + last), w.fields


def tiny_model(arch: str, untied: bool = False) -> Model:
    """One layer: width 32, 2 query heads and 1 KV head (qwen: 2) of 16, feed-forward 64,
    8 tokens; qwen2moe, qwen3moe: 4 experts of 32, of which 2 are used."""
    has_experts = arch.endswith("moe")
    pairs = [
        ("general.architecture", string(arch)),
        ("general.name", string("Tiny")),
        ("general.alignment", u32(ALIGNMENT)),
        (f"{arch}.block_count", u32(1)),
        (f"{arch}.context_length", u32(128)),
        (f"{arch}.embedding_length", u32(32)),
        (f"{arch}.feed_forward_length", u32(128 if arch == "qwen" else 64)),
        (f"{arch}.attention.head_count", u32(2)),
        (f"{arch}.attention.head_count_kv", u32(2 if arch == "qwen" else 1)),
        (f"{arch}.attention.layer_norm_rms_epsilon", f32(1e-6)),
        (f"{arch}.rope.freq_base", f32(1e6)),
        ("tokenizer.ggml.model", string("gpt2")),
        ("tokenizer.ggml.pre", string("qwen2")),
        ("tokenizer.ggml.tokens",
         strings(["a", "b", "c", "ab", "bc", "abc", "<|im_start|>", "<|im_end|>"])),
        ("tokenizer.ggml.token_type", integers([1, 1, 1, 1, 1, 1, 3, 3])),
        ("tokenizer.ggml.merges", strings(["a b", "b c", "ab c"])),
        ("tokenizer.ggml.bos_token_id", u32(6)),
        ("tokenizer.ggml.eos_token_id", u32(7)),
        ("tokenizer.ggml.add_bos_token", Value(BOOL, [0])),
        ("tokenizer.chat_template", string("{{ messages }}")),
    ]
    if has_experts:
        pairs[4:4] = [(f"{arch}.expert_count", u32(4)), (f"{arch}.expert_used_count", u32(2)),
                      (f"{arch}.expert_feed_forward_length", u32(32))]
    if arch == "qwen2moe":
        pairs[4:4] = [(f"{arch}.expert_shared_feed_forward_length", u32(64))]
    tensors = [
        Tensor("token_embd.weight", (8, 32), "Q8_0"),
        Tensor("blk.0.attn_norm.weight", (32,), "F32"),
    ]
    if arch == "qwen":
        tensors += [Tensor("blk.0.attn_qkv.weight", (96, 32), "Q4_0"),
                    Tensor("blk.0.attn_qkv.bias", (96,), "F32")]
    else:
        tensors += [Tensor("blk.0.attn_q.weight", (32, 32), "Q4_0"),
                    Tensor("blk.0.attn_k.weight", (16, 32), "Q4_0"),
                    Tensor("blk.0.attn_v.weight", (16, 32), "Q4_0")]
    if arch in ("qwen2", "qwen2moe"):
        tensors += [Tensor(f"blk.0.attn_{x}.bias", (n,), "F32")
                    for x, n in (("q", 32), ("k", 16), ("v", 16))]
    if arch in ("qwen3", "qwen3moe"):
        tensors += [Tensor(f"blk.0.attn_{x}_norm.weight", (16,), "F32") for x in "qk"]
    tensors += [
        Tensor("blk.0.attn_output.weight", (32, 32), "F16"),
        Tensor("blk.0.ffn_norm.weight", (32,), "F32"),
    ]
    if has_experts:
        tensors += [
            Tensor("blk.0.ffn_gate_inp.weight", (4, 32), "F32"),
            Tensor("blk.0.ffn_gate_exps.weight", (4, 32, 32), "Q4_0"),
            Tensor("blk.0.ffn_up_exps.weight", (4, 32, 32), "Q4_1"),
            Tensor("blk.0.ffn_down_exps.weight", (4, 32, 32), "Q8_0"),
        ]
    if arch == "qwen2moe":
        tensors.append(Tensor("blk.0.ffn_gate_inp_shexp.weight", (32,), "F32"))
    if arch != "qwen3moe":
        kind = "_shexp" if has_experts else ""
        tensors += [
            Tensor(f"blk.0.ffn_gate{kind}.weight", (64, 32), "Q4_1"),
            Tensor(f"blk.0.ffn_up{kind}.weight", (64, 32), "BF16"),
            Tensor(f"blk.0.ffn_down{kind}.weight", (32, 64), "Q8_0"),
        ]
    tensors.append(Tensor("output_norm.weight", (32,), "F32"))
    if untied:
        tensors.append(Tensor("output.weight", (8, 32), "F32"))
    return Model(pairs, tensors)

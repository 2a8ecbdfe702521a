#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes the tokenizer's test data: what llama.cpp and transformers say.

    make_tokenizer_data.py SMOLLM2.gguf QWEN2.gguf      (vocabulary-only files do)

Needs llama-cpp-python, transformers (without torch), jinja2 and gguf; tests need
none of them. It writes next to itself:

  vocab-{qwen2,smollm2}.json   the real vocabularies cut to their first merges
  tokens-PRE.json              texts and their tokens by llama.cpp on these, for
                               each pre-tokenizer PRE
  chat.json                    conversations rendered and tokenized by
                               transformers' apply_chat_template with the real
                               templates (templates/*.jinja)

and prints what RealVocabularyTest.cpp expects of the whole vocabularies when it
is given a third argument, the path of wiki.test.raw.
"""
import ctypes
import json
import pathlib
import random
import sys
import tempfile

import gguf
import llama_cpp
import tokenizers
import transformers
from tokenizers import Regex, decoders, models, pre_tokenizers

HERE = pathlib.Path(__file__).resolve().parent
MERGES = 2200  # of each cut vocabulary
NORMAL, CONTROL, USER_DEFINED = 1, 3, 4
CHATML = "<|im_start|>", "<|im_end|>"
# Which vocabulary serves for which pre-tokenizer.
PRES = {"qwen2": "qwen2", "gpt-2": "qwen2", "smollm": "smollm2", "llama-bpe": "smollm2"}

TEXTS = [
    "", "a", " ", "  ", "\n", "\n\n", " \n ", "\t", "\r\n", "\r\n\r\n  x", "a  b", "a   b", "  a",
    "a  ", "   ", "\t\tx", "\n\n\nx\n y", "trailing \n", "  leading", "a \u00a0b\u3000 c\u2028d",
    "The quick brown fox jumps over the lazy dog, and then it sleeps in the sun.",
    "In 1969, 3 men flew 384400 km; 12 more had gone by 1972.", "1234567890 12 3", "a1b22c333d4444",
    "x\u00b2\u00b3\u00bd\u2167\u0663\u096a 10\u00bd", "I'm you're WE'RE he'S they'LL I'D 'Ve 'x ' ''s",
    "don't DON'T '\u017f '\u212a 'R 'r", "'s's's'll'LL", "\u4f60\u597d\uff0c\u4e16\u754c\uff01123",
    "\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8", "\ud55c\uad6d\uc5b4 \ud14d\uc2a4\ud2b8",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 family \U0001f1e9\U0001f1ea \U0001f44d\U0001f3fd",
    "e\u0301 cafe\u0301 \u00c5 \u0300\u0301", "\u0627\u0644\u0644\u063a\u0629 \u0661\u0662\u0663",
    "\u0939\u093f\u0928\u094d\u0926\u0940", "\u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22",
    "<|im_start|>user\nhi<|im_end|>\n", "<|endoftext|><|im_end|>", "<|im_start|", "<|im_<|im_end|>",
    "<think>\nwell\n</think>", "\0nul\0\0", "tab\tsep\tx", "CamelCase snake_case kebab-case",
    "http://a.b/c?d=e&f=%20", "$#@!~`^&*()_+-=[]{}|;:\",./<>?", "....!!!\n\n\n", "!\n!\r\n?",
    "x\u200by\ufeffz", "\U0001f600" * 8, "ab" * 60, "a" * 100, " " * 70, "\n" * 40, "!" * 50,
    "0" * 40, "'" * 20, "\x85\x0b\x0c a", "\ufb01 \ufb03 \u01c4 \u01c5", "\u00df \u1e9e \u0130 \u0131",
    "\U00020000\U0002ebf0\U00030000", "\u2160\u3007\u3021", "\U0001d518\U0001d52b \U0001d7d8",
    "if (x == 0) {\n\treturn y->z[3] += 1.5e-3;  // ok\n}\n\n\tfor i in range(10):\n        pass\n",
]
BYTES = [
    b"\xff", b"\xc3", b"a\xc3 b", b"\xe4\xbd", b"\xed\xa0\x80x", b"\xc0\x80", b"\xe0\x80\x80",
    b"\xf0\x80\x80\x80", b"\xf8\x88\x80\x80\x80", b"\x80\x80 x", b"\xc1\xa1bc", b"\xf0\x9f\x98",
    b"ok\xf0\x9f", b"\xe4\xbd\xa0\xa0 \xfe\xff",
]
POOL = [
    " ", "  ", "\n", "\r", "\t", "'", "s", "S", "re", "LL", "a", "Z", "\u00e9", "1", "9", "\u0663",
    "\u00bd", "!", "-", "\u3002", "\u4e2d", "\U0001f600", "\u0301", "\u200d", "\u00a0", "\u3000", "_",
    "<|im_end|>", "<|im_start|>", "<", "|", ">", "<think>", " the", " of", "ing", "\u0085", "\u2028",
]


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


def system(text):
    return {"role": "system", "content": text}


CONVERSATIONS = [
    [user("Why is the sky blue?")],
    [system("Be brief."), user("Why is the sky blue?")],
    [user("a"), assistant("b"), user("c")],
    [system("s"), user("a"), assistant("<think>\nwell\n</think>\n\nb"), user("c"),
     assistant("<think>\n\n</think>\n\nd\n"), user(" e \n")],
    [user("")],
    [system(""), user("\n\nx\n\n")],
    [user("a"), assistant("\n\nno close <think> x"), user("c")],
    [user("q"), assistant("t</think>\n\n</think>\nans"), user("r")],
    [user("q"), assistant("<think>k</think>v"), user("<tool_response>r</tool_response>"),
     assistant("<think>\nm\n\n</think>\n\n\nw"), user("<tool_response></tool_response>")],
    [user("q"), assistant("answer")],
    [user("q"), assistant("<think>\nwhy\n</think>\n\nanswer")],
]
THOUGHTLESS = {"smollm2", "qwen2.5"}  # templates that do not look at enable_thinking


class Vocabulary:
    """The tokenizer.* part of a GGUF file."""

    def __init__(self, path):
        fields = gguf.GGUFReader(path).fields
        get = lambda key: fields[key].contents()
        self.pre = get("tokenizer.ggml.pre")
        self.tokens = get("tokenizer.ggml.tokens")
        self.types = get("tokenizer.ggml.token_type")
        self.merges = get("tokenizer.ggml.merges")
        self.template = get("tokenizer.chat_template")

    def cut(self):
        """Bytes, the results of the first merges, specials; <think> as in Qwen3."""
        self.merges = self.merges[:MERGES]
        made = {m.replace(" ", "", 1) for m in self.merges}
        kept = [t for t, kind in zip(self.tokens, self.types)
                if kind == NORMAL and (len(t) == 1 or t in made)]
        special = [t for t, kind in zip(self.tokens, self.types) if kind == CONTROL]
        thought = ["<think>", "</think>"]
        self.tokens = kept + special + thought
        self.types = [NORMAL] * len(kept) + [CONTROL] * len(special) + [USER_DEFINED] * len(thought)

    def write_gguf(self, path, pre):
        """A file that llama.cpp loads with vocab_only."""
        out = gguf.GGUFWriter(path, "llama")
        out.add_tokenizer_model("gpt2")
        out.add_tokenizer_pre(pre)
        out.add_token_list(self.tokens)
        out.add_token_types(self.types)
        out.add_token_merges(self.merges)
        end = self.tokens.index("<|im_end|>")
        out.add_bos_token_id(end)
        out.add_eos_token_id(end)
        out.add_add_bos_token(False)
        out.write_header_to_file()
        out.write_kv_data_to_file()
        out.close()

    def json(self):
        special = {str(i): kind for i, kind in enumerate(self.types) if kind != NORMAL}
        return {"pre": self.pre, "types": special, "tokens": self.tokens, "merges": self.merges}


class LlamaCpp:
    """llama.cpp's tokenizer on a file."""

    def __init__(self, path):
        self.model = llama_cpp.Llama(str(path), vocab_only=True, verbose=False)
        self.vocab = self.model._model.vocab

    def tokens(self, data, special):
        buffer = (ctypes.c_int32 * (len(data) + 16))()
        count = llama_cpp.llama_tokenize(self.vocab, data, len(data), buffer, len(buffer), False,
                                         special)
        assert count >= 0
        return list(buffer[:count])

    def ends(self):
        count = llama_cpp.llama_vocab_n_tokens(self.vocab)
        return [i for i in range(count) if llama_cpp.llama_vocab_is_eog(self.vocab, i)]


def transformers_tokenizer(vocabulary):
    """The same vocabulary as Hugging Face runs it, without normalisation."""
    normal = {t: i for i, t in enumerate(vocabulary.tokens) if vocabulary.types[i] == NORMAL}
    merges = [tuple(m.split(" ")) for m in vocabulary.merges]
    # What ends up outside of the vocabulary's beginning becomes an added token.
    inner = tokenizers.Tokenizer(models.BPE(normal, merges, ignore_merges=False))
    if vocabulary.pre == "qwen2":
        inner.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(
                r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+"
                r"[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    else:
        inner.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    inner.decoder = decoders.ByteLevel()
    added = [tokenizers.AddedToken(t, special=vocabulary.types[i] == CONTROL, normalized=False)
             for i, t in enumerate(vocabulary.tokens) if vocabulary.types[i] != NORMAL]
    inner.add_tokens(added)
    result = transformers.PreTrainedTokenizerFast(tokenizer_object=inner)
    # Added tokens are numbered at the end there: translate to the file's numbers.
    renumber = {inner.token_to_id(t): i for i, t in enumerate(vocabulary.tokens)}
    return result, renumber


def texts():
    generator = random.Random(1)
    data = [t.encode() for t in TEXTS] + BYTES
    for _ in range(80):
        data.append("".join(generator.choice(POOL) for _ in range(generator.randint(1, 24))).encode())
    return data


def case(data, special, tokens):
    try:
        entry = {"text": data.decode()}
    except UnicodeDecodeError:
        entry = {"hex": data.hex()}
    return {**entry, "special": special, "tokens": tokens}


def write(name, rows, head="", tail=""):
    """One JSON value a line: differences stay readable."""
    body = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (HERE / name).write_text(head + "[\n" + body + "\n]" + tail + "\n")


def write_vocabulary(name, vocabulary):
    data = vocabulary.json()
    rows = lambda items: ",\n".join(
        json.dumps(items[i:i + 16], ensure_ascii=False)[1:-1] for i in range(0, len(items), 16))
    (HERE / f"vocab-{name}.json").write_text(
        f'{{"pre": "{data["pre"]}",\n"types": {json.dumps(data["types"])},\n'
        f'"tokens": [\n{rows(data["tokens"])}\n],\n"merges": [\n{rows(data["merges"])}\n]}}\n')


def chat_cases(vocabularies):
    for name, vocabulary in (("smollm2", "smollm2"), ("qwen2.5", "qwen2"), ("qwen3", "qwen2")):
        template = (HERE / "templates" / f"{name}.jinja").read_text()
        tokenizer, renumber = transformers_tokenizer(vocabularies[vocabulary])
        for messages in CONVERSATIONS:
            for thinking in (True, False):
                if not thinking and name in THOUGHTLESS:
                    continue
                options = dict(chat_template=template, add_generation_prompt=True,
                               enable_thinking=thinking)
                text = tokenizer.apply_chat_template(messages, tokenize=False, **options)
                ids = tokenizer.apply_chat_template(messages, tokenize=True, return_dict=False,
                                                    **options)
                yield {"template": name, "vocabulary": vocabulary, "thinking": thinking,
                       "messages": messages, "prompt": text, "tokens": [renumber[i] for i in ids]}


def digest(tokens):
    """FNV-1a over the tokens as little-endian int32."""
    value = 0xCBF29CE484222325
    for byte in b"".join(t.to_bytes(4, "little", signed=True) for t in tokens):
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    vocabularies = {"smollm2": Vocabulary(sys.argv[1]), "qwen2": Vocabulary(sys.argv[2])}
    (HERE / "templates" / "smollm2.jinja").write_text(vocabularies["smollm2"].template)
    for name, vocabulary in vocabularies.items():
        vocabulary.cut()
        write_vocabulary(name, vocabulary)
    with tempfile.TemporaryDirectory() as folder:
        for pre, name in PRES.items():
            path = pathlib.Path(folder) / f"{pre}.gguf"
            vocabularies[name].write_gguf(path, pre)
            reference = LlamaCpp(path)
            write(f"tokens-{pre}.json",
                  [case(data, special, reference.tokens(data, special))
                   for data in texts() for special in (False, True)])
    write("chat.json", list(chat_cases(vocabularies)))
    for path in sys.argv[1:3] if len(sys.argv) > 3 else []:
        reference = LlamaCpp(path)
        tokens = reference.tokens(pathlib.Path(sys.argv[3]).read_bytes(), False)
        print(path, "ends", reference.ends(), "tokens", len(tokens), f"digest {digest(tokens):#x}")


main()

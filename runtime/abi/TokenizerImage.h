/*===- runtime/abi/TokenizerImage.h - the mapped form of a tokenizer ------===*\
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What qwenc appends to an executable so that it can tokenize: one block of
 * bytes without pointers, little-endian, that the runtime maps and uses as it
 * is. Opening it checks the header and the extent of each array and touches
 * nothing else. codegen/image/TokenizerSection writes it, runtime/tokenizer
 * reads it.
 *
 *   [QwenTokenizerImage][arrays, each aligned to 16 bytes, in any order]
 *
 * An array is a QwenSpan: its offset from the start of the image in bytes and
 * its number of elements. Token numbers are int32_t, -1 stands for none.
 *
 * Two arrays are minimal-ish perfect hash tables (hash and displace: Belazzougui,
 * Botelho, Dietzfelbinger 2009). A key's 64-bit hash chooses a bucket by its high
 * half; the bucket's displacement and the low half choose the slot. Every key of
 * the table lies exactly there, so a look-up reads one displacement and one slot.
 * Plain C, no dependencies, the same layout on every 64-bit target.
\*===----------------------------------------------------------------------===*/
#ifndef QWENC_RUNTIME_ABI_TOKENIZERIMAGE_H
#define QWENC_RUNTIME_ABI_TOKENIZERIMAGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QWEN_TOKENIZER_MAGIC "QWENTOK1" /* 8 bytes, no terminator */
#define QWEN_TOKENIZER_VERSION 1u

/* How text is cut into words before byte pairs merge (tokenizer.ggml.pre). */
enum {
  QWEN_PRE_GPT2 = 1,     /* gpt-2 */
  QWEN_PRE_SMOLLM = 2,   /* smollm: digits apart, then as gpt-2 */
  QWEN_PRE_QWEN2 = 3,    /* qwen2 */
  QWEN_PRE_LLAMA_BPE = 4 /* llama-bpe */
};

/* Token types, numbered as in tokenizer.ggml.token_type. */
enum {
  QWEN_TOKEN_NORMAL = 1,
  QWEN_TOKEN_UNKNOWN = 2,
  QWEN_TOKEN_CONTROL = 3,      /* recognised in text only on request */
  QWEN_TOKEN_USER_DEFINED = 4, /* recognised in any text */
  QWEN_TOKEN_UNUSED = 5,
  QWEN_TOKEN_BYTE = 6
};

/* How a conversation becomes a prompt; runtime/chat/ChatTemplate renders it. */
enum {
  QWEN_CHAT_NONE = 0,    /* the file has no template */
  QWEN_CHAT_UNKNOWN = 1, /* the file has one that is not among these */
  QWEN_CHAT_CHATML = 2,  /* <|im_start|>role\ncontent<|im_end|>\n, with or
                            without a default system prompt: SmolLM2, Qwen2.5 */
  QWEN_CHAT_QWEN3 = 3    /* the same without a default system prompt, earlier
                            thoughts left out, thinking can be turned off */
};

enum {
  QWEN_TOKENIZER_ADD_BOS = 1u << 0,
  QWEN_TOKENIZER_ADD_EOS = 1u << 1,
  QWEN_TOKENIZER_IGNORE_MERGES = 1u << 2 /* a word that is a token is taken whole */
};

typedef struct QwenSpan {
  uint32_t offset; /* bytes from the start of the image, a multiple of 16 */
  uint32_t count;  /* elements */
} QwenSpan;

/* One merge: tokens left and right become `merged`; lower ranks go first. */
typedef struct QwenMerge {
  int32_t left, right; /* left < 0: an empty slot */
  int32_t rank;
  int32_t merged;
} QwenMerge;

typedef struct QwenTokenizerImage {
  char magic[8];         /* QWEN_TOKENIZER_MAGIC */
  uint32_t version;      /* QWEN_TOKENIZER_VERSION */
  uint32_t header_bytes; /* sizeof(QwenTokenizerImage) when written */
  uint64_t image_bytes;  /* whole image, header included */
  uint32_t vocab;        /* number of tokens, 1 .. 2^24 */
  uint32_t pre;          /* QWEN_PRE_* */
  uint32_t chat;         /* QWEN_CHAT_* */
  uint32_t flags;        /* QWEN_TOKENIZER_* */
  int32_t bos, eos, eot; /* -1: none */
  uint32_t hash_seed;    /* of both hash tables */

  QwenSpan token_offsets; /* uint32_t[vocab + 1], into token_bytes */
  QwenSpan token_bytes;   /* what each token stands for, in bytes of text: no
                             longer in the byte alphabet of GPT-2 */
  QwenSpan token_types;   /* uint8_t[vocab], QWEN_TOKEN_* */
  QwenSpan byte_tokens;   /* int32_t[256]: the token of a single byte, or -1 */
  QwenSpan specials;      /* int32_t[]: control, unknown and user-defined tokens
                             in bytewise order of their text */
  QwenSpan end_tokens;    /* int32_t[]: ids that end a generation, ascending */

  QwenSpan merges;        /* QwenMerge[], key qwen_merge_hash(left, right) */
  QwenSpan merge_buckets; /* uint32_t[], displacements */
  QwenSpan words;         /* int32_t[], normal tokens by their bytes, -1: empty;
                             key qwen_word_hash */
  QwenSpan word_buckets;  /* uint32_t[], displacements */

  QwenSpan model_name;     /* char[], UTF-8, no terminator; so are the next */
  QwenSpan chat_template;  /* the file's own text */
  QwenSpan default_system; /* used when a conversation has no system message */
} QwenTokenizerImage;

/* The finalizer of SplitMix64: each input bit reaches each output bit. */
static inline uint64_t qwen_mix64(uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9u;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

static inline uint64_t qwen_merge_hash(uint32_t seed, int32_t left, int32_t right) {
  return qwen_mix64((((uint64_t)(uint32_t)left << 32) | (uint32_t)right) +
                    0x9e3779b97f4a7c15u * (seed + 1u));
}

/* FNV-1a over the bytes, then mixed. */
static inline uint64_t qwen_word_hash(uint32_t seed, const uint8_t *bytes, size_t count) {
  uint64_t hash = 0xcbf29ce484222325u ^ seed;
  for (size_t i = 0; i < count; ++i)
    hash = (hash ^ bytes[i]) * 0x100000001b3u;
  return qwen_mix64(hash);
}

/* Bucket and slot of a hash; always below `buckets` and `slots` (both >= 1). */
static inline uint32_t qwen_hash_bucket(uint64_t hash, uint32_t buckets) {
  return (uint32_t)(((hash >> 32) * buckets) >> 32);
}

static inline uint32_t qwen_hash_slot(uint64_t hash, uint32_t displacement, uint32_t slots) {
  uint64_t mixed = qwen_mix64((hash & 0xffffffffu) + ((uint64_t)displacement << 32));
  return (uint32_t)(((mixed >> 32) * slots) >> 32);
}

#ifdef __cplusplus
}
#endif
#endif

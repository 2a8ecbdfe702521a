/*===- runtime/abi/ModelAbi.h - what generated code and runtime share -----===*\
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The object file that qwenc generates exports one constant, `qwen_model`, and
 * the runtime calls the step functions that it names. This header is the whole
 * contract between the two and is treated as a versioned schema: a field is
 * added at the end, and QWEN_ABI_VERSION grows with any change of meaning.
 * Plain C, no dependencies, the same layout on every 64-bit target.
\*===----------------------------------------------------------------------===*/
#ifndef QWENC_RUNTIME_ABI_MODELABI_H
#define QWENC_RUNTIME_ABI_MODELABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QWEN_ABI_VERSION 3u

/* CPU features that emitted code may use. A kernel set lists the ones it needs;
 * the runtime compares them with what it finds in hwcaps or cpuid. */
enum {
  QWEN_FEATURE_SSSE3 = 1u << 0,
  QWEN_FEATURE_SSE41 = 1u << 1,
  QWEN_FEATURE_F16C = 1u << 2,
  QWEN_FEATURE_FMA = 1u << 3,
  QWEN_FEATURE_AVX2 = 1u << 4,
  QWEN_FEATURE_AVXVNNI = 1u << 5,
  QWEN_FEATURE_AVX512 = 1u << 6, /* F, BW, DQ, VL together */
  QWEN_FEATURE_AVX512VNNI = 1u << 7,
  QWEN_FEATURE_DOTPROD = 1u << 16,
  QWEN_FEATURE_FP16 = 1u << 17,
  QWEN_FEATURE_I8MM = 1u << 18,
  QWEN_FEATURE_BF16 = 1u << 19,
  QWEN_FEATURE_SVE = 1u << 20,
  QWEN_FEATURE_SVE2 = 1u << 21,
  QWEN_FEATURE_SVE_I8MM = 1u << 22
};

/* What a thread found in its part of a row of logits. */
typedef struct QwenBest {
  float logit;
  int32_t token; /* -1: it had no part */
} QwenBest;

/* One call of a step function: `count` tokens from `position` on go through the
 * model. Every thread of the pool calls the function with the same QwenStep and
 * its own number; the function divides the work and waits at `barrier`. */
typedef struct QwenStep {
  const uint8_t *weights; /* mapped weight section, 64-byte aligned, read only */
  uint8_t *arena;         /* arena_shared_bytes + threads * arena_thread_bytes */
  uint8_t *kv;            /* kv_bytes_per_token * context bytes, 64-byte aligned */
  const int32_t *tokens;  /* [count], each in 0 .. vocab-1 */
  float *logits;          /* [count - logit_begin][vocab], row-major */
  int32_t count;          /* 1 .. max_batch; the decode function takes exactly 1 */
  int32_t position;       /* of tokens[0]; position + count <= context */
  int32_t context;        /* capacity of kv in positions, a multiple of 16 */
  int32_t logit_begin;    /* first token of the batch whose logits are wanted;
                             == count: none (and the output head is skipped) */
  int32_t threads;        /* number of threads in this call, 1 .. */
  int32_t reserved;
  void (*barrier)(void *pool, int32_t thread); /* returns when all arrived */
  void *pool;
  /* For profiles, else null: called by a thread when it begins operation `op`
   * of QwenModel.ops, or a barrier (op == op_count), or is done (op_count + 1). */
  void (*mark)(void *profiler, int32_t thread, int32_t op);
  void *profiler;
  /* Shares of divided work: thread t takes the part from shares[t] to shares[t + 1]
   * of shares[threads]. Rising from 0; with cores of equal speed shares[t] == t. */
  const int32_t *shares;
  /* Work that is handed out piece by piece: ticket_count counters of 32 bits, one
   * in each 64 bytes, all 0 when a step of more than one token begins. */
  uint32_t *tickets;
  QwenBest *best; /* [threads], written by the decode function if it makes logits */
} QwenStep;

typedef void (*QwenStepFn)(const QwenStep *step, int32_t thread);

/* The code for one class of CPUs. Sets are ordered best first; the runtime
 * takes the first whose features and vector length fit. */
typedef struct QwenKernelSet {
  const char *cpu;          /* name given to --mcpu */
  const char *kernel_class; /* "neon", "neon_dotprod", "avx2", "avx512_vnni" ... */
  uint32_t features;        /* QWEN_FEATURE_* that the code uses */
  uint32_t vector_bits;     /* exact SVE length needed (the runtime sets it), 0: any */
  QwenStepFn prefill;       /* any count */
  QwenStepFn decode;        /* count == 1 */
} QwenKernelSet;

typedef struct QwenFormatCount {
  const char *type; /* GGUF type name, "Q4_0" */
  uint32_t tensors;
} QwenFormatCount;

/* A fused operation of the step functions, for profiles. */
typedef struct QwenOperation {
  const char *name;          /* "linear ffn_down.weight" */
  uint64_t macs;             /* multiply-adds with weights, for one token */
  uint64_t weight_bytes;     /* packed weights that one execution reads */
  uint32_t executions;       /* in one step: the number of layers, or 1 */
  uint32_t logit_executions; /* of these, those for tokens with logits only */
} QwenOperation;

typedef struct QwenModel {
  uint32_t abi_version;  /* QWEN_ABI_VERSION */
  uint32_t struct_bytes; /* sizeof(QwenModel) when compiled */
  const char *name;      /* general.name or the file's name */
  const char *arch;      /* "qwen2", "qwen3", "llama" */
  const char *qwenc_version;
  const char *source_sha256; /* of the GGUF file, 64 hex digits */
  uint32_t vocab, hidden, layers, heads, kv_heads, head_dim;
  uint32_t context_max;                            /* the model's trained context */
  uint32_t max_batch;                              /* most tokens a prefill step takes */
  uint64_t arena_shared_bytes, arena_thread_bytes; /* multiples of 64 */
  uint64_t kv_bytes_per_token;                     /* all layers, K and V */
  uint32_t barriers_per_token;                     /* of one decode step */
  uint32_t kernel_set_count;
  const QwenKernelSet *kernel_sets;
  const QwenFormatCount *formats;
  uint32_t format_count;
  uint32_t reserved;
  uint64_t code_bytes; /* generated machine code and its constants */
  const QwenOperation *ops;
  uint32_t op_count;
  uint32_t reserved2;
  const char *kv_type;   /* how kv holds its elements: "f16", "q8" */
  uint32_t ticket_count; /* see QwenStep.tickets */
  uint32_t reserved3;
  const char *weight_flags; /* of qwenc, that changed weights; "": as in the file */
  /* What made it, beside qwenc_version and source_sha256: the flags that decide
   * what is compiled, without paths; the compilers; a hash of the schedule. */
  const char *flags;
  const char *llvm_version, *halide_version;
  const char *schedule_sha256;
} QwenModel;

extern const QwenModel qwen_model;

/* The executable ends with the payload (64 KiB aligned in the file: kernels
 * with large pages must be able to map it) and this trailer as the last bytes
 * of the file. Offsets are from the start of the file. */
#define QWEN_TRAILER_MAGIC "QWENPAY1"
typedef struct QwenTrailer {
  uint64_t weights_offset, weights_bytes;     /* multiple of 65536; any */
  uint64_t tokenizer_offset, tokenizer_bytes; /* multiple of 4096; any:
                                                 see TokenizerImage.h */
  uint64_t file_bytes;                        /* whole file, trailer included: detects truncation */
  char magic[8];                              /* QWEN_TRAILER_MAGIC, no terminator */
} QwenTrailer;

#ifdef __cplusplus
}
#endif
#endif

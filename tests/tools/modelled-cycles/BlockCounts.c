//===- tests/tools/modelled-cycles/BlockCounts.c - a plugin of qemu -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Counts how often each block of a guest program runs:
//
//   qemu-aarch64 -plugin libBlockCounts.so,out=FILE PROGRAM ARGS...
//
// FILE gets one line for each block: address in hex, executions, and the bytes of
// its instructions in hex, in memory order. One guest thread only: the counters
// are not atomic. Blocks end where qemu ends them, at branches and pages.
//
// The declarations are those of version 1 of the plugin interface that are used
// here (qemu's docs/devel/tcg-plugins.rst), so that no headers need installing.
//===----------------------------------------------------------------------===//
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t PluginId;
typedef struct qemu_plugin_tb Translation;
typedef struct qemu_plugin_insn Instruction;
struct qemu_info_t;

enum { AddU64 = 0 }; // QEMU_PLUGIN_INLINE_ADD_U64

extern void qemu_plugin_register_vcpu_tb_trans_cb(PluginId id,
                                                  void (*callback)(PluginId, Translation *));
extern void qemu_plugin_register_vcpu_tb_exec_inline(Translation *block, int operation,
                                                     void *counter, uint64_t value);
extern void qemu_plugin_register_atexit_cb(PluginId id, void (*callback)(PluginId, void *),
                                           void *data);
extern size_t qemu_plugin_tb_n_insns(const Translation *block);
extern uint64_t qemu_plugin_tb_vaddr(const Translation *block);
extern Instruction *qemu_plugin_tb_get_insn(const Translation *block, size_t index);
extern const void *qemu_plugin_insn_data(const Instruction *instruction);

#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = 1;

enum { InstructionBytes = 4, Buckets = 1 << 16 };

typedef struct Block {
  uint64_t address, executions;
  size_t bytes;
  uint8_t *code;
  struct Block *next;
} Block;

static Block *buckets[Buckets];
static char outputPath[4096] = "blocks.txt";

static void *allocate(size_t bytes) {
  void *memory = calloc(1, bytes);
  if (!memory) {
    fprintf(stderr, "BlockCounts: out of memory\n");
    exit(1);
  }
  return memory;
}

// The block with this code; qemu may translate the same one again.
static Block *blockOf(uint64_t address, const uint8_t *code, size_t bytes) {
  Block **bucket = &buckets[(address / InstructionBytes) % Buckets];
  for (Block *block = *bucket; block; block = block->next)
    if (block->address == address && block->bytes == bytes && !memcmp(block->code, code, bytes))
      return block;
  Block *block = allocate(sizeof *block);
  block->address = address;
  block->bytes = bytes;
  block->code = allocate(bytes);
  memcpy(block->code, code, bytes);
  block->next = *bucket;
  *bucket = block;
  return block;
}

static void onTranslation(PluginId id, Translation *translation) {
  (void)id;
  const size_t count = qemu_plugin_tb_n_insns(translation);
  uint8_t *code = allocate(count * InstructionBytes);
  for (size_t i = 0; i < count; ++i)
    memcpy(code + i * InstructionBytes,
           qemu_plugin_insn_data(qemu_plugin_tb_get_insn(translation, i)), InstructionBytes);
  Block *block = blockOf(qemu_plugin_tb_vaddr(translation), code, count * InstructionBytes);
  free(code);
  qemu_plugin_register_vcpu_tb_exec_inline(translation, AddU64, &block->executions, 1);
}

static void onExit(PluginId id, void *data) {
  (void)id;
  (void)data;
  FILE *file = fopen(outputPath, "w");
  if (!file) {
    perror(outputPath);
    return;
  }
  for (size_t bucket = 0; bucket < Buckets; ++bucket)
    for (const Block *block = buckets[bucket]; block; block = block->next) {
      if (!block->executions)
        continue;
      fprintf(file, "%" PRIx64 " %" PRIu64 " ", block->address, block->executions);
      for (size_t i = 0; i < block->bytes; ++i)
        fprintf(file, "%02x", block->code[i]);
      fputc('\n', file);
    }
  if (fclose(file) != 0)
    perror(outputPath);
}

EXPORT int qemu_plugin_install(PluginId id, const struct qemu_info_t *info, int argc, char **argv) {
  (void)info;
  for (int i = 0; i < argc; ++i) {
    if (strncmp(argv[i], "out=", 4) != 0 || strlen(argv[i] + 4) >= sizeof outputPath) {
      fprintf(stderr, "BlockCounts: not an argument: '%s'\n", argv[i]);
      return -1;
    }
    strcpy(outputPath, argv[i] + 4);
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, onTranslation);
  qemu_plugin_register_atexit_cb(id, onExit, NULL);
  return 0;
}

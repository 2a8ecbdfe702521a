/*===- tests/kernels/QemuMain.c - runs a file of kernel cases -------------===*\
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * usage: QemuMain FILE [MACHINE_BITS CODE_BITS]. The file is a sequence of cases, written by
 * KernelRunner.cpp: a header of 64-bit integers, then the buffers, each padded
 * to 64 bytes. Kernels write their output into the file itself.
 *
 * With the lengths of SVE vectors: checks that the machine starts with those of
 * MACHINE_BITS, sets CODE_BITS as the runtime does, and checks that it has them.
\*===----------------------------------------------------------------------===*/
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

typedef struct {
  int64_t kernel, embedding, initIsOut, buffers;
  int64_t bytes[7]; /* of the buffers, padding excluded */
  int64_t integers[7];
  int64_t padding[6];
} Header; /* 192 bytes */

typedef void (*Matmul)(void *, void *, void *, void *, void *, void *, void *, int64_t, int64_t,
                       int64_t, int64_t, int64_t, int64_t, int64_t);
typedef void (*Embedding)(void *, void *, void *, int64_t, int64_t, int64_t, int64_t);

/* The symbols of the kernels, generated beside this file. */
extern void *const kernelTable[];

/* rdvl x0, #1: bytes of an SVE vector. As a number, so that any assembler does. */
static long vectorBits(void) {
  register long bytes __asm__("x0");
  __asm__ volatile(".inst 0x04bf5020" : "=r"(bytes));
  return 8 * bytes;
}

static int setLength(long machineBits, long codeBits) {
  if (vectorBits() != machineBits) {
    fprintf(stderr, "QemuMain: vectors of %ld bits, not %ld\n", vectorBits(), machineBits);
    return 0;
  }
  const int setVectorLength = 50; /* PR_SVE_SET_VL */
  prctl(setVectorLength, codeBits / 8, 0, 0, 0);
  if (vectorBits() != codeBits) {
    fprintf(stderr, "QemuMain: vectors of %ld bits stay so\n", vectorBits());
    return 0;
  }
  return 1;
}

int main(int argc, char **argv) {
  if (argc == 4 && !setLength(atol(argv[2]), atol(argv[3])))
    return 1;
  struct stat info;
  int file = argc >= 2 ? open(argv[1], O_RDWR) : -1;
  if (file < 0 || fstat(file, &info) != 0) {
    fprintf(stderr, "QemuMain: cannot open the file of cases\n");
    return 1;
  }
  uint8_t *data = mmap(0, info.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (data == MAP_FAILED)
    return 1;
  for (int64_t at = 0; at < info.st_size;) {
    const Header *h = (const Header *)(data + at);
    at += sizeof(Header);
    void *b[7] = {0};
    for (int i = 0; i < h->buffers; ++i) {
      b[i] = data + at;
      at += (h->bytes[i] + 63) / 64 * 64;
    }
    const int64_t *n = h->integers;
    if (h->embedding)
      ((Embedding)kernelTable[h->kernel])(b[0], b[1], b[2], n[0], n[1], n[2], n[3]);
    else
      ((Matmul)kernelTable[h->kernel])(b[0], b[1], b[2], b[3], b[4], b[5],
                                       h->initIsOut ? b[5] : b[6], n[0], n[1], n[2], n[3], n[4],
                                       n[5], n[6]);
  }
  return 0;
}

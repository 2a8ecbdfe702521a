//===- support/quant/BlockIntegers.h - what a block stores ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one form between the many ways in which formats lay out their bits and
// those who need the integers: packers and scalar references.
//===----------------------------------------------------------------------===//
#ifndef QWENC_SUPPORT_QUANT_BLOCKINTEGERS_H
#define QWENC_SUPPORT_QUANT_BLOCKINTEGERS_H

#include <cstdint>

namespace qwenc {

/// One block; a format fills in what it has.
struct BlockIntegers {
  uint16_t scale;     ///< bits of the block's half; MXFP4: its exponent
  uint16_t minimum;   ///< bits of the block's half
  int8_t scales[16];  ///< of the parts of a block of 256, with their sign
  uint8_t minima[16]; ///< of the parts
  uint8_t codes[256]; ///< unsigned integers, element by element; Q8_0: value + 128
};

/// `bytes` low nibbles, then the high ones.
inline void splitNibbles(const uint8_t *nibbles, int bytes, uint8_t *codes) {
  for (int i = 0; i < bytes; ++i) {
    codes[i] = nibbles[i] & 15;
    codes[bytes + i] = nibbles[i] >> 4;
  }
}

} // namespace qwenc
#endif

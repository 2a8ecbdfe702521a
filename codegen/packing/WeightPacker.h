//===- codegen/packing/WeightPacker.h - GGUF rows to packed panels --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reorders a tensor's bytes into the panels of PackedLayout.h. No value
// changes. Pure and thread-safe: threads take disjoint ranges of panels.
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_PACKING_WEIGHTPACKER_H
#define QWENC_CODEGEN_PACKING_WEIGHTPACKER_H

#include "ir/kernels/PackedLayout.h"

namespace qwenc {

/// Packs panels firstPanel .. lastPanel-1 of a matrix of rows x k.
///   gguf  the whole tensor as in the file, row after row of ggufRowBytes
///   k     a multiple of ggufBlockK(format)
///   out   room for (lastPanel - firstPanel) * packedPanelBytes(format, k);
///         out[0] is the first byte of panel firstPanel
void packPanels(WeightFormat format, KernelArch arch, const uint8_t *gguf, int64_t rows, int64_t k,
                int64_t firstPanel, int64_t lastPanel, uint8_t *out);

} // namespace qwenc
#endif

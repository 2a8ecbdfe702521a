//===- ir/kernels/LegalTiles.h - tiles that a search may choose from ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_IR_KERNELS_LEGALTILES_H
#define QWENC_IR_KERNELS_LEGALTILES_H

#include "ir/kernels/KernelSpec.h"
#include <vector>

namespace qwenc {

/// The tiles of a kernel that fit the class's registers and are not much smaller
/// than the largest that does, in a fixed order, the default (the table's row)
/// first. Only the default where the search is not open: on x86-64, whose table
/// was measured, and for classes of vectors whose length is not known here.
std::vector<MatmulKernelSpec> legalMatmulTiles(KernelClass cls, WeightFormat format,
                                               Epilogue epilogue, KernelPhase phase);

} // namespace qwenc
#endif

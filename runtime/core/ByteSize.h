//===- runtime/core/ByteSize.h - sizes as people read them -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef QWENC_RUNTIME_CORE_BYTESIZE_H
#define QWENC_RUNTIME_CORE_BYTESIZE_H

#include <cstdint>
#include <string>

namespace qwenc::rt {

/// "512 bytes", "3.4 KiB", "12.0 MiB", "1.5 GiB".
std::string formatBytes(uint64_t bytes);

} // namespace qwenc::rt
#endif

//===- runtime/core/LoadedModel.h - the model inside this executable -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   [ ELF image with code | weights, 64 KiB aligned | tokenizer | QwenTrailer ]
//
// The payload is mapped where it lies in the file; nothing is copied or read at
// start. The code for this CPU is chosen here too.
//===----------------------------------------------------------------------===//
#ifndef QWENC_RUNTIME_CORE_LOADEDMODEL_H
#define QWENC_RUNTIME_CORE_LOADEDMODEL_H

#include "runtime/abi/ModelAbi.h"
#include "runtime/core/Mapping.h"
#include "support/Result.h"

#include <span>

namespace qwenc::rt {

class LoadedModel {
public:
  /// Maps the payload at the end of `path` and checks it against `model`, which
  /// must outlive the result. Does not ask for kernels that fit this CPU.
  static Result<LoadedModel> open(const QwenModel &model, const char *path = "/proc/self/exe");

  const QwenModel &model() const { return *description; }
  /// The weight section, aligned to at least 4 KiB.
  std::span<const uint8_t> weights() const { return weightPages.bytes(); }
  /// The tokenizer image, see runtime/tokenizer.
  std::span<const uint8_t> tokenizer() const { return tokenizerPages.bytes(); }

private:
  explicit LoadedModel(const QwenModel &model) : description(&model) {}

  const QwenModel *description;
  Mapping weightPages;
  Mapping tokenizerPages;
};

/// Whether the generated description can be run by this runtime: version, size
/// of the struct, and figures that would make it divide by zero or overflow.
Result<void> checkModel(const QwenModel &model);

} // namespace qwenc::rt
#endif

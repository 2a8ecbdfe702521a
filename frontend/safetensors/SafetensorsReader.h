//===- frontend/safetensors/SafetensorsReader.h - reading safetensors -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file that a stranger may have made:
//
//   uint64 n | n bytes of JSON | data
//   {"__metadata__": {string: string}, NAME: {"dtype": "F32", "shape": [rows, columns],
//                                             "data_offsets": [begin, end]}, ...}
//
// Offsets count from the data's beginning. What comes back is consistent: every
// tensor lies inside the file and has as many bytes as type and shape say, and the
// tensors fill the data without gap or overlap, as the format demands.
// https://github.com/huggingface/safetensors
//===----------------------------------------------------------------------===//
#ifndef QWENC_FRONTEND_SAFETENSORS_SAFETENSORSREADER_H
#define QWENC_FRONTEND_SAFETENSORS_SAFETENSORSREADER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace qwenc::safetensors {

struct Tensor {
  std::string name;                     // well-formed UTF-8
  std::string dtype;                    // "F32", "BF16" ...: one that the format has
  llvm::SmallVector<uint64_t, 2> shape; // slowest first
  uint64_t offset;                      // of the first byte, from the start of the file
  uint64_t bytes;
};

struct File {
  std::string name;            // for messages
  std::vector<Tensor> tensors; // by offset

  /// `FILE: tensor 'NAME': MESSAGE`
  llvm::Error tensorError(llvm::StringRef tensor, const llvm::Twine &message) const;
};

/// Longest JSON that is read, as in the format's own library.
inline constexpr uint64_t MaxHeaderBytes = 100'000'000;

/// Reads the header from `bytes`, the whole file; `name` begins every message.
/// Touches no tensor data.
llvm::Expected<File> readFile(llvm::StringRef name, llvm::ArrayRef<uint8_t> bytes);

/// Bytes of an element; 0 for a type that the format does not have.
unsigned dtypeBytes(llvm::StringRef dtype);

/// False if JSON text nests deeper than `limit`: the parser recurses.
bool isShallow(llvm::StringRef json, unsigned limit);

} // namespace qwenc::safetensors
#endif

//===- frontend/gguf/GGUFMetadata.h - key/value pairs of a GGUF file ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values stay where they are, in the mapped file; the reader has checked that
// each lies inside it. Typed access converts between integer widths as long as
// the number survives and reports everything else as an error that names file,
// key, offset and what was expected.
//===----------------------------------------------------------------------===//
#ifndef QWENC_FRONTEND_GGUF_GGUFMETADATA_H
#define QWENC_FRONTEND_GGUF_GGUFMETADATA_H

#include "frontend/gguf/GGUFFormat.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace qwenc::gguf {

/// One pair. Views into the file's bytes.
struct Value {
  llvm::StringRef key;
  ValueType type;
  ValueType elementType;        // of an Array, else == type
  uint64_t count = 1;           // elements of an Array
  uint64_t offset = 0;          // in the file, of the pair's key
  llvm::ArrayRef<uint8_t> data; // String: its characters; Array: the encoded elements
};

/// Text of a stranger for use in a message: control characters and ill-formed
/// UTF-8 are escaped, long texts are cut, so that the message stays one line.
std::string printable(llvm::StringRef text);

class Metadata {
public:
  /// `file` begins every message.
  explicit Metadata(llvm::StringRef file = "") : file(file.str()) {}

  /// False if the key is there already.
  bool insert(const Value &value);

  /// In the order of the file.
  llvm::ArrayRef<Value> values() const { return pairs; }
  /// Null if there is no such key.
  const Value *find(llvm::StringRef key) const;

  /// `FILE: metadata 'KEY' at offset N: MESSAGE`, or `FILE: metadata 'KEY':
  /// MESSAGE` if the file has no such key.
  llvm::Error error(llvm::StringRef key, const llvm::Twine &message) const;

  // Each getter gives std::nullopt if the key is absent and an error if its
  // value is of another kind or out of range. require...() makes absence an
  // error too. Strings are views into the file and are well-formed UTF-8.
  llvm::Expected<std::optional<uint64_t>> getUnsigned(llvm::StringRef key,
                                                      uint64_t max = UINT64_MAX) const;
  llvm::Expected<std::optional<double>> getFloat(llvm::StringRef key) const;
  llvm::Expected<std::optional<bool>> getBool(llvm::StringRef key) const;
  llvm::Expected<std::optional<llvm::StringRef>> getString(llvm::StringRef key) const;
  llvm::Expected<std::optional<std::vector<llvm::StringRef>>> getStrings(llvm::StringRef key) const;
  /// An array of any integer type whose elements fit in 32 bits.
  llvm::Expected<std::optional<std::vector<int32_t>>> getIntegers(llvm::StringRef key) const;

  llvm::Expected<uint64_t> requireUnsigned(llvm::StringRef key, uint64_t max = UINT64_MAX) const;
  llvm::Expected<double> requireFloat(llvm::StringRef key) const;
  llvm::Expected<llvm::StringRef> requireString(llvm::StringRef key) const;
  llvm::Expected<std::vector<llvm::StringRef>> requireStrings(llvm::StringRef key) const;

private:
  llvm::Error wrongType(const Value &value, llvm::StringRef expected) const;

  std::string file;
  std::vector<Value> pairs;
  llvm::StringMap<size_t> index; // into pairs
};

} // namespace qwenc::gguf
#endif

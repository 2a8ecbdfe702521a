//===- tests/unit/frontend/transforms/ModelFile.h - a built model, loaded -===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_TESTS_UNIT_FRONTEND_TRANSFORMS_MODELFILE_H
#define QWENC_TESTS_UNIT_FRONTEND_TRANSFORMS_MODELFILE_H

#include "frontend/LoadModel.h"
#include "tests/unit/frontend/GGUFBuilder.h"

#include <cstdlib>
#include <fstream>
#include <unistd.h>

namespace qwenc {

/// A temporary file, removed at the end.
class TemporaryFile {
public:
  explicit TemporaryFile(const Bytes &bytes) : TemporaryFile() {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char *>(bytes.data()), std::streamsize(bytes.size()));
  }
  TemporaryFile(const TemporaryFile &) = delete;
  ~TemporaryFile() { ::unlink(path.c_str()); }
  std::string path;

private:
  TemporaryFile() {
    char name[] = "/tmp/qwenc-test-XXXXXX";
    int file = ::mkstemp(name);
    if (file < 0)
      std::abort();
    ::close(file);
    path = name;
  }
};

/// A model of a file that is there as long as this object.
struct ModelFile {
  explicit ModelFile(const GGUFBuilder &gguf)
      : file(gguf.build()), model(llvm::cantFail(loadModel(file.path))) {}
  TemporaryFile file;
  std::unique_ptr<Model> model;
};

} // namespace qwenc
#endif

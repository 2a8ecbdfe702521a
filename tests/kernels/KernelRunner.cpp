//===- tests/kernels/KernelRunner.cpp - runs cases here or under qemu -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/kernels/KernelRunner.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>
#include <cstring>
#include <map>

namespace qwenc {
namespace {

using MatmulFn = void (*)(void *, void *, void *, void *, void *, void *, void *, int64_t, int64_t,
                          int64_t, int64_t, int64_t, int64_t, int64_t);
using EmbeddingFn = void (*)(void *, void *, void *, int64_t, int64_t, int64_t, int64_t);

/// As in QemuMain.c.
struct CaseHeader {
  int64_t kernel, embedding, initIsOut, buffers;
  int64_t bytes[7];
  int64_t integers[7];
  int64_t padding[6];
};
static_assert(sizeof(CaseHeader) == 192);

int64_t padded(int64_t bytes) { return (bytes + 63) / 64 * 64; }

llvm::Error writeFile(llvm::StringRef path, llvm::StringRef content) {
  std::error_code code;
  llvm::raw_fd_ostream stream(path, code);
  if (code)
    return llvm::errorCodeToError(code);
  stream << content;
  return llvm::Error::success();
}

llvm::Error run(llvm::ArrayRef<std::string> command) {
  auto program = llvm::sys::findProgramByName(command[0]);
  if (!program)
    return llvm::createStringError(command[0] + " is not installed");
  llvm::SmallVector<llvm::StringRef> arguments(command.begin(), command.end());
  std::string message;
  int status = llvm::sys::ExecuteAndWait(*program, arguments, std::nullopt, {}, 0, 0, &message);
  if (status != 0)
    return llvm::createStringError(llvm::join(command, " ") + ": status " + std::to_string(status) +
                                   " " + message);
  return llvm::Error::success();
}

/// The file of cases; offsets[i] is where case i's output is.
std::string serialize(const std::vector<KernelCase> &cases,
                      const std::map<std::string, int64_t> &kernels,
                      std::vector<int64_t> &offsets) {
  std::string file;
  for (const KernelCase &test : cases) {
    CaseHeader header{};
    header.kernel = kernels.at(test.kernel);
    header.embedding = test.embedding;
    header.initIsOut = test.initIsOut;
    header.buffers = static_cast<int64_t>(test.buffers.size());
    for (size_t i = 0; i < test.buffers.size(); ++i)
      header.bytes[i] = static_cast<int64_t>(test.buffers[i].size());
    for (size_t i = 0; i < test.integers.size(); ++i)
      header.integers[i] = test.integers[i];
    file.append(reinterpret_cast<const char *>(&header), sizeof header);
    for (size_t i = 0; i < test.buffers.size(); ++i) {
      if (static_cast<int>(i) == test.outIndex)
        offsets.push_back(static_cast<int64_t>(file.size()));
      const auto &bytes = test.buffers[i];
      file.append(reinterpret_cast<const char *>(bytes.data()), bytes.size());
      file.append(padded(static_cast<int64_t>(bytes.size())) - bytes.size(), '\0');
    }
  }
  return file;
}

} // namespace

llvm::Error runNative(const KernelBatch &batch, std::vector<KernelCase> &cases) {
  auto jit = jitKernels(batch);
  if (!jit)
    return jit.takeError();
  for (KernelCase &test : cases) {
    auto symbol = (*jit)->lookup(test.kernel);
    if (!symbol)
      return symbol.takeError();
    // Kernels ask for 64-byte alignment; vectors of bytes do not have it.
    std::vector<void *> b;
    for (auto &bytes : test.buffers) {
      void *copy = std::aligned_alloc(64, padded(static_cast<int64_t>(bytes.size()) + 1));
      if (!bytes.empty())
        std::memcpy(copy, bytes.data(), bytes.size());
      b.push_back(copy);
    }
    const auto &n = test.integers;
    if (test.embedding)
      symbol->toPtr<EmbeddingFn>()(b[0], b[1], b[2], n[0], n[1], n[2], n[3]);
    else
      symbol->toPtr<MatmulFn>()(b[0], b[1], b[2], b[3], b[4], b[5], test.initIsOut ? b[5] : b[6],
                                n[0], n[1], n[2], n[3], n[4], n[5], n[6]);
    auto &out = test.buffers[test.outIndex];
    std::memcpy(out.data(), b[test.outIndex], out.size());
    for (void *copy : b)
      std::free(copy);
  }
  return llvm::Error::success();
}

bool hasQemu() {
  return llvm::sys::findProgramByName("qemu-aarch64") &&
         llvm::sys::findProgramByName("aarch64-linux-gnu-gcc");
}

llvm::Error runUnderQemu(const KernelBatch &batch, const QemuCpu &cpu,
                         std::vector<KernelCase> &cases) {
  auto object = compileKernels(batch, "", /*assembly=*/false);
  if (!object)
    return object.takeError();
  std::map<std::string, int64_t> kernels;
  for (const KernelCase &test : cases)
    kernels.emplace(test.kernel, 0);
  std::string table, entries;
  int64_t next = 0;
  for (auto &[name, index] : kernels) {
    index = next++;
    table += "extern void " + name + "(void);\n";
    entries += "  (void *)" + name + ",\n";
  }
  table += "void *const kernelTable[] = {\n" + entries + "};\n";

  llvm::SmallString<128> folder;
  if (std::error_code code = llvm::sys::fs::createUniqueDirectory("qwenc-kernels", folder))
    return llvm::errorCodeToError(code);
  auto path = [&](llvm::StringRef name) { return (folder + "/" + name).str(); };
  std::vector<int64_t> offsets;
  std::string serialized = serialize(cases, kernels, offsets);
  auto body = [&]() -> llvm::Error {
    if (llvm::Error error = writeFile(path("kernels.o"), *object))
      return error;
    if (llvm::Error error = writeFile(path("table.c"), table))
      return error;
    if (llvm::Error error = writeFile(path("cases"), serialized))
      return error;
    if (llvm::Error error = run({"aarch64-linux-gnu-gcc", "-O1", "-static", "-o", path("run"),
                                 QWENC_QEMU_MAIN, path("table.c"), path("kernels.o")}))
      return error;
    std::vector<std::string> command = {"qemu-aarch64", "-cpu", cpu.name, path("run"),
                                        path("cases")};
    if (int bits = sveVectorBitsOf(batch.cls)) {
      command.push_back(std::to_string(cpu.sveBits));
      command.push_back(std::to_string(bits));
    }
    if (llvm::Error error = run(command))
      return error;
    auto result = llvm::MemoryBuffer::getFile(path("cases"));
    if (!result)
      return llvm::errorCodeToError(result.getError());
    for (size_t i = 0; i < cases.size(); ++i) {
      auto &out = cases[i].buffers[cases[i].outIndex];
      std::memcpy(out.data(), (*result)->getBufferStart() + offsets[i], out.size());
    }
    return llvm::Error::success();
  };
  llvm::Error error = body();
  if (std::error_code code = llvm::sys::fs::remove_directories(folder))
    error = llvm::joinErrors(std::move(error), llvm::errorCodeToError(code));
  return error;
}

} // namespace qwenc

//===- codegen/halide/EmitHalideObject.cpp - one kernel to bytes ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/EmitHalideObject.h"

#include "codegen/halide/HalideTarget.h"
#include "codegen/halide/KernelRegistry.h"

#include <cerrno>
#include <cstring>
#include <exception>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qwenc::halide {
namespace {

/// Halide writes its output to a named file. This one lives in memory only.
class MemoryFile {
public:
  MemoryFile() : descriptor(memfd_create("halide", MFD_CLOEXEC)) {}
  MemoryFile(const MemoryFile &) = delete;
  MemoryFile &operator=(const MemoryFile &) = delete;
  ~MemoryFile() {
    if (descriptor >= 0)
      close(descriptor);
  }

  bool isOpen() const { return descriptor >= 0; }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor); }

  Result<std::string> read() const {
    struct stat status;
    if (fstat(descriptor, &status) != 0)
      return Failure{std::string("cannot size a kernel's object: ") + strerror(errno)};
    std::string bytes(static_cast<size_t>(status.st_size), '\0');
    size_t done = 0;
    while (done < bytes.size()) {
      ssize_t count = pread(descriptor, bytes.data() + done, bytes.size() - done, done);
      if (count <= 0)
        return Failure{std::string("cannot read a kernel's object: ") + strerror(errno)};
      done += static_cast<size_t>(count);
    }
    return bytes;
  }

private:
  int descriptor;
};

/// Halide's messages span lines; ours are one line.
Failure halideFailure(const HalideKernelSpec &spec, const char *what) {
  std::string message = "Halide kernel '" + spec.symbol + "': " + what;
  while (!message.empty() && (message.back() == '\n' || message.back() == '.'))
    message.pop_back();
  for (char &c : message)
    if (c == '\n')
      c = ' ';
  return Failure{std::move(message)};
}

/// Nothing that is thrown may pass: who calls has no exceptions. Halide's own are
/// not std::exceptions.
template <typename Work> auto caught(const HalideKernelSpec &spec, Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const Halide::Error &error) {
    return halideFailure(spec, error.what());
  } catch (const std::exception &error) {
    return halideFailure(spec, error.what());
  }
}

HalideKernelArgument describe(const std::string &name, Halide::Type type, bool isBuffer,
                              bool isOutput, int dimensions) {
  using Type = HalideKernelArgument::Type;
  Type kind = type.is_float() ? Type::Float : type.is_int() ? Type::Int : Type::UInt;
  return {name, kind, type.bits(), isBuffer, isOutput, isBuffer ? dimensions : 0};
}

} // namespace

Result<std::string> emitKernel(const HalideKernelSpec &spec, const HalideTargetSpec &targetSpec,
                               OutputKind kind) {
  return caught(spec, [&]() -> Result<std::string> {
    Result<Halide::Target> target = resolveTarget(targetSpec);
    if (!target)
      return target.takeFailure();
    MemoryFile file;
    if (!file.isOpen())
      return Failure{std::string("cannot make a file in memory: ") + strerror(errno)};
    Result<Kernel> kernel = buildKernel(spec, *target);
    if (!kernel)
      return kernel.takeFailure();
    Halide::Module module = kernel->pipeline.compile_to_module(
        kernel->arguments, spec.symbol, *target, Halide::LinkageType::External);
    Halide::OutputFileType type = kind == OutputKind::Object ? Halide::OutputFileType::object
                                                             : Halide::OutputFileType::assembly;
    module.compile({{type, file.path()}});
    return file.read();
  });
}

Result<std::vector<HalideKernelArgument>> describeKernel(const HalideKernelSpec &spec) {
  return caught(spec, [&]() -> Result<std::vector<HalideKernelArgument>> {
    // The arguments are the same on every target.
    Result<Halide::Target> target = resolveTarget(HalideTargetSpec());
    if (!target)
      return target.takeFailure();
    Result<Kernel> kernel = buildKernel(spec, *target);
    if (!kernel)
      return kernel.takeFailure();
    std::vector<HalideKernelArgument> arguments;
    for (const Halide::Argument &input : kernel->arguments)
      arguments.push_back(
          describe(input.name, input.type, input.is_buffer(), false, input.dimensions));
    for (const Halide::Func &output : kernel->pipeline.outputs())
      arguments.push_back(describe(output.name().substr(0, output.name().find('$')), output.type(),
                                   true, true, output.dimensions()));
    return arguments;
  });
}

std::string version() {
  return std::to_string(HALIDE_VERSION_MAJOR) + "." + std::to_string(HALIDE_VERSION_MINOR) + "." +
         std::to_string(HALIDE_VERSION_PATCH);
}

} // namespace qwenc::halide

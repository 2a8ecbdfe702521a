//===- codegen/halide/CompileHalideKernels.cpp - many kernels -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/EmitHalideObject.h"
#include "codegen/halide/HalideKernel.h"

using namespace llvm;

namespace qwenc {
namespace {

Error toError(const Failure &failure) {
  return createStringError(inconvertibleErrorCode(), "%s", failure.message.c_str());
}

} // namespace

Expected<std::vector<HalideKernelArgument>> describeHalideKernel(const HalideKernelSpec &spec) {
  Result<std::vector<HalideKernelArgument>> arguments = halide::describeKernel(spec);
  if (!arguments)
    return toError(arguments.takeFailure());
  return std::move(*arguments);
}

Expected<std::vector<std::string>> compileHalideKernels(ArrayRef<HalideKernelSpec> specs,
                                                        const HalideTargetSpec &target) {
  std::vector<std::string> objects;
  for (const HalideKernelSpec &spec : specs) {
    Result<std::string> object = halide::emitKernel(spec, target, halide::OutputKind::Object);
    if (!object)
      return toError(object.takeFailure());
    objects.push_back(std::move(*object));
  }
  return objects;
}

Expected<std::string> assembleHalideKernel(const HalideKernelSpec &spec,
                                           const HalideTargetSpec &target) {
  Result<std::string> text = halide::emitKernel(spec, target, halide::OutputKind::Assembly);
  if (!text)
    return toError(text.takeFailure());
  return std::move(*text);
}

std::string halideVersion() { return halide::version(); }

} // namespace qwenc

//===- codegen/halide/CompileHalideKernels.cpp - many kernels at once -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/EmitHalideObject.h"
#include "codegen/halide/HalideKernel.h"
#include "llvm/Support/ThreadPool.h"

#include <optional>

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
                                                        const HalideTargetSpec &target,
                                                        unsigned threads) {
  std::vector<std::optional<Result<std::string>>> results(specs.size());
  DefaultThreadPool pool(hardware_concurrency(threads));
  for (size_t i = 0; i < specs.size(); ++i)
    pool.async(
        [&, i] { results[i] = halide::emitKernel(specs[i], target, halide::OutputKind::Object); });
  pool.wait();

  std::vector<std::string> objects;
  for (std::optional<Result<std::string>> &result : results) {
    if (!*result)
      return toError(result->takeFailure());
    objects.push_back(std::move(**result));
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

} // namespace qwenc

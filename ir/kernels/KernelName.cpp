//===- ir/kernels/KernelName.cpp - the grammar of kernel names ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/kernels/KernelName.h"
#include "ir/kernels/FormatTraits.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

namespace qwenc {
namespace {

constexpr llvm::StringLiteral kPrefix = "qwen_matmul_f32_";

llvm::StringRef epilogueSuffix(Epilogue epilogue) {
  switch (epilogue) {
  case Epilogue::Store:
    return "";
  case Epilogue::Bias:
    return "_bias";
  case Epilogue::Accumulate:
    return "_accumulate";
  }
  return "";
}

std::string activationName(WeightFormat format) {
  return isFloatFormat(format) ? "f32" : "q8g" + std::to_string(formatTraits(format).group);
}

llvm::Error nameError(llvm::StringRef name, const llvm::Twine &what) {
  return llvm::createStringError("kernel name '" + name + "': " + what);
}

} // namespace

std::string formatTile(const MatmulKernelSpec &spec) {
  return (llvm::Twine(spec.mr) + "x" + llvm::Twine(spec.nr) + "x" + llvm::Twine(spec.ku) +
          (spec.startsInMemory ? "m" : "") +
          (spec.prefetchBytes ? "p" + llvm::Twine(spec.prefetchBytes) : llvm::Twine()) +
          (spec.prefetchLevel ? "l" + llvm::Twine(spec.prefetchLevel) : llvm::Twine()))
      .str();
}

std::string formatKernelName(const MatmulKernelSpec &spec) {
  return (kPrefix + activationName(spec.format) + "_" + weightFormatName(spec.format) + "_" +
          formatTile(spec) + "_" + kernelClassName(spec.cls) + epilogueSuffix(spec.epilogue))
      .str();
}

llvm::Expected<MatmulKernelSpec> parseKernelName(llvm::StringRef name) {
  MatmulKernelSpec spec;
  llvm::StringRef rest = name;
  if (!rest.consume_front(kPrefix))
    return nameError(name, "does not begin with '" + kPrefix + "'");

  auto [activations, afterActivations] = rest.split('_');
  rest = afterActivations;
  bool found = false;
  for (WeightFormat format : allWeightFormats()) {
    if (found || !rest.consume_front((weightFormatName(format) + "_").str()))
      continue;
    spec.format = format;
    found = true;
  }
  if (!found)
    return nameError(name, "unknown weight format");
  if (activations != activationName(spec.format))
    return nameError(name, "weights of type " + weightFormatName(spec.format) +
                               " take activations of type " + activationName(spec.format));

  auto tileError = [&] { return nameError(name, "the tile is not of the form TOKENSxROWSxK"); };
  if (rest.consumeInteger(10, spec.mr) || !rest.consume_front("x") ||
      rest.consumeInteger(10, spec.nr) || !rest.consume_front("x") ||
      rest.consumeInteger(10, spec.ku))
    return tileError();
  spec.startsInMemory = rest.consume_front("m");
  if (rest.consume_front("p") &&
      (rest.consumeInteger(10, spec.prefetchBytes) ||
       (rest.consume_front("l") && rest.consumeInteger(10, spec.prefetchLevel))))
    return tileError();
  if (!rest.consume_front("_"))
    return tileError();

  spec.epilogue = Epilogue::Store;
  for (Epilogue epilogue : {Epilogue::Bias, Epilogue::Accumulate})
    if (rest.consume_back(epilogueSuffix(epilogue)))
      spec.epilogue = epilogue;
  std::optional<KernelClass> cls = parseKernelClass(rest);
  if (!cls)
    return nameError(name, "unknown class of kernels '" + rest + "'");
  spec.cls = *cls;
  if (llvm::Error error = verifyMatmulSpec(spec))
    return std::move(error);
  return spec;
}

std::string embeddingKernelName(KernelClass cls, WeightFormat format) {
  return ("qwen_embedding_f32_" + weightFormatName(format) + "_" + kernelClassName(cls)).str();
}

std::string explainKernel(const MatmulKernelSpec &spec) {
  std::string text = spec.phase() == KernelPhase::Decode ? "decode matmul" : "prefill matmul";
  text +=
      (" for " + kernelClassName(spec.cls) + ": " + weightFormatName(spec.format) + " weights, ")
          .str();
  if (isFloatFormat(spec.format))
    text += "fp32 activations";
  else
    text += "int8 activations in groups of " + std::to_string(formatTraits(spec.format).group);
  text += (", a tile of " + llvm::Twine(spec.mr) + (spec.mr == 1 ? " token x " : " tokens x ") +
           llvm::Twine(spec.nr) + " rows, " + llvm::Twine(spec.ku) + " k a step")
              .str();
  if (spec.startsInMemory)
    text += ", sums that start from memory";
  if (spec.prefetchBytes)
    text += ", weights prefetched " + std::to_string(spec.prefetchBytes) + " bytes ahead" +
            (spec.prefetchLevel ? " into L2" : "");
  if (spec.epilogue == Epilogue::Bias)
    text += ", plus a bias per row";
  if (spec.epilogue == Epilogue::Accumulate)
    text += ", added to a matrix";
  return text;
}

llvm::Error verifyMatmulSpec(const MatmulKernelSpec &spec) {
  auto error = [&](const llvm::Twine &what) { return nameError(formatKernelName(spec), what); };
  int ku = stepK(spec.cls, spec.format, spec.phase());
  if (spec.ku != ku)
    return error("a step takes " + llvm::Twine(ku) + " k");
  if (spec.mr < 1 || spec.mr > 16)
    return error("a tile has 1 to 16 tokens");
  if (ku == 8 && spec.mr % 2 != 0)
    return error("a tile of 2x2 products has an even number of tokens");
  if (spec.nr < vectorLanes(spec.cls) || spec.nr > kPanelRows ||
      spec.nr % vectorLanes(spec.cls) != 0 || kPanelRows % spec.nr != 0)
    return error("a tile's rows are a multiple of " + llvm::Twine(vectorLanes(spec.cls)) +
                 " that divides " + llvm::Twine(kPanelRows));
  const int leastDecodeRows = isFloatFormat(spec.format) ? kPanelRows : 2 * vectorLanes(spec.cls);
  if (spec.mr == 1 && spec.nr < leastDecodeRows)
    return error("a decode kernel takes at least " + llvm::Twine(leastDecodeRows) + " rows");
  if (spec.startsInMemory && !canStartFromMemory(spec.cls, spec.format, spec.phase()))
    return error("only prefill tiles of 4-product instructions start from memory");
  if (spec.prefetchBytes < 0 || spec.prefetchBytes >= 1 << 16 || spec.prefetchBytes % 64 != 0)
    return error("weights are prefetched by a multiple of 64 below 65536");
  if (spec.prefetchLevel != 0 && (spec.prefetchLevel != 2 || spec.prefetchBytes == 0))
    return error("weights are prefetched into the first cache, or with l2 the second");
  return llvm::Error::success();
}

} // namespace qwenc

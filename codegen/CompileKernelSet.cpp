//===- codegen/CompileKernelSet.cpp - code of one model for one CPU --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A lowered module declares the kernels that its step functions call:
//   qwen.kernel = "name"    emitted into the module itself (MLIR -> LLVM)
//   qwen.halide = {facts}   compiled by Halide into objects of their own
//===----------------------------------------------------------------------===//
#include "codegen/CompileKernelSet.h"

#include "codegen/halide/HalideKernel.h"
#include "codegen/llvm/EmitObject.h"
#include "codegen/llvm/TranslateToLLVMIR.h"
#include "codegen/microkernel/EmitEmbedding.h"
#include "codegen/microkernel/EmitMatmul.h"
#include "ir/kernels/KernelName.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Triple.h"

#include <future>

using namespace mlir;
using namespace qwenc;
using llvm::Error;
using llvm::Expected;

namespace {

/// Replaces the declarations of matmul and embedding kernels by definitions
/// that are private to the module.
Error emitMicroKernels(ModuleOp module, KernelClass cls) {
  SmallVector<std::string> names;
  for (auto function : llvm::make_early_inc_range(module.getOps<LLVM::LLVMFuncOp>()))
    if (auto name = function->getAttrOfType<StringAttr>(ir::kKernelAttrName)) {
      names.push_back(name.str());
      function.erase();
    }
  OpBuilder builder(module.getContext());
  for (StringRef name : names) {
    builder.setInsertionPointToEnd(module.getBody());
    auto emit = [&]() -> Expected<LLVM::LLVMFuncOp> {
      for (WeightFormat format : allWeightFormats())
        if (name == embeddingKernelName(cls, format))
          return emitEmbedding(builder, module, cls, format);
      auto spec = parseKernelName(name);
      if (!spec)
        return spec.takeError();
      return emitMatmul(builder, module, *spec);
    };
    auto function = emit();
    if (!function)
      return function.takeError();
    function->setLinkage(LLVM::Linkage::Internal);
    // Its name must be found in the assembly; a call an operation costs nothing.
    function->setNoInline(true);
  }
  return Error::success();
}

std::optional<HalideKernelKind> parseHalideKind(StringRef name) {
  using Kind = HalideKernelKind;
  return llvm::StringSwitch<std::optional<Kind>>(name)
      .Case("rms_norm", Kind::RMSNorm)
      .Case("norm_quantize", Kind::NormQuantize)
      .Case("quantize", Kind::Quantize)
      .Case("add", Kind::Add)
      .Case("add_bias", Kind::AddBias)
      .Case("head_norm", Kind::HeadNorm)
      .Case("rope", Kind::RoPE)
      .Case("head_norm_rope", Kind::HeadNormRoPE)
      .Case("k_store", Kind::KStore)
      .Case("rope_k_store", Kind::RoPEKStore)
      .Case("head_norm_rope_k_store", Kind::HeadNormRoPEKStore)
      .Case("v_store", Kind::VStore)
      .Case("attention_decode", Kind::AttentionDecode)
      .Case("attention_scores", Kind::AttentionScores)
      .Case("attention_values", Kind::AttentionValues)
      .Case("attention_prefill", Kind::AttentionPrefill)
      .Case("swiglu", Kind::SwiGLU)
      .Case("swiglu_quantize", Kind::SwiGLUQuantize)
      .Case("argmax", Kind::Argmax)
      .Case("top_experts", Kind::TopExperts)
      .Case("expert_sum", Kind::ExpertSum)
      .Case("sigmoid_gate", Kind::SigmoidGate)
      .Default(std::nullopt);
}

/// The Halide kernels that the module declares, under symbols with the suffix.
Expected<std::vector<HalideKernelSpec>> collectHalideKernels(ModuleOp module, StringRef suffix) {
  std::vector<HalideKernelSpec> specs;
  SymbolTable symbols(module);
  for (auto function : llvm::to_vector(module.getOps<LLVM::LLVMFuncOp>())) {
    auto facts = function->getAttrOfType<DictionaryAttr>(ir::kHalideAttrName);
    if (!facts)
      continue;
    auto name = facts.getAs<StringAttr>("kind");
    auto kind = name ? parseHalideKind(name.getValue()) : std::nullopt;
    if (!kind)
      return llvm::createStringError("no Halide kernel for " + function.getSymName());
    auto number = [&](StringRef key) {
      auto attr = facts.getAs<IntegerAttr>(key);
      return attr ? attr.getInt() : 0;
    };
    std::string symbol = (function.getSymName() + suffix).str();
    if (failed(symbols.rename(function, symbol)))
      return llvm::createStringError("the symbol " + symbol + " is taken");
    HalideKernelSpec spec;
    spec.kind = *kind;
    spec.symbol = symbol;
    spec.width = number("width");
    if (facts.get("group"))
      spec.group = number("group");
    spec.halves = number("halves");
    spec.scaled = number("scaled");
    spec.headDim = number("head_dim");
    spec.rows = number("rows");
    spec.interleaved = number("interleaved");
    spec.normalized = number("normalized");
    spec.cache = static_cast<KVFormat>(number("kv_format"));
    if (auto eps = facts.getAs<FloatAttr>("eps"))
      spec.eps = eps.getValueAsDouble();
    specs.push_back(spec);
  }
  return specs;
}

/// The calls of kernels, once all of them have their symbols.
std::vector<KernelSet::Call> collectCalls(ModuleOp module,
                                          ArrayRef<KernelSet::Operation> operations) {
  std::vector<KernelSet::Call> calls;
  for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
    StringRef phase = function.getSymName();
    if (!phase.consume_front("qwen_") || (phase != "prefill" && phase != "decode"))
      continue;
    function.walk([&](LLVM::CallOp call) {
      auto operation = call->getAttrOfType<IntegerAttr>(ir::kOperationAttrName);
      if (operation && call.getCallee())
        calls.push_back(
            {call.getCallee()->str(), phase.str(), operations[operation.getInt()].name});
    });
  }
  return calls;
}

} // namespace

Expected<KernelSet> qwenc::compileKernelSet(ModuleOp module, StringRef suffix, CodeForm form,
                                            unsigned threads) {
  auto target = module->getAttrOfType<ir::TargetAttr>(ir::kTargetAttrName);
  KernelClass cls = *parseKernelClass(target.getKernelClass());
  KernelSet set;
  set.target = target;
  set.barriersPerToken = module->getAttrOfType<IntegerAttr>(ir::kBarriersAttrName).getInt();
  set.ticketCounters = module->getAttrOfType<IntegerAttr>(ir::kTicketsAttrName).getInt();
  for (Attribute attr : module->getAttrOfType<ArrayAttr>(ir::kOperationsAttrName)) {
    auto facts = cast<DictionaryAttr>(attr);
    auto number = [&](StringRef key) { return facts.getAs<IntegerAttr>(key).getInt(); };
    set.operations.push_back({facts.getAs<StringAttr>("name").str(), uint64_t(number("macs")),
                              uint64_t(number("weight_bytes")), uint32_t(number("executions")),
                              uint32_t(number("logit_executions"))});
  }
  set.prefillSymbol = ("qwen_prefill" + suffix).str();
  set.decodeSymbol = ("qwen_decode" + suffix).str();

  loadKernelDialects(*module.getContext());
  if (Error error = emitMicroKernels(module, cls))
    return error;
  auto halide = collectHalideKernels(module, suffix);
  if (!halide)
    return halide.takeError();

  set.calls = collectCalls(module, set.operations);

  llvm::LLVMContext context;
  auto translated = translateToLLVMIR(module, context);
  if (!translated)
    return translated.takeError();
  llvm::Module &code = **translated;
  code.getFunction("qwen_prefill")->setName(set.prefillSymbol);
  code.getFunction("qwen_decode")->setName(set.decodeSymbol);
  auto machine = createTargetMachine(target);
  if (!machine)
    return machine.takeError();
  optimizeModule(code, **machine, target);

  if (form == CodeForm::LLVMIR) {
    std::string text;
    llvm::raw_string_ostream(text) << code;
    set.files.push_back(std::move(text));
    return set;
  }
  HalideTargetSpec halideTarget;
  halideTarget.arch = llvm::Triple(target.getTriple()).isAArch64() ? HalideTargetSpec::Arch::AArch64
                                                                   : HalideTargetSpec::Arch::X86_64;
  halideTarget.kernelClass = target.getKernelClass().str();
  if (module->hasAttr(kDeterministicAttrName) && cls > KernelClass::Avx2 &&
      archOf(cls) == KernelArch::X86)
    halideTarget.kernelClass = kernelClassName(KernelClass::Avx2).str();

  if (form == CodeForm::Assembly) {
    auto text = emitMachineCode(code, **machine, llvm::CodeGenFileType::AssemblyFile);
    if (!text)
      return text.takeError();
    set.files.push_back(std::move(*text));
    for (const HalideKernelSpec &spec : *halide) {
      auto kernel = assembleHalideKernel(spec, halideTarget);
      if (!kernel)
        return kernel.takeError();
      set.files.push_back(std::move(*kernel));
    }
    return set;
  }

  // Halide brings an LLVM of its own and takes about as long as the matrix kernels.
  auto halideObjects = std::async(threads == 1 ? std::launch::deferred : std::launch::async,
                                  [&] { return compileHalideKernels(*halide, halideTarget); });
  auto object = emitMachineCode(code, **machine, llvm::CodeGenFileType::ObjectFile);
  auto objects = halideObjects.get();
  if (!object || !objects)
    return llvm::joinErrors(object.takeError(), objects.takeError());
  set.files.push_back(std::move(*object));
  llvm::move(*objects, std::back_inserter(set.files));
  return set;
}

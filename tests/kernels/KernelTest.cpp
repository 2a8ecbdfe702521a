//===- tests/kernels/KernelTest.cpp - every kernel against scalar code ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// usage: KernelTest CLASS [--full] [--sve-bits=N]. Every format, epilogue and phase
// of a class, over shapes with ragged edges. x86 classes run here if the machine
// has them; AArch64 classes run under qemu on a CPU that has nothing more than the
// class, SVE classes on one with vectors of N bits (default: the class's).
//===----------------------------------------------------------------------===//
#include "ir/kernels/KernelName.h"
#include "ir/kernels/PackedLayout.h"
#include "runtime/abi/ModelAbi.h"
#include "tests/kernels/KernelRunner.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace qwenc;

namespace {

/// The status by which ctest knows a test that cannot run here.
constexpr int kSkipped = 77;

std::vector<MatmulShape> shapesFor(const MatmulKernelSpec &spec, bool full) {
  const int64_t block = std::max<int64_t>(32, ggufBlockK(spec.format));
  const int64_t shortK = block, midK = block == 256 ? 512 : 5 * block,
                longK = block == 256 ? 1280 : llvm::alignTo(1056, block);
  if (spec.phase() == KernelPhase::Decode) {
    std::vector<MatmulShape> shapes = {{32, shortK, 1}, {69, midK, 1}, {101, longK, 1, 1, 4}};
    if (full)
      for (int64_t rows : {1, 31, 33, 64, 200})
        for (int64_t k : {shortK, midK, longK})
          shapes.push_back({rows, k, 1});
    return shapes;
  }
  std::vector<MatmulShape> shapes = {
      {32, shortK, 33}, {69, midK, 7}, {101, longK, 9, 1, 4}, {40, midK, 1}, {45, midK, 13}};
  if (full) {
    // The small batch and what it leaves of its tiles, then that of the large ones.
    for (int64_t m = 1; m <= 24; ++m)
      shapes.push_back({m % 2 ? 45 : 32, midK, m});
    for (int64_t rows : {1, 31, 33, 64, 200})
      shapes.push_back({rows, longK, 33});
  }
  return shapes;
}

/// Tiles that are not the default: what a search over tiles may choose.
std::vector<MatmulKernelSpec> otherTiles(KernelClass cls) {
  std::vector<MatmulKernelSpec> specs;
  for (WeightFormat format : {WeightFormat::Q4_0, WeightFormat::Q8_0, WeightFormat::F16})
    for (int mr : {2, 3, 16})
      for (int nr : {4, 8, 16, 32}) {
        MatmulKernelSpec spec =
            defaultMatmulSpec(cls, format, Epilogue::Accumulate, KernelPhase::Prefill);
        bool isDefault = spec.mr == mr && spec.nr == nr;
        spec.mr = mr;
        spec.nr = nr;
        llvm::Error error = verifyMatmulSpec(spec);
        if (!error && !isDefault)
          specs.push_back(spec);
        llvm::consumeError(std::move(error));
      }
  for (WeightFormat format :
       {WeightFormat::Q4_0, WeightFormat::Q4_1, WeightFormat::Q8_0, WeightFormat::Q4_K,
        WeightFormat::Q5_K, WeightFormat::IQ4_XS, WeightFormat::W4G128}) {
    MatmulKernelSpec decode = defaultMatmulSpec(cls, format, Epilogue::Bias, KernelPhase::Decode);
    const int defaultRows = decode.nr;
    for (decode.nr = 2 * vectorLanes(cls); decode.nr <= kPanelRows; decode.nr *= 2)
      if (decode.nr != defaultRows)
        specs.push_back(decode);
    decode.nr = defaultRows;
    decode.prefetchBytes = 1024; // past the end of the weights too
    specs.push_back(decode);
    MatmulKernelSpec prefill = defaultMatmulSpec(cls, format, Epilogue::Bias, KernelPhase::Prefill);
    prefill.startsInMemory = canStartFromMemory(cls, format, KernelPhase::Prefill);
    if (prefill.startsInMemory)
      specs.push_back(prefill);
  }
  return specs;
}

/// A CPU of qemu with the class's instructions and no later ones.
QemuCpu qemuCpu(KernelClass cls, int sveBits) {
  if (sveBits == 0) {
    if (cls == KernelClass::NeonI8mm)
      return {"max,sve=off,sme=off"};
    return {cls == KernelClass::Neon ? "cortex-a72" : "neoverse-n1"};
  }
  const std::string bits = std::to_string(sveBits);
  bool i8mm = abiFeaturesOf(cls) & QWEN_FEATURE_SVE_I8MM;
  if (!i8mm && sveBits <= 512)
    return {sveBits == 512 ? "a64fx" : "a64fx,sve512=off", sveBits};
  std::string name = "max,sve" + bits + "=on,sme=off";
  if (sveBits > 512) // by default qemu starts programs with 512 bits
    name += ",sve-default-vector-length=" + std::to_string(sveBits / 8);
  return {name, sveBits};
}

} // namespace

int main(int argc, char **argv) {
  bool full = false, understood = true;
  auto cls = argc >= 2 ? parseKernelClass(argv[1]) : std::nullopt;
  int sveBits = cls ? sveVectorBitsOf(*cls) : 0;
  for (int i = 2; i < argc; ++i) {
    llvm::StringRef word = argv[i];
    if (word == "--full")
      full = true;
    else if (sveBits == 0 || !word.consume_front("--sve-bits=") || word.getAsInteger(10, sveBits))
      understood = false;
  }
  if (!cls || !understood) {
    llvm::errs() << "usage: KernelTest CLASS [--full] [--sve-bits=N]\n";
    return 2;
  }
  const bool x86 = archOf(*cls) == KernelArch::X86;
  if (x86 ? !hostRuns(*cls) : !hasQemu()) {
    llvm::outs() << "skipped: cannot run class " << argv[1] << " on this machine\n";
    return kSkipped;
  }

  KernelBatch batch = allKernelsOf(*cls);
  if (full)
    for (const MatmulKernelSpec &spec : otherTiles(*cls))
      batch.matmuls.push_back(spec);
  std::vector<KernelCase> cases;
  uint64_t seed = 1;
  for (const MatmulKernelSpec &spec : batch.matmuls)
    for (const MatmulShape &shape : shapesFor(spec, full))
      for (CaseScales scales : {CaseScales::Exact, CaseScales::Real})
        cases.push_back(makeMatmulCase(spec, shape, scales, ++seed));
  for (WeightFormat format : batch.embeddings)
    for (int64_t rows : {32, 77})
      cases.push_back(makeEmbeddingCase(*cls, format, rows, 512, ++seed));

  llvm::Error error =
      x86 ? runNative(batch, cases) : runUnderQemu(batch, qemuCpu(*cls, sveBits), cases);
  if (error) {
    llvm::errs() << "KernelTest: " << llvm::toString(std::move(error)) << "\n";
    return 1;
  }
  int failures = 0;
  for (const KernelCase &test : cases) {
    std::string message = checkCase(test);
    if (message.empty())
      continue;
    ++failures;
    llvm::errs() << message << "\n";
  }
  llvm::outs() << cases.size() - failures << " of " << cases.size() << " cases right\n";
  return failures ? 1 : 0;
}

//===- tests/unit/runtime/LoadedModelTest.cpp ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/core/LoadedModel.h"
#include "FakeModel.h"
#include "runtime/core/ByteSize.h"
#include "runtime/core/KernelSelection.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

using namespace qwenc;
using namespace qwenc::rt;
using namespace qwenc::rt::test;

namespace {

constexpr uint64_t WeightsOffset = 65536, WeightsBytes = 5000;
constexpr uint64_t TokenizerOffset = WeightsOffset + 8192, TokenizerBytes = 300;

class LoadedModelTest : public testing::Test {
protected:
  LoadedModelTest()
      : path(testing::TempDir() + "/loaded-" +
             testing::UnitTest::GetInstance()->current_test_info()->name()),
        contents(TokenizerOffset + TokenizerBytes, '\x11') {
    std::memset(contents.data() + WeightsOffset, 'w', WeightsBytes);
    std::memset(contents.data() + TokenizerOffset, 't', TokenizerBytes);
    trailer.weights_offset = WeightsOffset;
    trailer.weights_bytes = WeightsBytes;
    trailer.tokenizer_offset = TokenizerOffset;
    trailer.tokenizer_bytes = TokenizerBytes;
    trailer.file_bytes = contents.size() + sizeof(trailer);
    std::memcpy(trailer.magic, QWEN_TRAILER_MAGIC, sizeof(trailer.magic));
  }
  ~LoadedModelTest() override { std::filesystem::remove(path); }

  Result<LoadedModel> open(const QwenModel &model = fakeModel()) {
    std::ofstream file(path, std::ios::binary);
    file << contents;
    file.write(reinterpret_cast<const char *>(&trailer), sizeof(trailer));
    file.close();
    return LoadedModel::open(model, path.c_str());
  }
  void expectFailure(const char *part) {
    Result<LoadedModel> loaded = open();
    ASSERT_FALSE(loaded);
    EXPECT_NE(loaded.error().find(part), std::string::npos) << loaded.error();
    EXPECT_EQ(loaded.error().rfind(path, 0), 0u) << "names the file: " << loaded.error();
  }

  std::string path;
  std::string contents;
  QwenTrailer trailer{};
};

} // namespace

TEST_F(LoadedModelTest, MapsThePayload) {
  Result<LoadedModel> loaded = open();
  ASSERT_TRUE(loaded) << loaded.error();
  ASSERT_EQ(loaded->weights().size(), WeightsBytes);
  EXPECT_EQ(loaded->weights().front(), 'w');
  EXPECT_EQ(loaded->weights().back(), 'w');
  ASSERT_EQ(loaded->tokenizer().size(), TokenizerBytes);
  EXPECT_EQ(loaded->tokenizer().front(), 't');
  EXPECT_EQ(loaded->tokenizer().back(), 't');
  LoadedModel moved = std::move(*loaded);
  EXPECT_EQ(moved.weights().front(), 'w');
}

TEST_F(LoadedModelTest, RefusesACutFile) {
  trailer.file_bytes += 1;
  expectFailure("bytes instead of");
}

TEST_F(LoadedModelTest, RefusesAFileWithoutTrailer) {
  trailer.magic[0] = 'X';
  expectFailure("holds no model");
}

TEST_F(LoadedModelTest, RefusesPayloadOutsideTheFile) {
  trailer.weights_bytes = UINT64_MAX - 100; // offset + bytes overflows
  expectFailure("damaged trailer");
  trailer.weights_bytes = WeightsBytes;
  trailer.tokenizer_bytes = TokenizerBytes + 1; // reaches into the trailer
  expectFailure("damaged trailer");
  trailer.tokenizer_bytes = TokenizerBytes;
  trailer.weights_offset += 4096;
  expectFailure("damaged trailer");
}

TEST_F(LoadedModelTest, RefusesAMissingOrShortFile) {
  EXPECT_FALSE(LoadedModel::open(fakeModel(), "/nonexistent/file"));
  std::ofstream(path) << "short";
  EXPECT_FALSE(LoadedModel::open(fakeModel(), path.c_str()));
}

TEST_F(LoadedModelTest, RefusesAnotherInterfaceVersion) {
  QwenModel model = fakeModel();
  model.abi_version += 1;
  EXPECT_FALSE(open(model));
  model = fakeModel();
  model.max_batch = 0;
  EXPECT_FALSE(open(model));
}

TEST(KernelSelection, TakesTheFirstThatFits) {
  QwenKernelSet sets[] = {
      {"big", "sve", QWEN_FEATURE_SVE, 256, nullptr, nullptr},
      {"middle", "avx2", QWEN_FEATURE_AVX2 | QWEN_FEATURE_FMA, 0, nullptr, nullptr},
      {"small", "sse", 0, 0, nullptr, nullptr},
  };
  QwenModel model = fakeModel();
  model.kernel_sets = sets;
  model.kernel_set_count = 3;
  // Of a machine's vectors all shorter powers of two can be set.
  auto choose = [&](uint32_t features, uint32_t bits) -> std::string {
    uint32_t lengths = 0;
    for (uint32_t length = 128; length <= bits; length *= 2)
      lengths |= 1u << (length / 128 - 1);
    Result<const QwenKernelSet *> set = selectKernelSet(model, {features, bits, lengths});
    return set ? (*set)->cpu : "none: " + set.error();
  };
  EXPECT_EQ(choose(QWEN_FEATURE_SVE, 256), "big");
  EXPECT_EQ(choose(QWEN_FEATURE_SVE, 2048), "big") << "vectors can be made shorter";
  EXPECT_EQ(choose(QWEN_FEATURE_SVE, 128), "small") << "right only at its own length";
  EXPECT_EQ(choose(QWEN_FEATURE_AVX2 | QWEN_FEATURE_FMA, 0), "middle");
  EXPECT_EQ(choose(QWEN_FEATURE_AVX2, 0), "small");
  model.kernel_set_count = 2;
  std::string none = choose(QWEN_FEATURE_AVX2 | QWEN_FEATURE_SVE, 128);
  EXPECT_NE(none.find("code for big needs SVE vectors of 256 bits (here 128)"), std::string::npos)
      << none;
  EXPECT_NE(none.find("code for middle needs fma"), std::string::npos) << none;
}

TEST(CpuFeatures, AgreesWithTheCompilersView) {
  CpuFeatures cpu = detectCpuFeatures();
#if defined(__x86_64__)
  __builtin_cpu_init();
  EXPECT_EQ(bool(cpu.mask & QWEN_FEATURE_SSSE3), bool(__builtin_cpu_supports("ssse3")));
  EXPECT_EQ(bool(cpu.mask & QWEN_FEATURE_AVX2), bool(__builtin_cpu_supports("avx2")));
  EXPECT_EQ(bool(cpu.mask & QWEN_FEATURE_FMA), bool(__builtin_cpu_supports("fma")));
  EXPECT_EQ(bool(cpu.mask & QWEN_FEATURE_AVX512),
            bool(__builtin_cpu_supports("avx512bw")) && bool(__builtin_cpu_supports("avx512vl")));
  EXPECT_EQ(bool(cpu.mask & QWEN_FEATURE_AVX512VNNI), bool(__builtin_cpu_supports("avx512vnni")));
#endif
  EXPECT_EQ(cpu.sveVectorBits % 128, 0u);
}

TEST(CpuFeatures, NamesAreJoinedInOrder) {
  EXPECT_EQ(joinCpuFeatureNames(QWEN_FEATURE_I8MM | QWEN_FEATURE_AVX2), "avx2, i8mm");
  EXPECT_EQ(joinCpuFeatureNames(0), "");
}

TEST(ByteSize, ReadsWell) {
  EXPECT_EQ(formatBytes(0), "0 bytes");
  EXPECT_EQ(formatBytes(1536), "1.5 KiB");
  EXPECT_EQ(formatBytes(uint64_t(3) << 30), "3.0 GiB");
  EXPECT_EQ(formatBytes(UINT64_MAX), "16.0 EiB");
}

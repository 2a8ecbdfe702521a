//===- tests/unit/ir/kernels/KVLayoutTest.cpp -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/kernels/KVLayout.h"

#include <gtest/gtest.h>

using namespace qwenc;

namespace {

TEST(KVLayout, HalvesAreKeysThenValues) {
  KVLayout layout{KVFormat::F16, 3, 64};
  EXPECT_FALSE(layout.hasScales());
  EXPECT_EQ(layout.planeOffset(KVPlane::Keys), 0);
  EXPECT_EQ(layout.planeOffset(KVPlane::Values), 3 * 64 * 2);
  EXPECT_EQ(layout.bytesPerPosition(), 2 * 3 * 64 * 2);
  EXPECT_EQ(layout.elementBytes(KVPlane::Keys), 2);
  EXPECT_EQ(layout.headStride(KVPlane::Values), 64);
}

TEST(KVLayout, Q8HasScalesBehindTheElements) {
  KVLayout layout{KVFormat::Q8, 3, 64};
  EXPECT_TRUE(layout.hasScales());
  EXPECT_EQ(layout.planeOffset(KVPlane::Values), 3 * 64);
  EXPECT_EQ(layout.planeOffset(KVPlane::KeyScales), 2 * 3 * 64);
  EXPECT_EQ(layout.planeOffset(KVPlane::ValueScales), 2 * 3 * 64 + 3 * 2 * 4);
  EXPECT_EQ(layout.bytesPerPosition(), 2 * 3 * (64 + 2 * 4));
  EXPECT_EQ(layout.elementBytes(KVPlane::Values), 1);
  EXPECT_EQ(layout.elementBytes(KVPlane::ValueScales), 4);
  EXPECT_EQ(layout.headStride(KVPlane::KeyScales), 2);
}

TEST(KVLayout, HeadsThatAreNoWholeGroupsHaveOneScale) {
  EXPECT_EQ(KVLayout::groups(128), 4);
  EXPECT_EQ(KVLayout::groups(80), 1);
  EXPECT_EQ((KVLayout{KVFormat::Q8, 1, 80}.bytesPerPosition()), 2 * (80 + 4));
}

/// Scales are floats: whatever comes before them in a cache for a multiple of 16
/// positions must keep them aligned.
TEST(KVLayout, ScalesAreAligned) {
  for (int64_t headDim : {1, 18, 63, 64, 80, 96, 128})
    for (int64_t heads : {1, 3, 8}) {
      KVLayout layout{KVFormat::Q8, heads, headDim};
      EXPECT_EQ(16 * layout.planeOffset(KVPlane::KeyScales) % 4, 0);
      EXPECT_EQ(16 * layout.planeOffset(KVPlane::ValueScales) % 4, 0);
      EXPECT_EQ(16 * layout.bytesPerPosition() % 32, 0);
    }
}

} // namespace

//===- tests/unit/ir/kernels/FormatTraitsTest.cpp - formats agree ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is known of a format stands in three places: the types of files, the enum of
// kernels, and that of the IR.
//===----------------------------------------------------------------------===//
#include "ir/kernels/FormatTraits.h"
#include "ir/QwenDialect.h"
#include <gtest/gtest.h>

using namespace qwenc;

namespace {

TEST(FormatTraits, TheIRNamesFormatsAlike) {
  for (WeightFormat format : allWeightFormats())
    EXPECT_EQ(ir::stringifyFormat(static_cast<ir::Format>(format)).str(),
              weightFormatName(format).str());
}

TEST(FormatTraits, EverySupportedTypeHasAFormat) {
  for (uint32_t number = 0; number < 100; ++number) {
    const BlockFormat *file = findBlockFormat(number);
    if (!file || !file->supported())
      continue;
    int formats = 0;
    for (WeightFormat format : allWeightFormats())
      formats += formatTraits(format).file == file->type;
    EXPECT_EQ(formats, 1) << file->name;
  }
}

} // namespace

//===- ir/kernels/RopeTables.cpp - angles of rotary embeddings -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/kernels/RopeTables.h"

#include <cmath>
#include <cstring>

using namespace qwenc;

void qwenc::writeRopeTables(const RopeTables &tables, double theta, uint8_t *out) {
  int64_t pairs = tables.headDim / 2;
  auto write = [&](int64_t offset, int64_t positions, int64_t step, double (*function)(double)) {
    for (int64_t p = 0; p < positions; ++p)
      for (int64_t i = 0; i < pairs; ++i) {
        double angle = double(p * step) * std::pow(theta, -2.0 * double(i) / tables.headDim);
        float value = float(function(angle));
        std::memcpy(out + offset + (p * pairs + i) * 4, &value, 4);
      }
  };
  auto cosine = [](double x) { return std::cos(x); };
  auto sine = [](double x) { return std::sin(x); };
  write(0, tables.lowPositions, 1, cosine);
  write(tables.sinLowOffset(), tables.lowPositions, 1, sine);
  write(tables.cosHighOffset(), tables.highPositions, tables.lowPositions, cosine);
  write(tables.sinHighOffset(), tables.highPositions, tables.lowPositions, sine);
}

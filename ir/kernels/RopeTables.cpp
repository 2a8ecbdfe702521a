//===- ir/kernels/RopeTables.cpp - angles of rotary embeddings -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ir/kernels/RopeTables.h"

#include <cmath>
#include <cstring>

using namespace qwenc;

void qwenc::writeRopeTables(const RopeTables &tables, double theta, const RopeScaling &scaling,
                            uint8_t *out) {
  int64_t pairs = tables.headDim / 2;
  std::vector<double> frequencies = ropeFrequencies(tables.headDim, theta, scaling);
  double magnitude = ropeMagnitude(scaling);
  auto write = [&](int64_t offset, int64_t positions, int64_t step, double scale,
                   double (*function)(double)) {
    for (int64_t p = 0; p < positions; ++p)
      for (int64_t i = 0; i < pairs; ++i) {
        float value = float(scale * function(double(p * step) * frequencies[i]));
        std::memcpy(out + offset + (p * pairs + i) * 4, &value, 4);
      }
  };
  auto cosine = [](double x) { return std::cos(x); };
  auto sine = [](double x) { return std::sin(x); };
  write(0, tables.lowPositions, 1, magnitude, cosine);
  write(tables.sinLowOffset(), tables.lowPositions, 1, magnitude, sine);
  write(tables.cosHighOffset(), tables.highPositions, tables.lowPositions, 1, cosine);
  write(tables.sinHighOffset(), tables.highPositions, tables.lowPositions, 1, sine);
}

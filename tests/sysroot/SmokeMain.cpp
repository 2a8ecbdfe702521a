//===- tests/sysroot/SmokeMain.cpp - a program for every sysroot ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Uses what a produced executable takes from the C and C++ libraries: threads,
// exceptions (the command line's), static initialisation, mathematics.
//===----------------------------------------------------------------------===//
#include <atomic>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

const std::string Greeting = "sysroot";

int thrown(int value) {
  try {
    throw std::runtime_error(std::to_string(value));
  } catch (const std::exception &error) {
    return std::stoi(error.what());
  }
}

} // namespace

int main(int argc, char **) {
  std::atomic<int> sum = 0;
  std::vector<std::thread> threads;
  for (int i = 1; i <= 4; ++i)
    threads.emplace_back([&sum, i] { sum += thrown(i); });
  for (std::thread &thread : threads)
    thread.join();
  // argc is 1: the compiler cannot know the exponent and must call exp().
  double e = std::exp(static_cast<double>(argc));
  std::printf("%s %d %.6f\n", Greeting.c_str(), sum.load(), e);
  return sum == 10 ? 0 : 1;
}

#!/usr/bin/env bash
# tests/bench/build_llama_cpp.sh DIR
#
# Builds llama.cpp's llama-bench and llama-perplexity into DIR/bin with this
# machine's own flags, from the source package of llama-cpp-python. Takes a few
# minutes. Needs pip, CMake, Ninja and a C++ compiler.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail
version=0.3.36
[ $# = 1 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$1"
cd "$1"
python3 -m pip download --quiet --no-deps --no-binary llama-cpp-python "llama-cpp-python==$version"
tar xzf "llama_cpp_python-$version.tar.gz"
cmake -S "llama_cpp_python-$version/vendor/llama.cpp" -B build -G Ninja \
  -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON -DBUILD_SHARED_LIBS=OFF -DLLAMA_CURL=OFF \
  -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_SERVER=OFF \
  -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_UI=OFF
ninja -C build llama-bench llama-perplexity
ln -sfn build/bin bin

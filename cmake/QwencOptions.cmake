# Toolchain-wide settings and the packages that the whole project uses.
option(QWENC_BUILD_TESTS "Build the tests" ON)
option(QWENC_ASSERTIONS "Keep assert() in every build type" OFF)
option(QWENC_PCH "Precompile the MLIR headers that most compiler sources include" ON)
option(QWENC_FUZZERS "Build the libFuzzer targets (needs QWENC_SANITIZE=fuzz)" OFF)
set(QWENC_SANITIZE "" CACHE STRING "Instrument our code: empty, address, thread or fuzz")
set_property(CACHE QWENC_SANITIZE PROPERTY STRINGS "" address thread fuzz)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")

# lld links the compiler in a second where GNU ld takes ten.
add_link_options(-fuse-ld=lld)

# -pthread everywhere: a precompiled header is only valid for sources that
# agree on it.
add_compile_options(-pthread)
add_link_options(-pthread)

if(QWENC_ASSERTIONS)
  add_compile_options(-UNDEBUG)
endif()

# The flags of QWENC_SANITIZE; qwenc_set_defaults() gives them to our targets.
# Code that includes LLVM's headers stays as it is: the packaged LLVM is not
# instrumented and its allocators tell AddressSanitizer only half of the story.
if(QWENC_SANITIZE STREQUAL "address")
  set(QWENC_SANITIZE_FLAGS -fsanitize=address,undefined -fno-sanitize=vptr
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
elseif(QWENC_SANITIZE STREQUAL "thread")
  set(QWENC_SANITIZE_FLAGS -fsanitize=thread -fno-omit-frame-pointer)
elseif(QWENC_SANITIZE STREQUAL "fuzz")
  set(QWENC_SANITIZE_FLAGS -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize=vptr
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
elseif(QWENC_SANITIZE)
  message(FATAL_ERROR "QWENC_SANITIZE is '${QWENC_SANITIZE}': use address, thread, fuzz or nothing")
endif()
if(QWENC_SANITIZE)
  set(QWENC_PCH OFF)
endif()

find_package(MLIR REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
find_package(LLD REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/lld)
if(NOT LLVM_VERSION_MAJOR EQUAL 22)
  message(FATAL_ERROR "qwenc needs LLVM and MLIR 22, found ${LLVM_PACKAGE_VERSION}: run scripts/setup")
endif()
find_package(fmt REQUIRED)
include(HalidePackage)

list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)

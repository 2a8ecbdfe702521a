# The few functions by which every folder declares what it builds.

# Headers that nearly every compiler source includes, parsed once. The headers
# that our own .td files generate stay out, so that a change there rebuilds
# only their users.
if(QWENC_PCH)
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/MLIRPch.cpp" CONTENT "// Carries the precompiled headers.\n")
  add_library(QwencMLIRPch OBJECT "${PROJECT_BINARY_DIR}/MLIRPch.cpp")
  target_precompile_headers(QwencMLIRPch PRIVATE
    <mlir/Dialect/Arith/IR/Arith.h>
    <mlir/Dialect/Func/IR/FuncOps.h>
    <mlir/Dialect/LLVMIR/LLVMDialect.h>
    <mlir/IR/Builders.h>
    <mlir/IR/BuiltinOps.h>
    <mlir/IR/DialectImplementation.h>
    <mlir/IR/OpImplementation.h>
    <mlir/IR/PatternMatch.h>
    <mlir/Pass/Pass.h>
    <mlir/Transforms/GreedyPatternRewriteDriver.h>)
endif()

# Warnings and language rules that hold for all of our code.
function(qwenc_set_defaults target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Werror)
  target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>")
  # Headers that TableGen writes do not hold to our warnings.
  target_include_directories(${target} SYSTEM PUBLIC "$<BUILD_INTERFACE:${PROJECT_BINARY_DIR}>")
endfunction()

# Instruments a target as QWENC_SANITIZE asks; see QwencOptions.cmake.
function(qwenc_sanitize target)
  target_compile_options(${target} PRIVATE ${QWENC_SANITIZE_FLAGS})
endfunction()

# Adds LLVM's and MLIR's headers and language rules (no RTTI) to a target.
function(qwenc_use_mlir target)
  target_include_directories(${target} SYSTEM PUBLIC ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
  target_compile_options(${target} PRIVATE -fno-rtti)
  target_link_libraries(${target} PUBLIC MLIR LLVM)
  if(QWENC_PCH AND NOT target STREQUAL QwencMLIRPch)
    target_precompile_headers(${target} REUSE_FROM QwencMLIRPch)
  endif()
endfunction()

if(QWENC_PCH)
  qwenc_set_defaults(QwencMLIRPch)
  qwenc_use_mlir(QwencMLIRPch)
endif()

# qwenc_library(Name [MLIR] SOURCES a.cpp ... [LINK x y ...])
function(qwenc_library name)
  cmake_parse_arguments(ARG "MLIR" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  qwenc_set_defaults(${name})
  if(ARG_MLIR)
    qwenc_use_mlir(${name})
  else()
    qwenc_sanitize(${name})
  endif()
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  if(QWENC_SANITIZE)
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
endfunction()

# qwenc_tool(name [MLIR] SOURCES a.cpp ... [LINK x y ...])
# A program. Those of tools/ are installed: in the installed tree they find their
# libraries in ../lib, and so do the libraries (an RPATH, unlike a RUNPATH, also
# serves what a library loads).
function(qwenc_tool name)
  cmake_parse_arguments(ARG "MLIR" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  qwenc_set_defaults(${name})
  if(ARG_MLIR)
    qwenc_use_mlir(${name})
  else()
    qwenc_sanitize(${name})
  endif()
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  target_link_options(${name} PRIVATE ${QWENC_SANITIZE_FLAGS})
  if(QWENC_SANITIZE)
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
  elseif(CMAKE_CURRENT_SOURCE_DIR STREQUAL "${PROJECT_SOURCE_DIR}/tools")
    target_link_options(${name} PRIVATE -Wl,--disable-new-dtags)
    set_target_properties(${name} PROPERTIES INSTALL_RPATH "$ORIGIN/../lib")
    install(TARGETS ${name} RUNTIME DESTINATION bin)
    set_property(GLOBAL APPEND PROPERTY QWENC_TOOLS ${name})
  endif()
endfunction()

# qwenc_unit_test(Name [MLIR] [SLOW] SOURCES aTest.cpp ... [LINK x y ...])
# One GoogleTest executable, one ctest entry; SLOW ones carry the label `full`.
# Instrumented builds have only the tests of code below LLVM and Halide.
function(qwenc_unit_test name)
  cmake_parse_arguments(ARG "MLIR;SLOW" "" "SOURCES;LINK" ${ARGN})
  if(QWENC_SANITIZE)
    list(GET ARG_SOURCES 0 source)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    if(ARG_MLIR OR NOT source MATCHES "/tests/unit/(support|frontend/gguf|runtime)/")
      return()
    endif()
  endif()
  find_package(GTest REQUIRED)
  add_executable(${name} ${ARG_SOURCES})
  qwenc_set_defaults(${name})
  if(ARG_MLIR)
    qwenc_use_mlir(${name})
  else()
    qwenc_sanitize(${name})
  endif()
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest_main)
  target_link_options(${name} PRIVATE ${QWENC_SANITIZE_FLAGS})
  add_test(NAME ${name} COMMAND ${name})
  if(ARG_SLOW)
    set_tests_properties(${name} PROPERTIES LABELS full)
  else()
    set_tests_properties(${name} PROPERTIES LABELS quick)
  endif()
endfunction()

# qwenc_fuzz_test(Name SOURCES aFuzzer.cpp ... [LINK x y ...] [CORPUS make_corpus.py])
# One libFuzzer executable, built only with QWENC_FUZZERS (the preset `fuzz`).
# scripts/run-fuzzers builds and runs them all; CORPUS is a Python script that
# writes the first inputs into the folder that is its only argument.
function(qwenc_fuzz_test name)
  cmake_parse_arguments(ARG "" "CORPUS" "SOURCES;LINK" ${ARGN})
  if(NOT QWENC_FUZZERS)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  qwenc_set_defaults(${name})
  qwenc_sanitize(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  target_link_options(${name} PRIVATE ${QWENC_SANITIZE_FLAGS} -fsanitize=fuzzer)
  set(corpus "")
  if(ARG_CORPUS)
    cmake_path(ABSOLUTE_PATH ARG_CORPUS BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" OUTPUT_VARIABLE corpus)
  endif()
  set_property(GLOBAL APPEND PROPERTY QWENC_FUZZ_TESTS "${name} ${corpus}")
  set_property(GLOBAL APPEND PROPERTY QWENC_FUZZ_TARGETS ${name})
endfunction()

# Gathers what qwenc_fuzz_test() declared: the target `fuzzers`, and
# fuzzers.txt with a line "name corpus-script" for each.
function(qwenc_finish_fuzz_tests)
  get_property(lines GLOBAL PROPERTY QWENC_FUZZ_TESTS)
  get_property(targets GLOBAL PROPERTY QWENC_FUZZ_TARGETS)
  list(JOIN lines "\n" text)
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/fuzzers.txt" CONTENT "${text}\n" @ONLY)
  add_custom_target(fuzzers)
  if(targets)
    add_dependencies(fuzzers ${targets})
  endif()
endfunction()

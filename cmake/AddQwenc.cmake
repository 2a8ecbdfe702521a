# The few functions by which every folder declares what it builds.

# Warnings and language rules that hold for all of our code.
function(qwenc_set_defaults target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Werror)
  target_include_directories(${target} PUBLIC
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>"
    "$<BUILD_INTERFACE:${PROJECT_BINARY_DIR}>")
endfunction()

# Adds LLVM's and MLIR's headers and language rules (no RTTI) to a target.
function(qwenc_use_mlir target)
  target_include_directories(${target} SYSTEM PUBLIC ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
  target_compile_options(${target} PRIVATE -fno-rtti)
  target_link_libraries(${target} PUBLIC MLIR LLVM)
endfunction()

# qwenc_library(Name [MLIR] SOURCES a.cpp ... [LINK x y ...])
function(qwenc_library name)
  cmake_parse_arguments(ARG "MLIR" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  qwenc_set_defaults(${name})
  if(ARG_MLIR)
    qwenc_use_mlir(${name})
  endif()
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
endfunction()

# qwenc_tool(name [MLIR] SOURCES a.cpp ... [LINK x y ...])
function(qwenc_tool name)
  cmake_parse_arguments(ARG "MLIR" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  qwenc_set_defaults(${name})
  if(ARG_MLIR)
    qwenc_use_mlir(${name})
  endif()
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
endfunction()

# qwenc_unit_test(Name [MLIR] [SLOW] SOURCES aTest.cpp ... [LINK x y ...])
# One GoogleTest executable, one ctest entry; SLOW ones carry the label `full`.
function(qwenc_unit_test name)
  cmake_parse_arguments(ARG "MLIR;SLOW" "" "SOURCES;LINK" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${name} ${ARG_SOURCES})
  qwenc_set_defaults(${name})
  if(ARG_MLIR)
    qwenc_use_mlir(${name})
  endif()
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
  if(ARG_SLOW)
    set_tests_properties(${name} PROPERTIES LABELS full)
  else()
    set_tests_properties(${name} PROPERTIES LABELS quick)
  endif()
endfunction()

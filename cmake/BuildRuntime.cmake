# The runtime is compiled twice: natively, for its unit tests (QwencRuntime), and
# once for each triple that qwenc produces executables for. The latter becomes
# libqwen_runtime.a in that triple's sysroot, the folder that holds everything
# lld needs to link a static executable:
#
#   share/qwenc/sysroot/<triple>/crt1.o crti.o crtn.o crtbeginT.o crtend.o
#                                libc.a libm.a ... libstdc++.a libqwen_runtime.a
#
# The tree below share/ looks the same beside build/<preset>/bin and beside the
# installed bin, so qwenc looks for it at ../share/qwenc relative to itself.
#
# support/CMakeLists.txt and runtime/CMakeLists.txt name the sources, relative
# to the project's root:
#   QWENC_SUPPORT_SOURCES, QWENC_RUNTIME_SOURCES   in both builds
#   QWENC_RUNTIME_MAIN_SOURCES                     only in the archives: main()
#   QWENC_RUNTIME_COMPILE_OPTIONS                  of the archives
#   QWENC_RUNTIME_THROWING_SOURCES                 the rest has no exceptions

set(QWENC_TRIPLES x86_64-linux-gnu aarch64-linux-gnu)
# Executables must start on the oldest CPU of a triple, to say what they need.
set(QWENC_FLAGS_x86_64-linux-gnu -march=x86-64-v2)
set(QWENC_FLAGS_aarch64-linux-gnu -march=armv8-a)

# Makes a target's sources code of a triple. Header libraries come from the
# machine's /usr/include; fmt is used as one of them.
function(qwenc_compile_for_triple target triple)
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
  target_compile_definitions(${target} PRIVATE FMT_HEADER_ONLY=1)
  target_compile_options(${target} PRIVATE --target=${triple} ${QWENC_FLAGS_${triple}} -g0
    "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=" "-ffile-prefix-map=${PROJECT_BINARY_DIR}/=")
endfunction()

# libqwen_runtime.a of a triple, in FOLDER: two sets of objects, without and with
# exceptions, in one archive.
function(qwenc_runtime_archive triple folder)
  set(throwing ${QWENC_RUNTIME_THROWING_SOURCES})
  set(quiet ${QWENC_SUPPORT_SOURCES} ${QWENC_RUNTIME_SOURCES} ${QWENC_RUNTIME_MAIN_SOURCES})
  list(REMOVE_ITEM quiet ${throwing})
  set(options ${QWENC_RUNTIME_COMPILE_OPTIONS})
  if(QWENC_ASSERTIONS)
    list(REMOVE_ITEM options -DNDEBUG)
  endif()

  set(target qwen_runtime_${triple})
  foreach(part quiet throwing)
    list(TRANSFORM ${part} PREPEND "${PROJECT_SOURCE_DIR}/")
    add_library(${target}_${part} OBJECT ${${part}})
    qwenc_compile_for_triple(${target}_${part} ${triple})
    target_compile_options(${target}_${part} PRIVATE ${options})
  endforeach()
  target_compile_options(${target}_quiet PRIVATE -fno-exceptions)

  add_library(${target} STATIC
    $<TARGET_OBJECTS:${target}_quiet> $<TARGET_OBJECTS:${target}_throwing>)
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX
    OUTPUT_NAME qwen_runtime ARCHIVE_OUTPUT_DIRECTORY "${folder}")
  add_dependencies(qwenc_sysroot ${target})
endfunction()

# Called once, after every folder: the target `qwenc_sysroot` and its install
# rule. Instrumented builds produce no executables.
function(qwenc_finish_runtime)
  if(QWENC_SANITIZE)
    return()
  endif()
  set(collect "${PROJECT_SOURCE_DIR}/cmake/CollectSysroot.cmake")
  add_custom_target(qwenc_sysroot ALL)
  foreach(triple IN LISTS QWENC_TRIPLES)
    set(folder "${PROJECT_BINARY_DIR}/share/qwenc/sysroot/${triple}")
    set(stamp "${PROJECT_BINARY_DIR}/sysroot-${triple}.stamp")
    add_custom_command(OUTPUT "${stamp}"
      COMMAND "${CMAKE_COMMAND}" "-DCLANG=${CMAKE_CXX_COMPILER}" "-DTRIPLE=${triple}"
        "-DOUT=${folder}" -P "${collect}"
      COMMAND "${CMAKE_COMMAND}" -E touch "${stamp}"
      DEPENDS "${collect}" COMMENT "Collecting the sysroot of ${triple}" VERBATIM)
    add_custom_target(qwenc_sysroot_${triple} DEPENDS "${stamp}")
    add_dependencies(qwenc_sysroot qwenc_sysroot_${triple})
    if(QWENC_RUNTIME_SOURCES)
      qwenc_runtime_archive(${triple} "${folder}")
    endif()
  endforeach()
  install(DIRECTORY "${PROJECT_BINARY_DIR}/share/qwenc" DESTINATION share)
endfunction()

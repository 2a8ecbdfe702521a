# The runtime is compiled twice: natively, for its unit tests, and once for each
# triple that qwenc can produce executables for. The latter becomes
# libqwen_runtime.a in that triple's sysroot, the folder that holds everything
# lld needs to link a static executable:
#
#   share/qwenc/sysroot/<triple>/crt1.o crti.o crtn.o crtbeginT.o crtend.o
#                                libc.a libm.a ... libstdc++.a libqwen_runtime.a
#
# The tree below share/ looks the same beside build/<preset>/bin and beside the
# installed bin, so qwenc looks for it at ../share/qwenc relative to itself.

set(QWENC_TRIPLES x86_64-linux-gnu aarch64-linux-gnu)
# Executables must start on the oldest CPU of a triple, to say what they need.
set(QWENC_FLAGS_x86_64-linux-gnu -march=x86-64-v2)
set(QWENC_FLAGS_aarch64-linux-gnu -march=armv8-a)

# qwenc_runtime_library(Name SOURCES a.cpp ... [LINK x y ...] [ENTRY Main.cpp])
# Declares a part of the runtime. The native static library `Name` has SOURCES;
# the archives of the triples also have ENTRY, the file that defines main() and
# so must stay out of unit tests. Static libraries of ours in LINK (such as the
# support library) are compiled for the triples too; imported ones are taken to
# be header-only there (fmt is used with FMT_HEADER_ONLY).
function(qwenc_runtime_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;ENTRY" ${ARGN})
  qwenc_library(${name} SOURCES ${ARG_SOURCES} LINK ${ARG_LINK})
  set_property(GLOBAL APPEND PROPERTY QWENC_RUNTIME_LIBRARIES ${name})
  foreach(file IN LISTS ARG_ENTRY)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    set_property(GLOBAL APPEND PROPERTY QWENC_RUNTIME_ENTRIES "${file}")
  endforeach()
endfunction()

# The runtime's libraries and the static libraries of ours that they link.
function(qwenc_runtime_closure out)
  get_property(open GLOBAL PROPERTY QWENC_RUNTIME_LIBRARIES)
  set(closed "")
  while(open)
    list(POP_FRONT open library)
    if(TARGET ${library} AND NOT library IN_LIST closed)
      get_target_property(imported ${library} IMPORTED)
      get_target_property(type ${library} TYPE)
      if(NOT imported AND type STREQUAL STATIC_LIBRARY)
        list(APPEND closed ${library})
        get_target_property(linked ${library} LINK_LIBRARIES)
        if(linked)
          list(APPEND open ${linked})
        endif()
      endif()
    endif()
  endwhile()
  set(${out} "${closed}" PARENT_SCOPE)
endfunction()

# Everything but position-dependent paths that a source of a triple needs.
function(qwenc_compile_for_triple target triple)
  qwenc_set_defaults(${target})
  target_compile_definitions(${target} PRIVATE FMT_HEADER_ONLY=1)
  target_compile_options(${target} PRIVATE --target=${triple} ${QWENC_FLAGS_${triple}}
    -O2 -g0 -fno-rtti -ffunction-sections -fdata-sections -fno-pie -fno-stack-protector
    "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=")
endfunction()

# Called once, after every folder: the target `qwenc_sysroot` and its install
# rule.
function(qwenc_finish_runtime)
  qwenc_runtime_closure(libraries)
  get_property(sources GLOBAL PROPERTY QWENC_RUNTIME_ENTRIES)
  foreach(library IN LISTS libraries)
    get_target_property(folder ${library} SOURCE_DIR)
    get_target_property(files ${library} SOURCES)
    foreach(file IN LISTS files)
      cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${folder}")
      list(APPEND sources "${file}")
    endforeach()
  endforeach()

  add_custom_target(qwenc_sysroot ALL)
  foreach(triple IN LISTS QWENC_TRIPLES)
    set(folder "${PROJECT_BINARY_DIR}/share/qwenc/sysroot/${triple}")
    set(stamp "${PROJECT_BINARY_DIR}/sysroot-${triple}.stamp")
    set(collect "${PROJECT_SOURCE_DIR}/cmake/CollectSysroot.cmake")
    add_custom_command(OUTPUT "${stamp}"
      COMMAND "${CMAKE_COMMAND}" "-DCLANG=${CMAKE_CXX_COMPILER}" "-DTRIPLE=${triple}"
        "-DOUT=${folder}" -P "${collect}"
      COMMAND "${CMAKE_COMMAND}" -E touch "${stamp}"
      DEPENDS "${collect}" COMMENT "Collecting the sysroot of ${triple}" VERBATIM)
    add_custom_target(qwenc_sysroot_${triple} DEPENDS "${stamp}")
    add_dependencies(qwenc_sysroot qwenc_sysroot_${triple})
    if(sources)
      add_library(qwen_runtime_${triple} STATIC ${sources})
      qwenc_compile_for_triple(qwen_runtime_${triple} ${triple})
      set_target_properties(qwen_runtime_${triple} PROPERTIES
        OUTPUT_NAME qwen_runtime ARCHIVE_OUTPUT_DIRECTORY "${folder}")
      add_dependencies(qwenc_sysroot qwen_runtime_${triple})
    endif()
  endforeach()
  install(DIRECTORY "${PROJECT_BINARY_DIR}/share/qwenc" DESTINATION share)
endfunction()

# Run by `cmake --install`: copies the shared libraries of QWENC_TOOL_FILES.
file(GET_RUNTIME_DEPENDENCIES
  EXECUTABLES ${QWENC_TOOL_FILES}
  RESOLVED_DEPENDENCIES_VAR resolved
  UNRESOLVED_DEPENDENCIES_VAR unresolved
  PRE_EXCLUDE_REGEXES "^lib(c|m|dl|rt|pthread|stdc\\+\\+|gcc_s)\\.so" "^ld-linux" "^linux-vdso")
if(unresolved)
  message(FATAL_ERROR "libraries that were not found: ${unresolved}")
endif()
set(folder "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/lib")
file(MAKE_DIRECTORY "${folder}")
foreach(library IN LISTS resolved)
  # The name under which it is loaded; the file behind it, without its links.
  cmake_path(GET library FILENAME name)
  file(REAL_PATH "${library}" file)
  if(NOT EXISTS "${folder}/${name}" OR "${file}" IS_NEWER_THAN "${folder}/${name}")
    message(STATUS "Installing: ${folder}/${name}")
    file(COPY_FILE "${file}" "${folder}/${name}")
  endif()
endforeach()

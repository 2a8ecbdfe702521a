# cmake -DCLANG=... -DTRIPLE=... -DOUT=FOLDER -P CollectSysroot.cmake
# Copies the C and C++ library's static parts for a triple into FOLDER. clang
# knows where Debian keeps them, native or cross.
set(files crt1.o crti.o crtn.o crtbeginT.o crtend.o
  libc.a libm.a libpthread.a libdl.a librt.a libgcc.a libgcc_eh.a libstdc++.a)
file(MAKE_DIRECTORY "${OUT}")

foreach(name IN LISTS files)
  execute_process(COMMAND "${CLANG}" --target=${TRIPLE} -print-file-name=${name}
    OUTPUT_VARIABLE path OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  if(NOT IS_ABSOLUTE "${path}" OR NOT EXISTS "${path}")
    message(FATAL_ERROR "no ${name} for ${TRIPLE}: run scripts/setup")
  endif()
  # A glibc with vector functions has a linker script "GROUP ( libm-V.a libmvec.a )"
  # of absolute paths in place of libm.a. We call none of them: take libm-V.a.
  file(READ "${path}" head LIMIT 8 HEX)
  if(name STREQUAL "libm.a" AND NOT head STREQUAL "213c617263683e0a") # "!<arch>\n"
    file(STRINGS "${path}" script REGEX "GROUP")
    string(REGEX MATCH "[^ ]*/libm-[0-9.]+\\.a" path "${script}")
    if(NOT path OR NOT EXISTS "${path}")
      message(FATAL_ERROR "cannot read the linker script libm.a of ${TRIPLE}: ${script}")
    endif()
  endif()
  file(REAL_PATH "${path}" path)
  file(COPY_FILE "${path}" "${OUT}/${name}" ONLY_IF_DIFFERENT)
endforeach()

# Makes the installed tree complete: every shared library that the tools load is
# copied beside them, except what belongs to the C and C++ library of the
# machine (glibc 2.36 and libstdc++ of GCC 12, or newer).
function(qwenc_finish_install)
  get_property(tools GLOBAL PROPERTY QWENC_TOOLS)
  if(NOT tools)
    return()
  endif()
  set(paths "")
  foreach(tool IN LISTS tools)
    list(APPEND paths "$<TARGET_FILE:${tool}>")
  endforeach()
  install(CODE "set(QWENC_TOOL_FILES \"${paths}\")")
  install(SCRIPT "${PROJECT_SOURCE_DIR}/cmake/CopyRuntimeDependencies.cmake")
  install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION share/qwenc)
endfunction()

# cmake -DPROGRAM=... -DARGUMENT=--help -DTITLE=... -DOUT=... -P WriteReference.cmake
# writes what a program prints as a page.
execute_process(COMMAND "${PROGRAM}" "${ARGUMENT}" OUTPUT_VARIABLE text
  COMMAND_ERROR_IS_FATAL ANY)
file(WRITE "${OUT}" "# ${TITLE}\n\n```\n${text}\n```\n")

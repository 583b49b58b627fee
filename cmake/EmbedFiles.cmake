# embed_files(OUT_VAR NAMESPACE ns FILES path ...)
#
# Generates a .cc file with the bytes of the files and a function
#   std::span<const EmbeddedFile> NAMESPACE::embedded_files();   (declared in model/embedded_file.h's shape)
# so that the installed program is one file and still reads its data from reviewable text files.
function(embed_files out_var)
  cmake_parse_arguments(EMBED "" "NAMESPACE;HEADER" "FILES" ${ARGN})
  string(REPLACE "::" "_" stem ${EMBED_NAMESPACE})
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/${stem}_embedded.cc)
  list(JOIN EMBED_FILES "," joined)
  add_custom_command(
    OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} -DOUT=${generated} -DNAMESPACE=${EMBED_NAMESPACE} -DHEADER=${EMBED_HEADER} "-DFILES=${joined}"
            -P ${PROJECT_SOURCE_DIR}/cmake/WriteEmbedded.cmake
    DEPENDS ${EMBED_FILES} ${PROJECT_SOURCE_DIR}/cmake/WriteEmbedded.cmake
    VERBATIM)
  set_source_files_properties(${generated} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)  # its names are its own affair
  set(${out_var} ${generated} PARENT_SCOPE)
endfunction()

# Reading the standard library anew took a third of each source file's compilation. It is read once for all modules (with fmt), and
# once for all tests (with Catch2). A source file still includes what it uses: clang-tidy and the check that every header stands
# alone compile without this.
option(CYCLEGATE_PRECOMPILE "Precompile the headers of the standard library" ON)

set(standard_headers
  <algorithm> <array> <charconv> <chrono> <cmath> <cstdint> <filesystem> <functional> <limits> <map> <memory> <optional> <set>
  <span> <string> <string_view> <system_error> <tuple> <utility> <vector>)

# add_precompiled(TARGET header ...): what precompile() makes other targets share.
function(add_precompiled target)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${target}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "// Nothing but what is precompiled.\n")
  add_library(${target} OBJECT ${source})
  target_link_libraries(${target} PRIVATE cyclegate_options)
  target_precompile_headers(${target} PRIVATE ${standard_headers} ${ARGN})
endfunction()

# precompile(TARGET FROM): TARGET takes its precompiled headers from FROM; both must be compiled with the same options.
function(precompile target from)
  if(CYCLEGATE_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${from})
  endif()
endfunction()

if(CYCLEGATE_PRECOMPILE)
  find_package(fmt REQUIRED)
  add_precompiled(cyclegate_precompiled <fmt/format.h>)
  target_link_libraries(cyclegate_precompiled PRIVATE fmt::fmt)
endif()

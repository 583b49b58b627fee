# One interface target carries the warnings, so that every module is held to the same ones.
add_library(cyclegate_options INTERFACE)
target_compile_options(cyclegate_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual -Wnull-dereference -Wdouble-promotion -Wimplicit-fallthrough
  -Wno-missing-field-initializers  # designated initialisers leave the rest at their defaults on purpose
  -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these from inside libstdc++ at -O2 (GCC bugs 105329, 105651); clang still checks ours.
  target_compile_options(cyclegate_options INTERFACE
    -fpch-preprocess  # what ccache wants where headers are precompiled
    -Wno-restrict -Wno-null-dereference -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # libstdc++ 12's own std::stable_sort uses what it deprecates; g++ still checks ours.
  target_compile_options(cyclegate_options INTERFACE -Wno-deprecated-declarations)
endif()
if(CYCLEGATE_SANITIZE)
  target_compile_options(cyclegate_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(cyclegate_options INTERFACE -fsanitize=address,undefined)
endif()
if(CYCLEGATE_FUZZ AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(cyclegate_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(CYCLEGATE_COVERAGE)
  target_compile_options(cyclegate_options INTERFACE -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(cyclegate_options INTERFACE -fprofile-instr-generate -fcoverage-mapping)
endif()
target_link_libraries(cyclegate_options INTERFACE Threads::Threads)
if(CMAKE_UNITY_BUILD)
  # A local name may be that of a helper in another source file of the same batch; builds file by file still check.
  target_compile_options(cyclegate_options INTERFACE -Wno-shadow)
endif()

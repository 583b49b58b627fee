# add_module(NAME [DEPENDS module ...] [LIBRARIES target ...] [SOURCES extra.cc ...])
#
# Makes the static library cyclegate_NAME from src/NAME/*.cc. DEPENDS names the modules whose headers it may include;
# ci/check-layers compares the includes with it. LIBRARIES are third-party targets and stay private: their headers belong
# into .cc files. Every header is also compiled on its own (CMAKE_VERIFY_INTERFACE_HEADER_SETS).
function(add_module name)
  cmake_parse_arguments(MODULE "" "" "DEPENDS;LIBRARIES;SOURCES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.h)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  set(target cyclegate_${name})
  add_library(${target} STATIC ${sources} ${MODULE_SOURCES})
  add_library(cyclegate::${name} ALIAS ${target})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${headers})
  set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  list(TRANSFORM MODULE_DEPENDS PREPEND cyclegate_)
  target_link_libraries(${target} PUBLIC ${MODULE_DEPENDS} PRIVATE cyclegate_options ${MODULE_LIBRARIES})
  if(fmt::fmt IN_LIST MODULE_LIBRARIES)  # whose definitions the precompiled headers were made with
    precompile(${target} cyclegate_precompiled)
  endif()
endfunction()

# add_unit_test(MODULE [LIBRARIES ...]): tests/unit/MODULE/*_test.cc become the program cyclegate_test_MODULE, which ctest
# runs as one test.
function(add_unit_test module)
  cmake_parse_arguments(TEST "" "" "LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/${module}/*.cc)
  set(target cyclegate_test_${module})
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE cyclegate_${module} cyclegate_test_support cyclegate_options
                        Catch2::Catch2WithMain ${TEST_LIBRARIES})
  target_compile_definitions(${target} PRIVATE CYCLEGATE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  precompile(${target} cyclegate_test_precompiled)
  add_test(NAME unit.${module} COMMAND ${target})
  set_tests_properties(unit.${module} PROPERTIES LABELS unit TIMEOUT 1800)
endfunction()

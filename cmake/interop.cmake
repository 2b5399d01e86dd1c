# tests/interop: other people's implementations read what ours writes, and the other way round. tests/interop/NAME_with_TOOL
# becomes the ctest entry interop_NAME_with_TOOL; it ends with 77, shown as skipped, where the tool is not installed.
add_executable(interop_office_log ${CMAKE_SOURCE_DIR}/tests/interop/office_log.c
               ${CMAKE_SOURCE_DIR}/tests/server/support_office.c)
target_link_libraries(interop_office_log PRIVATE hf_server PkgConfig::CMOCKA)

add_executable(interop_vault_files ${CMAKE_SOURCE_DIR}/tests/interop/vault_files.c)
target_link_libraries(interop_vault_files PRIVATE hf_vault)

file(GLOB interop_scripts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/interop/*_with_*)
list(FILTER interop_scripts EXCLUDE REGEX "\\.")
foreach(script IN LISTS interop_scripts)
    get_filename_component(name ${script} NAME)
    add_test(NAME interop_${name} COMMAND ${script} ${CMAKE_BINARY_DIR})
    set_tests_properties(interop_${name} PROPERTIES TIMEOUT 300 SKIP_RETURN_CODE 77 ENVIRONMENT "${HF_TEST_ENVIRONMENT}")
endforeach()

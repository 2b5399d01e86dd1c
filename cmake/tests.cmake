# tests/ROOM/test_MODULE.c -> executable and ctest entry test_ROOM_MODULE, linked with the room it tests and
# tests/ROOM/support_*.c. Tests that may start threads carry the label "threads"; the tsan preset runs those.
set(HF_TEST_ENVIRONMENT
    "ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:detect_leaks=1"
    "UBSAN_OPTIONS=print_stacktrace=1"
    "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=${CMAKE_SOURCE_DIR}/tests/tsan.supp")
set(HF_ROOMS_WITH_THREADS app client server)
# ThreadSanitizer does not know pselect and puts off a signal that arrives in it; at the prompt there is one thread only.
set(HF_TESTS_WITHOUT_TSAN test_e2e_terminal)
add_custom_target(tests_with_threads)

file(GLOB test_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/*/test_*.c)
foreach(source IN LISTS test_sources)
    get_filename_component(module ${source} NAME_WE)
    get_filename_component(folder ${source} DIRECTORY)
    get_filename_component(room ${folder} NAME)
    if(room STREQUAL "photo" AND NOT TARGET hf_photo) # left out without its libraries
        continue()
    endif()
    string(REPLACE "test_" "test_${room}_" test_name ${module})
    file(GLOB support CONFIGURE_DEPENDS ${folder}/support_*.c)
    if(room STREQUAL "app") # stands on the office and the devices of the client's tests
        file(GLOB beside CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/client/support_*.c)
        list(APPEND support ${beside})
    endif()
    if(test_name MATCHES "^test_server_(every_alert|decisions)$") # over the cases of the policy tests
        list(REMOVE_ITEM support ${folder}/support_store.c)
        list(APPEND support ${CMAKE_SOURCE_DIR}/tests/policy/support_frames.c
                            ${CMAKE_SOURCE_DIR}/tests/policy/support_policy.c)
    endif()
    if(room MATCHES "^(app|replica|server)$") # with the procedures of the tree
        list(APPEND support ${CMAKE_SOURCE_DIR}/tests/policy/support_tree.c)
    endif()
    if(room STREQUAL "vault" OR test_name STREQUAL "test_server_group") # on the simulator's disk
        list(APPEND support ${CMAKE_SOURCE_DIR}/tools/simulator/disk.c ${CMAKE_SOURCE_DIR}/tools/simulator/random.c)
    endif()
    add_executable(${test_name} ${source} ${support})
    if(TARGET hf_${room})
        target_link_libraries(${test_name} PRIVATE hf_${room} PkgConfig::CMOCKA)
    else()
        target_link_libraries(${test_name} PRIVATE hf_client hf_server PkgConfig::CMOCKA)
    endif()
    if(test_name STREQUAL "test_replica_allocations") # memory runs out where the test says
        target_link_options(${test_name} PRIVATE LINKER:--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=sodium_malloc)
    endif()
    add_test(NAME ${test_name} COMMAND ${test_name})
    set_tests_properties(${test_name} PROPERTIES TIMEOUT 300 ENVIRONMENT "${HF_TEST_ENVIRONMENT}")
    if(test_name STREQUAL "test_replica_allocations")
        set_tests_properties(${test_name} PROPERTIES TIMEOUT 1200)
    endif()

    set(thread_headers)
    foreach(file IN LISTS source support)
        file(STRINGS ${file} found REGEX "^#include <(pthread\\.h|threads\\.h|nng/)")
        list(APPEND thread_headers ${found})
    endforeach()
    if(NOT test_name IN_LIST HF_TESTS_WITHOUT_TSAN
       AND (thread_headers OR room IN_LIST HF_ROOMS_WITH_THREADS OR NOT TARGET hf_${room}))
        set_property(TEST ${test_name} PROPERTY LABELS threads)
        add_dependencies(tests_with_threads ${test_name})
    endif()

    # Tests of no room in particular run the programs.
    if(NOT TARGET hf_${room})
        add_dependencies(${test_name} holdfast holdfastd holdfast-audit holdfast-chaos)
        set_tests_properties(${test_name} PROPERTIES TIMEOUT 1800
                             ENVIRONMENT "${HF_TEST_ENVIRONMENT};HOLDFAST_PROGRAMS=$<TARGET_FILE_DIR:holdfast>")
    endif()
endforeach()

# A clock that is years off, for test_e2e_clock. Without the sanitizers: it is loaded before them.
add_library(preload_clock MODULE ${CMAKE_SOURCE_DIR}/tests/e2e/preload_clock.c)
target_compile_options(preload_clock PRIVATE -fno-sanitize=all -fvisibility=default)
target_link_options(preload_clock PRIVATE -fno-sanitize=all)
add_library(preload_kill MODULE ${CMAKE_SOURCE_DIR}/tests/e2e/preload_kill.c)
target_compile_options(preload_kill PRIVATE -fno-sanitize=all -fvisibility=default)
target_link_options(preload_kill PRIVATE -fno-sanitize=all)

# What opens of a folder with every key that is in it, for test_e2e_erase_everywhere.
add_executable(unsealed ${CMAKE_SOURCE_DIR}/tests/e2e/unsealed.c)
target_link_libraries(unsealed PRIVATE hf_client hf_server)

# tests/FOLDER/test_NAME.sh -> ctest entry test_FOLDER_NAME, a bash script that runs the programs in HOLDFAST_PROGRAMS.
file(GLOB test_scripts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/*/test_*.sh)
foreach(script IN LISTS test_scripts)
    get_filename_component(module ${script} NAME_WE)
    get_filename_component(folder ${script} DIRECTORY)
    get_filename_component(room ${folder} NAME)
    string(REPLACE "test_" "test_${room}_" test_name ${module})
    add_test(NAME ${test_name} COMMAND ${script})
    set_tests_properties(${test_name} PROPERTIES TIMEOUT 300 SKIP_RETURN_CODE 77
                         ENVIRONMENT "${HF_TEST_ENVIRONMENT};HOLDFAST_PROGRAMS=$<TARGET_FILE_DIR:holdfast>")
    if(test_name STREQUAL test_web_routes) # some 400 pages
        set_tests_properties(${test_name} PROPERTIES TIMEOUT 900)
    endif()
    if(test_name MATCHES "^test_e2e_(shards|shard_keys|shard_erase)$") # a log lost several times, killed at each step
        set_tests_properties(${test_name} PROPERTIES TIMEOUT 900)
    endif()
endforeach()

# tests/conformance/NAME.c -> program conformance_NAME that reads published vector files given as arguments, and a ctest
# entry that hands it the files which tests/conformance/files lists, from the folder in HOLDFAST_VECTORS (skipped without).
file(GLOB runners CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/conformance/*.c)
foreach(source IN LISTS runners)
    get_filename_component(name ${source} NAME_WE)
    add_executable(conformance_${name} ${source})
    target_link_libraries(conformance_${name} PRIVATE hf_protocol hf_log hf_json)
    add_test(NAME conformance_${name}
             COMMAND ${CMAKE_SOURCE_DIR}/tests/conformance/run ${name} $<TARGET_FILE:conformance_${name}>)
    set_tests_properties(conformance_${name} PROPERTIES TIMEOUT 300 SKIP_RETURN_CODE 77 ENVIRONMENT "${HF_TEST_ENVIRONMENT}")
endforeach()

# tests/fuzz/fuzz_NAME.c -> libFuzzer program fuzz_NAME.
if(HF_FUZZ)
    file(GLOB fuzzers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_*.c)
    foreach(source IN LISTS fuzzers)
        get_filename_component(name ${source} NAME_WE)
        if(name STREQUAL "fuzz_picture" AND NOT TARGET hf_photo)
            continue()
        endif()
        add_executable(${name} ${source})
        target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        target_link_libraries(${name} PRIVATE hf_app hf_client hf_server hf_audit $<TARGET_NAME_IF_EXISTS:hf_photo>)
    endforeach()
endif()

# Checks of the house itself: arrows and doors, spacing, what the library exports, and that it can be used once installed.
add_test(NAME tidy COMMAND ${CMAKE_SOURCE_DIR}/tests/tidy/tidy ${CMAKE_SOURCE_DIR})
add_test(NAME tidy_self_test COMMAND ${CMAKE_SOURCE_DIR}/tests/tidy/self_test ${CMAKE_BINARY_DIR}/tidy-self-test)
add_test(NAME format COMMAND ${CMAKE_SOURCE_DIR}/tools/format --check)
set_tests_properties(format PROPERTIES SKIP_RETURN_CODE 77)

# The simulator must catch every deliberate fault of core/base/mutant.h.
add_test(NAME sim_mutants COMMAND holdfast-sim-mutants --mutants)
set_tests_properties(sim_mutants PROPERTIES TIMEOUT 900 ENVIRONMENT "${HF_TEST_ENVIRONMENT}")
set_tests_properties(test_sim_seeds PROPERTIES TIMEOUT 900)
# What it found once, each with the seed that finds it again.
add_test(NAME sim_found COMMAND ${CMAKE_SOURCE_DIR}/tests/sim/found_seeds ${CMAKE_BINARY_DIR})
set_tests_properties(sim_found PROPERTIES TIMEOUT 600 ENVIRONMENT "${HF_TEST_ENVIRONMENT}")

# A hundred devices at one server, fifty of them at once: nothing is missing afterwards.
add_test(NAME load_short COMMAND holdfast-load --devices 100 --connected 100 --push 50 --others 10 --max-mib 512)
set_tests_properties(load_short PROPERTIES TIMEOUT 300 ENVIRONMENT "${HF_TEST_ENVIRONMENT}")

if(TARGET libholdfast)
    set(house_environment "${HF_TEST_ENVIRONMENT}" CC=${CMAKE_C_COMPILER} NM=${CMAKE_NM} CMAKE=${CMAKE_COMMAND}
        HF_VERSION=${PROJECT_VERSION} HF_LIBDIR=${CMAKE_INSTALL_LIBDIR})
    if(HF_SANITIZE)
        # A program that loads a library with a sanitizer needs the sanitizer itself.
        list(APPEND house_environment "CFLAGS=-fsanitize=${HF_SANITIZE}")
    endif()
    add_test(NAME library_exports
             COMMAND ${CMAKE_SOURCE_DIR}/tests/install/exports $<TARGET_FILE:libholdfast> ${HF_PUBLIC_HEADER})
    add_test(NAME library_installed
             COMMAND ${CMAKE_SOURCE_DIR}/tests/install/use_installed ${CMAKE_BINARY_DIR})
    set_tests_properties(library_exports library_installed PROPERTIES ENVIRONMENT "${house_environment}")
endif()

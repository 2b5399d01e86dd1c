# hf_program(NAME FOLDER [room or library target ...]): a program from FOLDER/*.c, once it has sources.
function(hf_program name folder)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.c)
    if(sources)
        add_executable(${name} ${sources})
        target_link_libraries(${name} PRIVATE ${ARGN})
    endif()
endfunction()

hf_program(holdfast client/cli hf_app)
hf_program(holdfastd server/cli hf_server)
hf_room(audit tools/audit base crypto pack json model merge policy log PkgConfig::MICROHTTPD Threads::Threads)
hf_program(holdfast-audit tools/audit/cli hf_audit)
# Started by the library for each photograph: hostile pixels are decoded apart (client/photo.h).
if(JPEG_FOUND AND PNG_FOUND)
    hf_room(photo client/photo PkgConfig::JPEG PkgConfig::PNG)
    hf_program(holdfast-photo client/photo/cli hf_photo)
    install(TARGETS holdfast-photo RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/holdfast)
endif()
target_compile_definitions(hf_client PRIVATE HF_PHOTO_PROGRAM="${CMAKE_INSTALL_FULL_LIBEXECDIR}/holdfast/holdfast-photo")

foreach(program holdfast holdfastd holdfast-audit)
    if(TARGET ${program})
        target_compile_definitions(${program} PRIVATE HF_VERSION="${PROJECT_VERSION}")
        install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    endif()
endforeach()

# Measures; never installed.
hf_program(holdfast-bench tools/benchmarks hf_client hf_server hf_audit)
target_sources(holdfast-bench PRIVATE tests/audit/support_stream.c)
add_custom_target(bench_programs DEPENDS holdfast-bench holdfastd)

# SQLCipher exports SQLite's symbols, so what measures it is a program of its own.
pkg_check_modules(SQLCIPHER QUIET IMPORTED_TARGET sqlcipher)
if(SQLCIPHER_FOUND)
    add_executable(holdfast-bench-sqlcipher EXCLUDE_FROM_ALL tools/benchmarks/sqlcipher/main.c tools/benchmarks/rows.c)
    target_include_directories(holdfast-bench-sqlcipher PRIVATE ${CMAKE_SOURCE_DIR})
    target_link_libraries(holdfast-bench-sqlcipher PRIVATE PkgConfig::SQLCIPHER)
    add_dependencies(bench_programs holdfast-bench-sqlcipher)
endif()

# Disturbs connections; never installed.
hf_program(holdfast-chaos tools/disturb hf_base)

# Thousands of devices against one server; never installed.
hf_program(holdfast-load tools/loadgen hf_server)

# Simulates; never installed. A room of its own, so that tests/sim can use it.
hf_room(sim tools/simulator client server PkgConfig::SODIUM PkgConfig::SQLITE)
# What memo.c remembers goes before the product's own, in every program of this room.
set(sim_memo -Wl,--wrap=hf_payload_seal -Wl,--wrap=hf_payload_check_opened -Wl,--wrap=hf_payload_open)
target_link_options(hf_sim INTERFACE ${sim_memo})
hf_program(holdfast-sim tools/simulator/cli hf_sim)

# The simulator over rooms with deliberate faults (core/base/mutant.h): these rooms once more, as objects of the program,
# so that nothing of their libraries is linked.
file(GLOB mutable CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/core/merge/*.c ${CMAKE_SOURCE_DIR}/core/log/*.c ${CMAKE_SOURCE_DIR}/core/replica/*.c
     ${CMAKE_SOURCE_DIR}/server/*.c ${CMAKE_SOURCE_DIR}/client/syncer*.c ${CMAKE_SOURCE_DIR}/tools/simulator/*.c ${CMAKE_SOURCE_DIR}/tools/simulator/cli/*.c)
add_executable(holdfast-sim-mutants ${mutable})
if(NOT HF_TESTS)
    set_target_properties(holdfast-sim-mutants PROPERTIES EXCLUDE_FROM_ALL ON)
endif()
target_compile_definitions(holdfast-sim-mutants PRIVATE HF_MUTANTS)
target_link_options(holdfast-sim-mutants PRIVATE ${sim_memo})
target_link_libraries(holdfast-sim-mutants PRIVATE hf_client hf_server PkgConfig::SODIUM PkgConfig::SQLITE)

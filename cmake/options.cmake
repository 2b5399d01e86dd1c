option(HF_TESTS "Build the tests" ON)
option(HF_WERROR "Warnings are errors" OFF)
option(HF_FUZZ "Build the fuzz targets (clang only)" OFF)
set(HF_SANITIZE "" CACHE STRING "Sanitizers, such as address,undefined or thread")

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Debug or RelWithDebInfo" FORCE)
endif()

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(HF_CCACHE ccache)
mark_as_advanced(HF_CCACHE)
if(HF_CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER ${HF_CCACHE})
endif()

# The prefix map keeps the folder of the build out of the programs: HF_ASSERT prints core/base/bytes.c wherever it was built.
add_compile_definitions(_POSIX_C_SOURCE=200809L)
add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
                    -fstack-protector-strong -fno-common -fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=)
if(HF_WERROR)
    add_compile_options(-Werror)
endif()

# A program is linked with the libraries it uses, not with all that its rooms name: the verifier does without libcrypto.
add_link_options(-Wl,--as-needed)

# Three hundred test programs are linked anew after a change of a library: gold does it in a third of the time. Programs
# only: of a shared library it would export names of its own.
set(HF_LINKER "" CACHE STRING "Linker of the tests, as -fuse-ld= takes it; empty: the compiler's own")
if(HF_LINKER)
    string(APPEND CMAKE_EXE_LINKER_FLAGS " -fuse-ld=${HF_LINKER}")
endif()

if(HF_SANITIZE)
    add_compile_options(-fsanitize=${HF_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${HF_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
    add_link_options(-Wl,-z,relro,-z,now)
endif()

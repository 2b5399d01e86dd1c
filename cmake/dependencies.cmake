find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium>=1.0.18)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3>=3.40)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
find_package(nng CONFIG REQUIRED)

# Debian 12 calls the C package and target msgpack/msgpackc, Debian 13 msgpack-c for both.
find_package(msgpack-c CONFIG QUIET)
if(msgpack-c_FOUND)
    set(HF_MSGPACK_TARGET msgpack-c)
else()
    find_package(msgpack CONFIG REQUIRED)
    set(HF_MSGPACK_TARGET msgpackc)
endif()

if(HF_TESTS)
    pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
endif()

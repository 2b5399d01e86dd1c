find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium>=1.0.18)
pkg_check_modules(LIBCRYPTO REQUIRED IMPORTED_TARGET libcrypto>=3.0)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3>=3.40)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd>=1.5)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd>=0.9.75)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.88)
find_package(nng CONFIG REQUIRED)

# Photographs: holdfast-photo is left out without them, and pictures are then refused with a sentence.
pkg_check_modules(JPEG QUIET IMPORTED_TARGET libjpeg)
pkg_check_modules(PNG QUIET IMPORTED_TARGET libpng16)

# The desktop's keyring: only its header is needed, the library is loaded when it is asked for.
pkg_check_modules(LIBSECRET QUIET libsecret-1)
find_path(HF_LIBSECRET_HEADER libsecret/secret.h PATHS ${LIBSECRET_INCLUDE_DIRS} NO_CACHE)

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

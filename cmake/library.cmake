# libholdfast: the client core as one shared library with one header. The rooms are static libraries that stay private: all
# of their symbols are hidden, so the library exports exactly what the header marks with HOLDFAST_API.
set(HF_PUBLIC_HEADER ${CMAKE_SOURCE_DIR}/client/include/holdfast/holdfast.h)
get_target_property(client_type hf_client TYPE)
if(NOT client_type STREQUAL "STATIC_LIBRARY" OR NOT EXISTS ${HF_PUBLIC_HEADER})
    message(STATUS "libholdfast: the client room has no sources or no public header yet")
    return()
endif()
target_compile_definitions(hf_client PRIVATE HF_VERSION="${PROJECT_VERSION}")

# Whole: nothing inside the library calls the public functions, so a linker would leave them out of an ordinary archive.
# CMake wants a source of the library's own; the empty one is generated.
file(CONFIGURE OUTPUT libholdfast.c CONTENT "typedef int holdfast_has_its_code_in_rooms;\n")
add_library(libholdfast SHARED ${CMAKE_BINARY_DIR}/libholdfast.c)
target_link_libraries(libholdfast PRIVATE $<LINK_LIBRARY:WHOLE_ARCHIVE,hf_client>)
target_include_directories(libholdfast INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
set_target_properties(libholdfast PROPERTIES OUTPUT_NAME holdfast EXPORT_NAME holdfast
                      VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
# clang leaves the sanitizers' runtime to the program, gcc does not.
if(NOT (HF_SANITIZE AND CMAKE_C_COMPILER_ID MATCHES "Clang"))
    target_link_options(libholdfast PRIVATE -Wl,--no-undefined)
endif()

# The threads of nng outlive a dlclose.
target_link_options(libholdfast PRIVATE -Wl,-z,nodelete)

install(TARGETS libholdfast EXPORT holdfast-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${HF_PUBLIC_HEADER} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/holdfast)

include(CMakePackageConfigHelpers)
set(HF_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/holdfast)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/holdfast-config-version.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT holdfast-targets NAMESPACE holdfast:: DESTINATION ${HF_PACKAGE_DIR})
install(FILES cmake/holdfast-config.cmake ${CMAKE_BINARY_DIR}/holdfast-config-version.cmake DESTINATION ${HF_PACKAGE_DIR})

# The prefix is found from where the file lies, so that an installed folder may be moved.
file(RELATIVE_PATH HF_PREFIX_FROM_PC /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/holdfast.pc.in ${CMAKE_BINARY_DIR}/holdfast.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/holdfast.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# find_package(holdfast) gives the target holdfast::holdfast. What the library itself needs is linked into it.
include("${CMAKE_CURRENT_LIST_DIR}/holdfast-targets.cmake")

# The page of `holdfast app`, built by client/web/make-page and put into the program (client/web/README is docs/app.md).
# Every build folder of this tree shares what npm brought, in HF_WEB_CACHE.
set(HF_WEB_CACHE ${CMAKE_SOURCE_DIR}/build/web CACHE PATH "Where the page's build keeps what npm brings")
set(web ${CMAKE_SOURCE_DIR}/client/web)
set(web_out ${CMAKE_BINARY_DIR}/page)
file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS ${web}/src/* ${web}/strings/*)
add_custom_command(
    OUTPUT ${web_out}/assets.c
    COMMAND ${web}/make-page ${web_out} ${HF_WEB_CACHE}
    DEPENDS ${web_sources} ${web}/make-page ${web}/build.mjs ${web}/no-page.html ${web}/package.json ${web}/package-lock.json
    COMMENT "The page of holdfast app" VERBATIM)

hf_room(app client/app base crypto json policy client PkgConfig::MICROHTTPD Threads::Threads)
target_sources(hf_app PRIVATE ${web_out}/assets.c)

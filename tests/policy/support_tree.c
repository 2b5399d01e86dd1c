#include "tests/policy/support_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define LEVELS_MAX 6

const char *tree_path(const char *path)
{
    static char found[512];
    static const char up[] = "../../../../../../";
    for (size_t levels = 0; levels <= LEVELS_MAX; levels++) {
        (void)snprintf(found, sizeof found, "%.*s%s", (int)(levels * 3), up, path);
        FILE *file = fopen(found, "rb");
        if (file) {
            (void)fclose(file);
            return found;
        }
    }
    fail_msg("%s is not above this folder: run the test in a build folder inside the tree", path);
    return NULL;
}

struct hf_buf read_tree_file(const char *path)
{
    struct hf_buf bytes = {0};
    uint8_t part[4096];
    FILE *file = fopen(tree_path(path), "rb");
    assert_non_null(file);
    for (size_t got; (got = fread(part, 1, sizeof part, file)) > 0;)
        hf_buf_append(&bytes, part, got);
    (void)fclose(file);
    assert_int_equal(hf_buf_status(&bytes), HF_OK);
    return bytes;
}

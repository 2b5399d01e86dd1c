#include "tests/protocol/support_vectors.h"

#include "core/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Tests run in a build folder somewhere below the root. */
static FILE *open_vectors(const char *file)
{
    FILE *opened = NULL;
    char path[256];
    const char *up = "../../../";
    for (size_t levels = 0; !opened && levels <= 3; levels++) {
        snprintf(path, sizeof path, "%.*stests/vectors/%s", (int)(levels * 3), up, file);
        opened = fopen(path, "r");
    }
    if (!opened)
        fail_msg("tests/vectors/%s is not above this folder: run the test in a build folder inside the tree", file);
    return opened;
}

void vector_value(const char *file, const char *name, struct hf_buf *out)
{
    FILE *opened = open_vectors(file);
    const size_t name_len = strlen(name);
    char *line = NULL;
    size_t cap = 0;
    bool found = false;
    while (!found && getline(&line, &cap, opened) > 0)
        found = strncmp(line, name, name_len) == 0 && line[name_len] == ' ';
    fclose(opened);
    if (found) {
        line[strcspn(line, "\n")] = '\0';
        hf_buf_append_str(out, line + name_len + 1);
    }
    free(line);
    if (!found)
        fail_msg("tests/vectors/%s has no %s", file, name);
}

void vector_hex(const char *file, const char *name, struct hf_buf *out)
{
    struct hf_buf text = {0};
    vector_value(file, name, &text);
    const size_t start = out->len;
    hf_buf_append_zeros(out, text.len / 2);
    assert_int_equal(hf_text_unhex(hf_buf_slice(&text), out->data + start, text.len / 2), HF_OK);
    hf_buf_clear(&text);
}

#include "tests/audit/support_command.h"

#include "tools/audit/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

char out[32768];
char errors[16384];

static void take(FILE *file, char *text, size_t text_bytes)
{
    rewind(file);
    size_t len = fread(text, 1, text_bytes - 1, file);
    text[len] = '\0';
    (void)fclose(file);
}

int support_command(const char *const *arguments)
{
    char *argv[SUPPORT_ARGUMENTS] = {(char *)"holdfast-audit"};
    int argc = 1;
    for (; *arguments; arguments++) {
        assert_true(argc < SUPPORT_ARGUMENTS);
        argv[argc++] = (char *)*arguments;
    }
    struct hf_audit_streams streams = {.out = tmpfile(), .errors = tmpfile()};
    assert_non_null(streams.out);
    assert_non_null(streams.errors);
    int status = hf_audit_command(argc, argv, "1.2.3", &streams);
    take(streams.out, out, sizeof out);
    take(streams.errors, errors, sizeof errors);
    return status;
}

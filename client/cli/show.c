/* Text of other people on a terminal. */
#include "client/cli/cli.h"

#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_MAX 100 /* longer lines are hard to read */
#define COLUMNS_MIN 40

static const char unknown[] = "\xEF\xBF\xBD"; /* U+FFFD */

struct character {
    uint32_t code;
    size_t len; /* bytes */
    bool good;
};

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0u) == 0x80u;
}

/* The next character; a byte that begins none stands for itself and is not good. */
static struct character next_character(const char *text)
{
    const unsigned char first = (unsigned char)text[0];
    struct character character = {.code = first, .len = 1, .good = first < 0x80};
    size_t more = first >= 0xF0 && first < 0xF8 ? 3 : first >= 0xE0 && first < 0xF0 ? 2 : first >= 0xC2 && first < 0xE0;
    if (first < 0xC2 || more == 0)
        return character;
    uint32_t code = first & (0x3Fu >> more);
    for (size_t i = 1; i <= more; i++) {
        if (!is_continuation(text[i]))
            return character;
        code = code << 6 | ((unsigned char)text[i] & 0x3Fu);
    }
    return (struct character){.code = code, .len = more + 1, .good = true};
}

/* Turns the direction of writing, or ends a line in another way than '\n'. */
static bool is_layout(uint32_t code)
{
    return code == 0x061C || (code >= 0x200E && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

static void put_character(FILE *file, const char *text, const struct character *character)
{
    const uint32_t code = character->code;
    if (character->good && code == '\t')
        (void)fputc(' ', file);
    else if (character->good && (code < 0x20 || code == 0x7F)) /* U+2400 and on, in UTF-8 */
        (void)fprintf(file, "\xE2\x90%c", (int)(code == 0x7F ? 0xA1 : 0x80 + code));
    else if (!character->good || (code >= 0x80 && code < 0xA0) || is_layout(code))
        (void)fputs(unknown, file);
    else
        (void)fwrite(text, 1, character->len, file);
}

void cli_put(FILE *file, const char *text)
{
    while (*text) {
        struct character character = next_character(text);
        put_character(file, text, &character);
        text += character.len;
    }
}

static size_t count_columns(const char *text)
{
    size_t columns = 0;
    for (; *text; columns++)
        text += next_character(text).len;
    return columns;
}

void cli_put_role(FILE *file, const char *code)
{
    static const struct {
        const char *code, *words;
    } words[] = {{"child_sw", "child's social worker"},
                 {"ssw", "supervising social worker"},
                 {"iro", "independent reviewing officer"},
                 {"parp_east", "Practice and Resource Panel East"},
                 {"parp_west", "Practice and Resource Panel West"},
                 {"sm_cla", "service manager for looked-after children"},
                 {"sm_family_safeguarding", "service manager for family safeguarding"},
                 {"cla_manager", "manager for looked-after children"},
                 {"admin", "administrator"}};
    char text[80];
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].code, code) == 0) {
            (void)fputs(words[i].words, file);
            return;
        }
    (void)snprintf(text, sizeof text, "%s", code);
    for (char *at = text; *at; at++)
        if (*at == '_')
            *at = ' ';
    cli_put(file, text);
}

void cli_put_column(const char *text, size_t columns, bool cut)
{
    size_t left = columns;
    const bool too_long = cut && count_columns(text) > columns;
    while (*text && (!cut || left > (too_long ? 1 : 0))) {
        struct character character = next_character(text);
        put_character(stdout, text, &character);
        text += character.len;
        left -= left > 0;
    }
    if (too_long) {
        (void)fputs("…", stdout);
        left--;
    }
    for (; left > 0; left--)
        (void)putchar(' ');
}

size_t cli_columns(void)
{
    struct winsize size = {0};
    if (!isatty(STDOUT_FILENO))
        return 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}

static void put_indent(size_t indent)
{
    for (; indent > 0; indent--)
        (void)putchar(' ');
}

/* Characters up to the next space or end of line, and the bytes that they take. */
static size_t word_columns(const char *text)
{
    size_t columns = 0;
    while (*text && *text != ' ' && *text != '\n') {
        text += next_character(text).len;
        columns++;
    }
    return columns;
}

void cli_put_block(const char *text, size_t indent)
{
    size_t width = cli_columns(), used = 0;
    if (width > 0)
        width = (width > COLUMNS_MAX ? COLUMNS_MAX : width < COLUMNS_MIN ? COLUMNS_MIN : width) - indent;
    put_indent(indent);
    while (*text) {
        const bool fold = width > 0 && *text == ' ' && used + 1 + word_columns(text + 1) > width && used > 0;
        if (*text == '\n' || fold) {
            (void)putchar('\n');
            put_indent(indent);
            used = 0;
            text++;
            continue;
        }
        struct character character = next_character(text);
        put_character(stdout, text, &character);
        text += character.len;
        used++;
    }
    (void)putchar('\n');
}

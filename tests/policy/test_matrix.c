/* The two sample procedures side by side: the parts that people read (who asks, arranges, chairs, takes notes, is
 * invited, decides, approves, is told), the settings and the deadlines say what tests/policy/matrix.json says, key by
 * key; null: the procedure is silent. No rule hangs on most of these parts, so nothing else would notice a slip in
 * them. Words for people are not compared. */
#include "tests/policy/support_policy.h"

#include <stdio.h>
#include <string.h>

#define KEY_BYTES 64

/* "agenda.mandatory"; NULL: there is no such key, which is not the same as null. */
static const json_t *at_path(const json_t *document, const char *path)
{
    char key[KEY_BYTES];
    while (document && *path) {
        const size_t len = strcspn(path, ".");
        assert_true(len < sizeof key);
        memcpy(key, path, len);
        key[len] = '\0';
        document = json_object_get(document, key);
        path += len + (path[len] == '.' ? 1 : 0);
    }
    return document;
}

static bool says(const json_t *part, const json_t *wanted);

/* Everything wanted is there, and nothing else but words for people. */
static bool object_says(const json_t *part, const json_t *wanted)
{
    static const char *const words[] = {"text", "title", "source", "about"};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)part, key, value)
    {
        bool is_words = false;
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
            is_words = is_words || (strcmp(key, words[i]) == 0 && json_is_string(value));
        if (!is_words && (!json_object_get(wanted, key) || !says(value, json_object_get(wanted, key))))
            return false;
    }
    json_object_foreach((json_t *)(uintptr_t)wanted, key, value) if (!json_object_get(part, key)) return false;
    return true;
}

static bool says(const json_t *part, const json_t *wanted)
{
    if (json_is_object(part) && json_is_object(wanted))
        return object_says(part, wanted);
    if (!json_is_array(part) || !json_is_array(wanted))
        return json_equal(part, wanted) == 1;
    bool same = json_array_size(part) == json_array_size(wanted);
    for (size_t i = 0; same && i < json_array_size(part); i++)
        same = says(json_array_get(part, i), json_array_get(wanted, i));
    return same;
}

static void matrix__every_part_of_both_procedures_is_as_read(void **state)
{
    (void)state;
    json_t *matrix = load_tree_json("tests/policy/matrix.json");
    const char *name, *path;
    json_t *parts, *wanted;
    size_t looked = 0;
    json_object_foreach(matrix, name, parts)
    {
        char file[KEY_BYTES];
        (void)snprintf(file, sizeof file, "policies/%s.json", name);
        json_t *pack = load_tree_json(file);
        json_object_foreach(parts, path, wanted)
        {
            const json_t *part = at_path(pack, path);
            if (!part || !says(part, wanted))
                fail_msg("%s: \"%s\" is not what tests/policy/matrix.json says", file, path);
            looked++;
        }
        json_decref(pack);
    }
    assert_true(looked >= 88);
    json_decref(matrix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(matrix__every_part_of_both_procedures_is_as_read)};
    return cmocka_run_group_tests(tests, support_start, NULL);
}

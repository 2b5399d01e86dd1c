/* The state machines of statuses, over every status of the table. */
#include "core/model/steps.h"
#include "core/pack/writer.h"
#include "tests/model/support_model.h"

#include <stdio.h>
#include <string.h>

#define TYPES_END         4096
#define TYPE_ACTION_FIELD "open: started done not_done cancelled"

static struct hf_slice word(struct hf_buf *buf, const char *code)
{
    hf_buf_reset(buf);
    if (code)
        hf_pack_text(buf, hf_slice_str(code));
    else
        hf_pack_nil(buf);
    return hf_buf_slice(buf);
}

static bool allowed(const struct hf_field_spec *field, const char *from, const char *to)
{
    struct hf_buf a = {0}, b = {0};
    const bool answer = hf_steps_allowed(field, word(&a, from), word(&b, to));
    hf_buf_clear(&a);
    hf_buf_clear(&b);
    return answer;
}

static bool further(const struct hf_field_spec *field, const char *from, const char *to)
{
    struct hf_buf a = {0}, b = {0};
    const bool answer = hf_steps_further(field, word(&a, from), word(&b, to));
    hf_buf_clear(&a);
    hf_buf_clear(&b);
    return answer;
}

/* The status whose machine begins with this line. */
static const struct hf_field_spec *status_of(const char *line)
{
    for (unsigned type = 1; type < TYPES_END; type++) {
        const struct hf_record_spec *spec = hf_model_type((uint16_t)type);
        for (size_t i = 0; spec && i < spec->field_count; i++)
            if (spec->fields[i].steps && strcmp(spec->fields[i].steps[0], line) == 0)
                return &spec->fields[i];
    }
    fail_msg("no status begins with %s", line);
    return NULL;
}

/* Each line speaks of codes of its field alone, once; what it allows, hf_steps_allowed allows, and nothing else. */
static void check_machine(const struct hf_field_spec *field)
{
    for (size_t i = 0; field->codes[i]; i++) {
        const char *line = NULL;
        for (size_t j = 0; field->steps[j]; j++) {
            const size_t len = strlen(field->codes[i]);
            if (strncmp(field->steps[j], field->codes[i], len) == 0 && field->steps[j][len] == ':') {
                assert_null(line);
                line = field->steps[j] + len + 1;
            }
        }
        for (size_t j = 0; field->codes[j]; j++) {
            bool said = i == j;
            char words[512] = "";
            if (line)
                (void)snprintf(words, sizeof words, "%s", line);
            for (char *at = strtok(words, " ;"); at; at = strtok(NULL, " ;"))
                said = said || strcmp(at, field->codes[j]) == 0;
            assert_int_equal(allowed(field, field->codes[i], field->codes[j]), said);
            /* further along never holds both ways, nor of itself */
            assert_false(further(field, field->codes[i], field->codes[j]) &&
                         further(field, field->codes[j], field->codes[i]));
        }
        assert_true(allowed(field, NULL, field->codes[i]));
        assert_false(allowed(field, field->codes[i], NULL));
        assert_false(further(field, field->codes[i], field->codes[i]));
    }
    for (size_t j = 0; field->steps[j]; j++) {
        char words[512];
        (void)snprintf(words, sizeof words, "%s", field->steps[j]);
        for (char *at = strtok(words, " :;"); at; at = strtok(NULL, " :;")) {
            bool known = false;
            for (size_t i = 0; field->codes[i]; i++)
                known = known || strcmp(field->codes[i], at) == 0;
            if (!known)
                fail_msg("%s: %s is no code of it", field->name, at);
        }
    }
}

static void every_status_of_the_table__follows_its_lines(void **state)
{
    size_t machines = 0;
    (void)state;
    for (unsigned type = 1; type < TYPES_END; type++) {
        const struct hf_record_spec *spec = hf_model_type((uint16_t)type);
        for (size_t i = 0; spec && i < spec->field_count; i++) {
            if (!spec->fields[i].steps)
                continue;
            check_machine(&spec->fields[i]);
            machines++;
        }
    }
    assert_true(machines >= 10);
}

static void action__done_is_further_than_started_and_clashes_with_cancelled(void **state)
{
    const struct hf_field_spec *action = status_of(TYPE_ACTION_FIELD);
    (void)state;
    assert_true(further(action, "open", "started"));
    assert_true(further(action, "started", "done"));
    assert_true(further(action, "open", "done"));
    assert_false(further(action, "done", "cancelled"));
    assert_false(further(action, "cancelled", "done"));
}

static void steps_back__say_nothing_about_what_is_further(void **state)
{
    const struct hf_field_spec *meeting = status_of("draft: held cancelled");
    (void)state;
    assert_true(allowed(meeting, "held", "draft"));
    assert_false(further(meeting, "held", "draft"));
    assert_true(further(meeting, "draft", "held"));
}

static void final__is_known_by_its_code_alone(void **state)
{
    const struct hf_field_spec *meeting = status_of("draft: held cancelled");
    struct hf_buf value = {0};
    (void)state;
    assert_true(hf_steps_is_final(meeting, word(&value, "final")));
    assert_false(hf_steps_is_final(meeting, word(&value, "held")));
    assert_false(hf_steps_is_final(meeting, word(&value, NULL)));
    hf_buf_clear(&value);
}

static void list__reads_as_a_sentence(void **state)
{
    const struct hf_field_spec *action = status_of(TYPE_ACTION_FIELD);
    struct hf_buf value = {0}, text = {0};
    (void)state;
    hf_steps_list(action, word(&value, "open"), &text);
    hf_buf_append_u8(&text, 0);
    assert_string_equal((const char *)text.data, "started, done, not_done or cancelled");
    hf_buf_clear(&value);
    hf_buf_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_of_the_table__follows_its_lines),
        cmocka_unit_test(action__done_is_further_than_started_and_clashes_with_cancelled),
        cmocka_unit_test(steps_back__say_nothing_about_what_is_further),
        cmocka_unit_test(final__is_known_by_its_code_alone),
        cmocka_unit_test(list__reads_as_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

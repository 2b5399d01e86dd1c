/* What the tests of core/policy share: files of the tree, cases written as JSON, packs and calendars.
 *
 * A world (tests/policy/worlds) names a pack, a time, settings and records by label. A record is an object of fields
 * with "record" for its type; "@label" is the id of another record or person; a list is a set; {"rivals": […]} is a
 * field in conflict. A change lays over it: null takes a record or field away, an object adds a record or sets fields.
 */
#ifndef HF_TESTS_POLICY_SUPPORT_POLICY_H
#define HF_TESTS_POLICY_SUPPORT_POLICY_H

#include "core/policy/policy.h"
#include "tests/policy/support_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define assert_ok(status) assert_string_equal(hf_status_name(status), hf_status_name(HF_OK))

#define RECORDS_MAX 256

struct a_case {
    struct hf_record_state records[RECORDS_MAX];
    size_t count;
};

/* Group setup: starts core/crypto. */
int support_start(void **state);
json_t *load_tree_json(const char *path);
struct hf_policy_pack *load_pack(const char *name); /* policies/<name>.json */
struct hf_policy_pack *pack_of(const char *json);   /* from text with ' for " */
struct hf_calendar *load_calendar(void);

struct hf_id id_of(const char *label);
uint64_t time_of(const char *text);

/* World with a change (or NULL) laid over it: the records, and the time and settings if the change names none. */
json_t *world_with(const json_t *world, const json_t *change);
void build_case(const json_t *records, struct a_case *out);
void clear_case(struct a_case *built);

/* Evaluates; the caller clears the result. `settings` may be NULL. */
void evaluate(const struct hf_policy_pack *pack, const struct hf_calendar *calendar, const json_t *settings,
              const struct a_case *built, uint64_t now_ms, struct hf_policy_result *result);

/* "done", "done late", "done by_reason", "overdue" … */
void duty_word(const struct hf_duty *duty, char out[32]);
bool duty_is_open(const struct hf_duty *duty);
/* The duty of a rule that stands worst, of this record or (NULL) of any: open, not yet due, done by a reason, done. */
const struct hf_duty *worst_duty(const struct hf_policy_result *result, const char *rule, const char *subject);

#endif

/* Reading a pack: where we are in the file, what has gone wrong, and the parts in the order they are read. Every reader
 * returns false after it has complained; the texts of the pack stay where they are in the document. Private to this
 * room. */
#ifndef HF_CORE_POLICY_BUILD_H
#define HF_CORE_POLICY_BUILD_H

#include "core/policy/node.h"

#define HF_BUILD_DEPTH_MAX 40

struct hf_step {
    const char *key; /* NULL: an index */
    size_t index;
};
struct hf_build {
    struct hf_slice bytes; /* the file, for lines */
    struct hf_policy_pack *pack;
    struct hf_step path[HF_BUILD_DEPTH_MAX];
    size_t depth;
    const char *rule; /* id of the rule that is read, or NULL */
    size_t expr_depth;
    bool in_right; /* conditions may ask who makes the change, and for roles of people */
    hf_policy_problem_fn *problem;
    hf_policy_problem_fn *warning; /* or NULL */
    void *problem_ctx;
    size_t problems;
    enum hf_status status; /* of the first problem */
};

void hf_build_enter(struct hf_build *build, const char *key);
void hf_build_enter_index(struct hf_build *build, size_t index);
void hf_build_leave(struct hf_build *build);
/* Tells the problem with line and key; always false. */
bool hf_build_fail(struct hf_build *build, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool hf_build_fail_status(struct hf_build *build, enum hf_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Text of `object`[key] of at most max_bytes; "" when it is missing or null and not needed. */
bool hf_build_text(struct hf_build *build, const json_t *object, const char *key, size_t max_bytes, bool needed,
                   const char **out);
bool hf_build_bool(struct hf_build *build, const json_t *object, const char *key, bool *out);
/* Tells a warning with line and key. */
void hf_build_warn(struct hf_build *build, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Warns of a key that is none of these and does not begin with "x-": it is kept, and nothing is done with it. One that
 * looks like one of these mistyped is a problem: a mistyped "when" would widen a rule without a word. `keys` ends with
 * NULL. */
bool hf_build_only(struct hf_build *build, const json_t *object, const char *const *keys);

/* Line (from 1) where the value at a path begins; the last line that was found when the path leads nowhere. */
size_t hf_locate_line(struct hf_slice bytes, const struct hf_step *path, size_t depth);

/* Names that a condition can use: slots with the record type that stands there. */
struct hf_scope {
    size_t count;
    struct hf_scope_name {
        const char *name;
        size_t len;
        const struct hf_record_spec *type;
    } names[HF_SLOTS_MAX];
};
bool hf_scope_push(struct hf_build *build, struct hf_scope *scope, const char *name, size_t len,
                   const struct hf_record_spec *type, int32_t *out_slot);

/* Conditions and values (docs/policy.md, "Conditions"). A missing condition (NULL or null) gives HF_NODE_NONE. */
bool hf_build_condition(struct hf_build *build, struct hf_scope *scope, const json_t *json, int32_t *out);
bool hf_build_moment(struct hf_build *build, struct hf_scope *scope, const json_t *json, int32_t *out);
/* A relation, "type [of name] [as name]": a node of `op` whose record gets a new slot in scope. */
bool hf_build_relation(struct hf_build *build, struct hf_scope *scope, enum hf_op op, const json_t *json, int32_t *out);
bool hf_build_path(struct hf_build *build, const struct hf_scope *scope, const char *text, int32_t *out);
bool hf_build_node(struct hf_build *build, enum hf_op op, int32_t *out);
void hf_build_adopt(struct hf_build *build, int32_t parent, int32_t child); /* as its last child */

/* A value that may stand in a setting: a number, word, true, false, null or {"setting": name}. */
bool hf_build_knob(struct hf_build *build, const json_t *object, const char *key, struct hf_knob *out);
/* True when it is null, or a number (of a setting: any it may have) from min to max. */
bool hf_build_knob_within(const struct hf_build *build, const struct hf_knob *knob, int64_t min, int64_t max);

bool hf_build_settings(struct hf_build *build, const json_t *document);
bool hf_build_context(struct hf_build *build, const json_t *document);
bool hf_build_applies(struct hf_build *build, const json_t *document);
bool hf_build_choosers(struct hf_build *build, const json_t *document);
bool hf_build_deadlines(struct hf_build *build, const json_t *document);
bool hf_build_rules(struct hf_build *build, const json_t *document);
bool hf_build_rights(struct hf_build *build, const json_t *document);
bool hf_build_sections(struct hf_build *build, const json_t *document);
bool hf_build_law(struct hf_build *build, const json_t *document); /* retention and review cycles */
/* The scope that every rule starts from: the case and the named selections. */
void hf_build_outer_scope(const struct hf_build *build, struct hf_scope *scope);

#endif

/* Generated graphs of changes by people who see each other's work now and then: every order of arrival gives the same
 * bytes, and these are the ones that the rules of docs/merge.md give, written down here a second time without any
 * order. HF_TEST_SEED=<number> runs one seed again. */
#include "core/merge/standing.h"
#include "core/model/act.h"
#include "core/model/steps.h"
#include "tests/merge/support_merge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GRAPHS       600
#define SHUFFLES     12
#define PEOPLE       4
#define CHANGES_MOST 24
#define WORDS        4

/* Together the fields cover every kind. */
static const struct {
    uint16_t type;
    uint16_t fields[4];
} records[] = {
    {22, {4, 7, 18, 31}}, /* meeting: status, value, text, append */
    {74, {2, 13, 15, 5}}, /* move: status, verbatim, set, text */
    {63, {5, 10, 8, 2}},  /* escalation: set, append, text, value */
};

struct person {
    bool seen[CHANGES_MAX];
    struct hf_record_state state;
};
struct graph {
    uint64_t seed;
    uint16_t type;
    const uint16_t *fields;
    struct changes changes;
    struct person people[PEOPLE];
};

/* --- generating -----------------------------------------------------------------------------------------------------
 */

static const struct hf_field_spec *spec_of(const struct graph *graph, uint16_t field)
{
    return hf_model_field(hf_model_type(graph->type), field);
}

/* One of few values, so that equal ones happen. */
static struct hf_slice random_value(struct graph *graph, const struct hf_field_spec *spec)
{
    static const char *const words[WORDS] = {"a", "b", "ab", "something longer than thirty-one bytes"};
    size_t pick = random_below(&graph->seed, WORDS);
    if (spec->type == HF_TYPE_INT) {
        static uint8_t numbers[WORDS] = {1, 2, 3, 4};
        return hf_slice_of(&numbers[pick], 1);
    }
    if (spec->type == HF_TYPE_CODE)
        return text_of(spec->codes[pick % 3]);
    bool clears = spec->kind != HF_KIND_APPEND && spec->kind != HF_KIND_VERBATIM;
    if (clears && random_below(&graph->seed, 8) == 0)
        return hf_slice_of("\xC0", 1);
    return text_of(words[pick]);
}

static struct hf_slice random_set(struct graph *graph, const struct hf_field_spec *spec)
{
    const char *added[4] = {NULL};
    const char *removed[4] = {NULL};
    size_t added_count = 0;
    size_t removed_count = 0;
    for (size_t i = 0; i < 3; i++) {
        size_t dice = random_below(&graph->seed, 4);
        if (dice == 0)
            removed[removed_count++] = spec->codes[i];
        else if (dice == 1)
            added[added_count++] = spec->codes[i];
    }
    return set_of(added, removed);
}

/* Mostly the heads that the person sees; sometimes only some of them. */
static size_t random_bases(struct graph *graph, const struct hf_field_state *field, struct hf_id out[CHANGES_MAX])
{
    struct hf_id heads[CHANGES_MAX];
    size_t count = hf_merge_heads(field, heads, CHANGES_MAX);
    size_t kept = 0;
    bool some = random_below(&graph->seed, 4) == 0;
    for (size_t i = 0; i < count; i++)
        if (!some || random_below(&graph->seed, 2) == 0)
            out[kept++] = heads[i];
    return kept;
}

static void learn(struct graph *graph, struct person *person, size_t place)
{
    const struct change *change = &graph->changes.all[place];
    if (person->seen[place])
        return;
    person->seen[place] = true;
    assert_ok(hf_merge_apply(&person->state, &change->body, &change->id, change->clock));
}

static struct hf_id random_id(struct graph *graph)
{
    struct hf_id id;
    hf_put_u64(id.bytes, random_next(&graph->seed));
    hf_put_u64(id.bytes + 8, random_next(&graph->seed));
    return id;
}

/* Some of what the person sees: a true finaliser names all of it, a program that cheats does not. */
static void write_act(struct graph *graph, const struct person *person, enum hf_act act, bool names_none,
                      struct hf_buf *out)
{
    struct hf_changes seen = {0};
    size_t count = 0;
    bool all = random_below(&graph->seed, 2) == 0;
    assert_ok(hf_standing_seen(&person->state, &seen));
    for (size_t i = 0; i < seen.count && !names_none; i++)
        if (all || random_below(&graph->seed, 2) == 0)
            seen.at[count++] = seen.at[i];
    if (count == 0 && !names_none && seen.count > 0)
        count = 1;
    hf_act_encode(act, seen.at, count, out);
    free(seen.at);
}

static size_t add_acts(struct graph *graph, const struct person *person, struct hf_edit_input *edits,
                       struct hf_id bases[2][CHANGES_MAX], struct hf_buf values[2])
{
    size_t count = 0;
    if (random_below(&graph->seed, 4) == 0 && person->state.type != 0) {
        size_t finals = hf_standing_finals(&person->state, bases[0], CHANGES_MAX);
        enum hf_act act = finals > 0 ? (enum hf_act)(1 + random_below(&graph->seed, 3)) : HF_ACT_FINALISE;
        write_act(graph, person, act, false, &values[0]);
        edits[count++] = (struct hf_edit_input){HF_FIELD_FINAL, hf_buf_slice(&values[0]), bases[0],
                                                act == HF_ACT_FINALISE ? 0 : finals};
    }
    if (random_below(&graph->seed, 6) == 0) {
        enum hf_act act = (enum hf_act)(1 + random_below(&graph->seed, 2));
        size_t heads = random_bases(graph, hf_record_state_field(&person->state, HF_FIELD_DELETED), bases[1]);
        write_act(graph, person, act, act == HF_ACT_RESTORE, &values[1]);
        edits[count++] = (struct hf_edit_input){HF_FIELD_DELETED, hf_buf_slice(&values[1]), bases[1], heads};
    }
    return count;
}

static void save_something(struct graph *graph, struct person *person)
{
    struct hf_edit_input edits[6];
    static struct hf_id bases[4][CHANGES_MAX], act_bases[2][CHANGES_MAX];
    struct hf_buf acts[2] = {0};
    size_t count = 0;
    for (size_t i = 0; i < 4; i++) {
        uint16_t field = graph->fields[i];
        if (random_below(&graph->seed, 2) == 0)
            continue;
        const struct hf_field_spec *spec = spec_of(graph, field);
        size_t base_count = random_bases(graph, hf_record_state_field(&person->state, field), bases[count]);
        struct hf_slice value = spec->kind == HF_KIND_SET ? random_set(graph, spec) : random_value(graph, spec);
        edits[count] = (struct hf_edit_input){field, value, bases[count], base_count};
        count++;
    }
    count += add_acts(graph, person, edits + count, act_bases, acts);
    if (count == 0)
        return;
    hf_clock clock = random_next(&graph->seed) >> (random_below(&graph->seed, 8) * 8);
    (void)changes_add(&graph->changes, random_id(graph), clock, graph->type, edits, count);
    for (size_t i = 0; i < 2; i++)
        hf_buf_clear(&acts[i]);
    learn(graph, person, graph->changes.count - 1);
}

static void meet(struct graph *graph, const struct person *from, struct person *to)
{
    for (size_t i = 0; i < graph->changes.count; i++) /* places are an order that bases allow */
        if (from->seen[i])
            learn(graph, to, i);
}

static void generate(struct graph *graph, uint64_t seed, size_t most)
{
    *graph = (struct graph){.seed = seed};
    size_t record = random_below(&graph->seed, sizeof records / sizeof records[0]);
    graph->type = records[record].type;
    graph->fields = records[record].fields;
    size_t want = 2 + random_below(&graph->seed, most - 1);
    while (graph->changes.count < want) {
        struct person *person = &graph->people[random_below(&graph->seed, PEOPLE)];
        struct person *other = &graph->people[random_below(&graph->seed, PEOPLE)];
        if (random_below(&graph->seed, 3) == 0)
            meet(graph, other, person);
        else
            save_something(graph, person);
    }
}

static void discard(struct graph *graph)
{
    for (size_t i = 0; i < PEOPLE; i++)
        hf_record_state_clear(&graph->people[i].state);
    changes_clear(&graph->changes);
}

/* --- the rules a second time, over the set of changes
 * ----------------------------------------------------------------- */

struct expected {
    struct hf_entry entries[CHANGES_MAX * 4];
    size_t count;
};

static const struct hf_edit *edit_of(const struct change *change, uint16_t field)
{
    for (uint32_t i = 0; i < change->body.edit_count; i++)
        if (change->body.edits[i].field == field)
            return &change->body.edits[i];
    return NULL;
}

static bool names(const struct hf_edit *edit, const struct hf_id *change)
{
    for (uint32_t i = 0; i < edit->base_count; i++) {
        struct hf_id base = hf_edit_base(edit, i);
        if (hf_id_equal(&base, change))
            return true;
    }
    return false;
}

static bool lists(const struct hf_slice *elements, size_t count, struct hf_slice element)
{
    for (size_t i = 0; i < count; i++)
        if (hf_slice_equal(elements[i], element))
            return true;
    return false;
}

/* What a change did in field 991. */
static enum hf_act act_of(const struct change *change)
{
    struct hf_act_value act = {0};
    const struct hf_edit *edit = edit_of(change, HF_FIELD_FINAL);
    if (edit)
        assert_ok(hf_act_decode(hf_model_field(NULL, HF_FIELD_FINAL), edit->value, &act));
    return act.act;
}

static bool is_official(const struct change *change)
{
    return act_of(change) == HF_ACT_FINALISE || act_of(change) == HF_ACT_AMEND;
}

/* What is final goes by amending, a status by its steps. */
static bool may_take(const struct change *change, const struct hf_edit *edit, const struct hf_field_spec *spec,
                     const struct change *author, struct hf_slice value)
{
    if (spec->code >= HF_FIELD_COMMON)
        return true;
    if (spec->kind != HF_KIND_STATUS)
        return !is_official(author) || act_of(change) == HF_ACT_AMEND;
    if (edit->base_count > 1 || hf_slice_equal(edit->value, value))
        return true;
    return hf_steps_allowed(spec, value, edit->value) &&
           (!hf_steps_is_final(spec, edit->value) || act_of(change) == HF_ACT_FINALISE);
}

/* True when some change took this value of `author` out. */
static bool is_gone(const struct changes *changes, const struct hf_field_spec *spec, const struct change *author,
                    struct hf_slice value)
{
    for (size_t i = 0; i < changes->count && spec->kind != HF_KIND_APPEND; i++) {
        const struct hf_edit *edit = edit_of(&changes->all[i], spec->code);
        struct hf_set_edit set;
        if (!edit || !names(edit, &author->id) || !may_take(&changes->all[i], edit, spec, author, value))
            continue;
        if (spec->kind != HF_KIND_SET)
            return true;
        assert_ok(hf_set_edit_decode(edit->value, &set));
        if (lists(set.removed, set.removed_count, value))
            return true;
    }
    return false;
}

static int by_change_then_value(const void *a, const void *b)
{
    const struct hf_entry *left = a;
    const struct hf_entry *right = b;
    int order = memcmp(left->change.bytes, right->change.bytes, HF_ID_BYTES);
    return order ? order : hf_slice_compare(left->value, right->value);
}

static void expect_field(const struct changes *changes, const struct hf_field_spec *spec, struct expected *out)
{
    out->count = 0;
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->all[i];
        const struct hf_edit *edit = edit_of(change, spec->code);
        struct hf_set_edit set = {.added_count = 1};
        if (!edit)
            continue;
        set.added[0] = edit->value;
        if (spec->kind == HF_KIND_SET)
            assert_ok(hf_set_edit_decode(edit->value, &set));
        for (size_t j = 0; j < set.added_count; j++)
            if (!is_gone(changes, spec, change, set.added[j]))
                out->entries[out->count++] =
                    (struct hf_entry){.change = change->id, .clock = change->clock, .value = set.added[j]};
    }
    qsort(out->entries, out->count, sizeof out->entries[0], by_change_then_value);
}

static bool act_names(const struct change *change, uint16_t field, const struct hf_id *id)
{
    struct hf_act_value act;
    const struct hf_edit *edit = edit_of(change, field);
    if (!edit)
        return false;
    assert_ok(hf_act_decode(hf_model_field(NULL, field), edit->value, &act));
    return act.act != HF_ACT_DECLINE && hf_act_names(&act, id);
}

/* In a final record everything stands aside that is not official, or seen or accepted by what is. */
static bool is_aside(const struct changes *changes, const struct hf_field_spec *spec, const struct hf_id *id)
{
    bool final = false, counts = spec->kind == HF_KIND_STATUS || spec->code >= HF_FIELD_COMMON;
    for (size_t i = 0; i < changes->count; i++) {
        final = final || act_of(&changes->all[i]) == HF_ACT_FINALISE;
        counts = counts || (hf_id_equal(&changes->all[i].id, id) && is_official(&changes->all[i])) ||
                 act_names(&changes->all[i], HF_FIELD_FINAL, id);
    }
    return final && !counts;
}

static size_t count_taken_out(const struct changes *changes, const struct hf_record_state *state)
{
    const struct hf_field_state *found = hf_record_state_field(state, HF_FIELD_TAKEN_OUT);
    size_t wanted = 0, met = 0;
    for (size_t i = 0; i < changes->count; i++)
        for (uint32_t j = 0; j < changes->all[i].body.edit_count; j++) {
            const struct hf_edit *edit = &changes->all[i].body.edits[j];
            struct hf_set_edit set;
            if (hf_model_field(hf_model_type(changes->all[i].body.type), edit->field)->kind != HF_KIND_SET)
                continue;
            assert_ok(hf_set_edit_decode(edit->value, &set));
            wanted += set.removed_count;
            for (size_t k = 0; found && k < found->count; k++) {
                struct hf_taken_out taken;
                assert_ok(hf_taken_out_decode(hf_model_type(state->type), found->entries[k].value, &taken));
                met += hf_id_equal(&found->entries[k].change, &changes->all[i].id) && taken.field == edit->field &&
                       lists(set.removed, set.removed_count, taken.element);
            }
        }
    assert_int_equal(wanted, met);
    assert_int_equal(found ? found->count : 0, wanted);
    return wanted;
}

static void assert_follows_the_rules(const struct graph *graph, const struct hf_record_state *state)
{
    size_t fields = count_taken_out(&graph->changes, state) > 0;
    const uint16_t looked_at[] = {graph->fields[0], graph->fields[1], graph->fields[2],
                                  graph->fields[3], HF_FIELD_DELETED, HF_FIELD_FINAL};
    for (size_t i = 0; i < sizeof looked_at / sizeof looked_at[0]; i++) {
        static struct expected want;
        const struct hf_field_state *found = hf_record_state_field(state, looked_at[i]);
        const struct hf_field_spec *spec = spec_of(graph, looked_at[i]);
        expect_field(&graph->changes, spec, &want);
        fields += want.count > 0;
        assert_int_equal(found ? found->count : 0, want.count);
        for (size_t j = 0; j < want.count; j++) {
            assert_true(hf_id_equal(&found->entries[j].change, &want.entries[j].change));
            assert_true(found->entries[j].clock == want.entries[j].clock);
            assert_true(hf_slice_equal(found->entries[j].value, want.entries[j].value));
            assert_int_equal(found->entries[j].is_aside, is_aside(&graph->changes, spec, &want.entries[j].change));
        }
    }
    assert_int_equal(state->field_count, fields);
}

/* --- orders of arrival
 * ------------------------------------------------------------------------------------------------- */

struct arrival {
    const struct changes *changes;
    bool here[CHANGES_MAX];
};

static bool is_here(void *ctx, const struct hf_id *base)
{
    const struct arrival *arrival = ctx;
    for (size_t i = 0; i < arrival->changes->count; i++)
        if (arrival->here[i] && hf_id_equal(&arrival->changes->all[i].id, base))
            return true;
    return false;
}

/* Changes arrive shuffled; one whose bases are missing waits, as the callers of merge let it. */
static void apply_shuffled(struct graph *graph, struct hf_record_state *out)
{
    struct arrival arrival = {.changes = &graph->changes};
    size_t applied = 0;
    while (applied < graph->changes.count) {
        size_t place = random_below(&graph->seed, graph->changes.count);
        const struct change *change = &graph->changes.all[place];
        if (arrival.here[place] || !hf_merge_bases(&change->body, is_here, &arrival))
            continue;
        assert_ok(hf_merge_apply(out, &change->body, &change->id, change->clock));
        arrival.here[place] = true;
        applied++;
        if (random_below(&graph->seed, 4) == 0) { /* stored and read again on the way */
            struct hf_buf packed = pack(out);
            hf_record_state_clear(out);
            assert_ok(hf_record_state_decode(hf_buf_slice(&packed), out));
            hf_buf_clear(&packed);
        }
    }
}

static void assert_same(const struct hf_record_state *state, const struct hf_buf *packed, const uint8_t *digest)
{
    uint8_t other_digest[HF_HASH_BYTES];
    struct hf_buf other = pack(state);
    digest_of(state, other_digest);
    assert_true(hf_slice_equal(hf_buf_slice(&other), hf_buf_slice(packed)));
    assert_memory_equal(other_digest, digest, HF_HASH_BYTES);
    hf_buf_clear(&other);
}

static void run_shuffles(uint64_t seed)
{
    static struct graph graph;
    struct hf_record_state first = {0};
    uint8_t digest[HF_HASH_BYTES];
    generate(&graph, seed, CHANGES_MOST);
    apply_shuffled(&graph, &first);
    assert_follows_the_rules(&graph, &first);
    struct hf_buf packed = pack(&first);
    digest_of(&first, digest);
    for (size_t i = 0; i < SHUFFLES; i++) {
        struct hf_record_state state = {0};
        apply_shuffled(&graph, &state);
        assert_same(&state, &packed, digest);
        hf_record_state_clear(&state);
    }
    hf_buf_clear(&packed);
    hf_record_state_clear(&first);
    discard(&graph);
}

static void run_every_order(uint64_t seed)
{
    static struct graph graph;
    struct hf_record_state state = {0};
    generate(&graph, seed, 5);
    (void)apply_in_every_order(&graph.changes, &state);
    assert_follows_the_rules(&graph, &state);
    hf_record_state_clear(&state);
    discard(&graph);
}

/* What two people hold after exchanging everything is the same, whoever gave first. */
static void run_exchange(uint64_t seed)
{
    static struct graph graph;
    uint8_t digest[HF_HASH_BYTES];
    generate(&graph, seed, CHANGES_MOST);
    for (size_t from = 0; from < PEOPLE; from++)
        meet(&graph, &graph.people[from], &graph.people[0]);
    for (size_t to = 1; to < PEOPLE; to++)
        meet(&graph, &graph.people[0], &graph.people[to]);
    struct hf_buf packed = pack(&graph.people[0].state);
    digest_of(&graph.people[0].state, digest);
    for (size_t to = 1; to < PEOPLE; to++)
        assert_same(&graph.people[to].state, &packed, digest);
    hf_buf_clear(&packed);
    discard(&graph);
}

/* Every change that arrives is applied again at once: nothing moves, whatever its kinds and acts. */
static void run_repeats(uint64_t seed)
{
    static struct graph graph;
    struct hf_record_state once = {0}, twice = {0};
    uint8_t digest[HF_HASH_BYTES];
    generate(&graph, seed, CHANGES_MOST);
    for (size_t i = 0; i < graph.changes.count; i++) { /* the order they were made in has every base first */
        const struct change *change = &graph.changes.all[i];
        assert_ok(hf_merge_apply(&once, &change->body, &change->id, change->clock));
        assert_ok(hf_merge_apply(&twice, &change->body, &change->id, change->clock));
        assert_ok(hf_merge_apply(&twice, &change->body, &change->id, change->clock));
        struct hf_buf packed = pack(&once);
        digest_of(&once, digest);
        assert_same(&twice, &packed, digest);
        hf_buf_clear(&packed);
    }
    hf_record_state_clear(&once);
    hf_record_state_clear(&twice);
    discard(&graph);
}

/* A decision about some of what stands in a field, in a final record an amending one, takes out these and no other. */
static void decide(struct graph *graph, struct hf_record_state *state, const struct hf_field_spec *spec)
{
    struct hf_id bases[CHANGES_MAX], named[CHANGES_MAX], all[CHANGES_MAX], finals[CHANGES_MAX];
    struct hf_buf act = {0};
    const struct hf_field_state *field = hf_record_state_field(state, spec->code);
    const size_t before = field ? field->count : 0;
    const size_t heads = hf_merge_heads(field, all, CHANGES_MAX);
    size_t count = 0;
    for (size_t i = 0; i < heads; i++)
        if (random_below(&graph->seed, 3) > 0)
            bases[count++] = all[i];
    if (count < 2) /* one base is an edit, and a status has steps then */
        return;
    memcpy(named, bases, sizeof named);
    hf_act_encode(HF_ACT_AMEND, named, count, &act);
    const struct hf_edit_input edits[] = {
        {spec->code, random_value(graph, spec), bases, count},
        {HF_FIELD_FINAL, hf_buf_slice(&act), finals, hf_standing_finals(state, finals, CHANGES_MAX)}};
    const struct change *change =
        changes_add(&graph->changes, random_id(graph), 1, graph->type, edits, state->is_final ? 2 : 1);
    assert_ok(hf_merge_apply(state, &change->body, &change->id, change->clock));
    field = hf_record_state_field(state, spec->code);
    assert_int_equal(field->count, before - count + 1);
    for (size_t i = 0; i < field->count; i++)
        for (size_t j = 0; j < count; j++)
            assert_false(hf_id_equal(&field->entries[i].change, &bases[j]));
    hf_buf_clear(&act);
}

static size_t decided;

static void run_decisions(uint64_t seed)
{
    static struct graph graph;
    struct hf_record_state state = {0};
    generate(&graph, seed, CHANGES_MOST);
    apply_shuffled(&graph, &state);
    const size_t made = graph.changes.count;
    for (size_t i = 0; i < 4; i++) {
        const struct hf_field_spec *spec = spec_of(&graph, graph.fields[i]);
        if (spec->kind != HF_KIND_SET && spec->kind != HF_KIND_APPEND)
            decide(&graph, &state, spec);
    }
    decided += graph.changes.count - made;
    hf_record_state_clear(&state);
    discard(&graph);
}

/* --- seeds
 * --------------------------------------------------------------------------------------------------------------- */

static uint64_t base_seed;
static size_t graph_count = GRAPHS;
static uint64_t running_seed;
static bool finished;

static void run_seeds(void (*run)(uint64_t seed))
{
    finished = false;
    for (size_t i = 0; i < graph_count; i++) {
        running_seed = base_seed + i; /* kept, since a failure leaves this function at once */
        run(running_seed);
    }
    finished = true;
}

static void shuffled_arrival__gives_the_same_state_that_the_rules_give(void **state)
{
    (void)state;
    run_seeds(run_shuffles);
}

static void every_order_of_small_graphs__gives_the_same_state_that_the_rules_give(void **state)
{
    (void)state;
    run_seeds(run_every_order);
}

static void people_who_exchanged_everything__hold_the_same(void **state)
{
    (void)state;
    run_seeds(run_exchange);
}

static void change_that_is_applied_again__moves_nothing(void **state)
{
    (void)state;
    run_seeds(run_repeats);
}

static void decision__takes_out_exactly_what_it_names(void **state)
{
    (void)state;
    decided = 0;
    run_seeds(run_decisions);
    assert_true(graph_count == 1 || decided > graph_count / 10); /* enough clashes were there to decide */
}

/* Runs after each test. */
static int say_seed(void **state)
{
    (void)state;
    if (!finished)
        (void)printf("stopped at seed %" PRIu64 ": run it again with HF_TEST_SEED=%" PRIu64 "\n", running_seed,
                     running_seed);
    return 0;
}

#define SEEDED(test) cmocka_unit_test_teardown(test, say_seed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SEEDED(shuffled_arrival__gives_the_same_state_that_the_rules_give),
        SEEDED(every_order_of_small_graphs__gives_the_same_state_that_the_rules_give),
        SEEDED(people_who_exchanged_everything__hold_the_same),
        SEEDED(change_that_is_applied_again__moves_nothing),
        SEEDED(decision__takes_out_exactly_what_it_names),
    };
    const char *fixed = getenv("HF_TEST_SEED");
    if (hf_crypto_init(false) != HF_OK)
        return 1;
    if (fixed)
        base_seed = strtoull(fixed, NULL, 10);
    else
        hf_random(&base_seed, sizeof base_seed);
    if (fixed)
        graph_count = 1;
    (void)printf("seeds %" PRIu64 " to %" PRIu64 "\n", base_seed, base_seed + graph_count - 1);
    return cmocka_run_group_tests_name("orders", tests, NULL, NULL);
}

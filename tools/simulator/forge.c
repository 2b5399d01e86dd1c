/* A device whose program was changed: it signs with a valid key, in an unbroken chain, what the product's own device
 * would never save. What may come of it, rules.c and holds.c say. */
#include "core/model/act.h"
#include "core/pack/writer.h"
#include "core/replica/replica_internal.h"
#include "tools/simulator/world.h"

#include <stdlib.h>
#include <string.h>

#define HEADS_MAX  8
#define HUGE_BYTES 70000
#define TRIES      8 /* until there is something to forge */

struct forging {
    struct sim_world *world;
    struct sim_device *device;
    size_t case_at, record_at;
    struct hf_id case_id, record_id;
    uint16_t type;
    struct hf_record_state state; /* as this device has it */
    enum hf_leaf_kind kind;
    struct hf_buf body;
};

/* --- signing ------------------------------------------------------------------------------------------------------ */

/* As core/replica/chain.c, without a look at what is signed, and without effect on this device. */
static enum hf_status sign(struct forging *forging, const struct hf_class_key *key, struct hf_chain *chain)
{
    struct hf_replica *replica = forging->device->replica;
    struct hf_seen seen;
    struct hf_error err = {0};
    uint8_t bytes[HF_LEAF_BYTES];
    enum hf_status status = hf_replica_seen(replica, &seen, &err);
    if (status != HF_OK)
        return status;
    struct hf_leaf leaf = {.kind = forging->kind,
                           .clock =
                               hf_clock_tick(chain->clock, sim_device_now(forging->world, forging->device).wall_ms),
                           .incarnation = replica->identity->incarnation,
                           .seq = chain->next_seq,
                           .seen_size = seen.size};
    memcpy(leaf.log_id, replica->identity->log_id, sizeof leaf.log_id);
    memcpy(leaf.device, replica->identity->sign.public_key, sizeof leaf.device);
    memcpy(leaf.prev, chain->head, sizeof leaf.prev);
    memcpy(leaf.seen_root, seen.root.bytes, sizeof leaf.seen_root);
    status = hf_payload_seal(key, hf_buf_slice(&forging->body), &leaf, NULL);
    if (status != HF_OK)
        return status;
    hf_leaf_sign(&leaf, &replica->identity->sign);
    hf_leaf_encode(&leaf, bytes);
    struct hf_stored stored = {.change_id = hf_leaf_change_id(bytes),
                               .case_id = key->case_id,
                               .key_id = key->key_id,
                               .kind = forging->kind,
                               .device = chain->device,
                               .leaf_seq = leaf.seq,
                               .index = HF_INDEX_NONE,
                               .own = true,
                               .sent = HF_SAVED_HERE,
                               .effect = HF_EFFECT_NONE,
                               .leaf = hf_slice_of(bytes, sizeof bytes),
                               .body = hf_buf_slice(&forging->body)};
    status = hf_replica_stored_add(replica, &stored, &err);
    hf_leaf_hash(bytes, chain->head);
    chain->clock = leaf.clock;
    chain->next_seq++;
    chain->change_count = stored.row;
    return status == HF_OK ? hf_replica_chain_store(replica, chain, &err) : status;
}

static void sign_and_store(struct forging *forging)
{
    struct hf_replica *replica = forging->device->replica;
    struct hf_class_key key;
    struct hf_chain chain;
    struct hf_error err = {0};
    enum hf_status status = hf_replica_key_newest(replica, &forging->case_id, &key, &err);
    if (status != HF_OK)
        return; /* it never had the case, or has it no more */
    status = hf_rows_transaction(replica, &err);
    if (status == HF_OK) {
        status = hf_replica_chain_load(replica, &chain, &err);
        if (status == HF_OK)
            status = sign(forging, &key, &chain);
        status = hf_rows_finish(replica, status, &err);
    }
    hf_wipe(&key, sizeof key);
    if (status == HF_OK)
        forging->world->result->counts.forged++;
    else if (status != HF_ERR_LIMIT && !disk_is_stopped(forging->device->disk) &&
             !disk_fault_happened(forging->device->disk))
        sim_fail(forging->world, "a forger cannot sign: %s: %s", hf_status_name(status), err.text);
}

/* --- what is forged ----------------------------------------------------------------------------------------------- */

static size_t heads_of(const struct forging *forging, uint16_t field, struct hf_id heads[HEADS_MAX])
{
    size_t count = hf_merge_heads(hf_record_state_field(&forging->state, field), heads, HEADS_MAX);
    return count < HEADS_MAX ? count : HEADS_MAX;
}

static void write_body(struct forging *forging, const struct hf_edit_input *edits, size_t count)
{
    const struct hf_data_body_input input = {.case_id = forging->case_id,
                                             .record_id = forging->record_id,
                                             .type = forging->type,
                                             .edits = edits,
                                             .edit_count = count,
                                             .reason = hf_slice_str("forged")};
    if (hf_data_body_encode(&input, &forging->body, NULL) != HF_OK)
        hf_buf_reset(&forging->body);
}

/* One edit with a text or a code. */
static void write_edit(struct forging *forging, uint16_t field, const char *text, const struct hf_id *bases,
                       size_t base_count)
{
    struct hf_buf value = {0};
    hf_pack_text(&value, hf_slice_str(text));
    const struct hf_edit_input edit = {field, hf_buf_slice(&value), bases, base_count};
    write_body(forging, &edit, 1);
    hf_buf_clear(&value);
}

static void forge_words(struct forging *forging)
{
    struct hf_id heads[HEADS_MAX];
    forging->type = 74;
    forging->record_id = sim_record_id(&forging->world->cases[forging->case_at], 1);
    hf_record_state_clear(&forging->state);
    if (hf_replica_record(forging->device->replica, &forging->record_id, &forging->state) == HF_OK)
        write_edit(forging, 13, "words that nobody said", heads, heads_of(forging, 13, heads));
}

/* An amendment that does not follow what was made final, and an edit of it. */
static void forge_answer(struct forging *forging)
{
    struct hf_id bases[HEADS_MAX];
    struct hf_buf act = {0}, value = {0};
    size_t count = heads_of(forging, forging->state.fields[0].field, bases);
    if (count > 0) {
        struct hf_id answered = bases[0];
        hf_act_encode(HF_ACT_AMEND, &answered, 1, &act);
        hf_pack_text(&value, hf_slice_str("forged amendment"));
        const uint16_t text = forging->record_at == 0 ? 18 : forging->record_at == 1 ? 5 : 8;
        struct hf_id heads[HEADS_MAX];
        const struct hf_edit_input edits[] = {{text, hf_buf_slice(&value), heads, heads_of(forging, text, heads)},
                                              {HF_FIELD_FINAL, hf_buf_slice(&act), bases, 1}};
        write_body(forging, edits, 2);
    }
    hf_buf_clear(&act);
    hf_buf_clear(&value);
}

static void forge_step(struct forging *forging)
{
    const uint16_t field = forging->record_at == 0 ? 4 : 2;
    const struct hf_field_spec *spec = hf_model_field(hf_model_type(forging->type), field);
    struct hf_id heads[HEADS_MAX];
    size_t codes = 0;
    if (forging->record_at == 2)
        return;
    while (spec->codes[codes])
        codes++;
    write_edit(forging, field, spec->codes[sim_below(&forging->world->random, codes)], heads,
               heads_of(forging, field, heads));
}

static void forge_base(struct forging *forging, bool of_another_record)
{
    const uint16_t text = forging->record_at == 0 ? 18 : forging->record_at == 1 ? 5 : 8;
    struct hf_id base = hf_id_zero();
    struct hf_record_state other = {0};
    const struct hf_id other_id =
        sim_record_id(&forging->world->cases[forging->case_at], (forging->record_at + 1) % SIM_RECORDS);
    hf_random(base.bytes, sizeof base.bytes);
    if (of_another_record) {
        base = hf_id_zero();
        if (hf_replica_record(forging->device->replica, &other_id, &other) == HF_OK && other.field_count > 0)
            base = other.fields[0].entries[0].change;
        hf_record_state_clear(&other);
    }
    if (!hf_id_is_zero(&base))
        write_edit(forging, text, "built on sand", &base, 1);
}

/* The office knows it: the id of a record that is not there yet would only begin one of that id in the wrong case. */
static bool exists(const struct sim_world *world, const struct hf_id *record_id)
{
    struct hf_buf packed = {0};
    const bool found = world->office_is_up && !disk_is_stopped(world->office_disk) &&
                       world->store->ops->record(world->store, record_id, &packed) == HF_OK;
    hf_buf_clear(&packed);
    return found;
}

/* The record of another case; or this record under another type; or this case's key for another case. */
static void forge_place(struct forging *forging)
{
    struct sim_world *world = forging->world;
    const struct sim_case *other = &world->cases[sim_below(&world->random, world->case_count)];
    const struct hf_id sealed_for = forging->case_id;
    const size_t dice = sim_below(&world->random, 3);
    const struct hf_id theirs = sim_record_id(other, forging->record_at);
    if (dice == 0 && exists(world, &theirs))
        forging->record_id = theirs;
    else if (dice == 1)
        forging->type = sim_record_types[(forging->record_at + 1) % SIM_RECORDS];
    else
        forging->case_id = other->id;
    write_edit(forging, forging->type == 22 ? 18 : forging->type == 74 ? 5 : 8, "in another place", NULL, 0);
    forging->case_id = sealed_for;
}

static void forge_staff(struct forging *forging)
{
    forging->case_id = forging->world->office_case;
    forging->record_id = forging->world->people[forging->device->person].id;
    forging->type = HF_RECORD_PERSON;
    write_edit(forging, 1, "Somebody Else", NULL, 0);
}

/* What only the server says: somebody holds a case, a device is revoked, a device joins. */
static void forge_system(struct forging *forging)
{
    struct sim_world *world = forging->world;
    const struct sim_device *victim = &world->devices[sim_below(&world->random, world->device_count)];
    const size_t dice = sim_below(&world->random, 3);
    if (dice == 0 && sim_roles_forge(world, forging->device, &forging->body)) {
        forging->kind = HF_LEAF_NOTE;
    } else if (dice == 0) {
        const struct hf_note_body note = {.what = HF_NOTE_ASSIGN,
                                          .case_id = world->cases[sim_below(&world->random, world->case_count)].id,
                                          .person = world->people[sim_below(&world->random, world->person_count)].id,
                                          .held = sim_chance(&world->random, 50),
                                          .reason_code = hf_slice_str("allocated")};
        forging->kind = HF_LEAF_NOTE;
        hf_note_body_encode(&note, &forging->body);
    } else if (dice == 1) {
        struct hf_revoke_body revoke = {.reason_code = hf_slice_str("lost")};
        memcpy(revoke.device, victim->public_key, sizeof revoke.device);
        forging->kind = HF_LEAF_REVOKE;
        hf_revoke_body_encode(&revoke, &forging->body);
    } else {
        struct hf_enrol_body enrol = {.incarnation = 1,
                                      .person = world->people[forging->device->person].id,
                                      .role = HF_ROLE_OFFICE,
                                      .invitation = forging->case_id};
        memcpy(enrol.device, forging->device->public_key, sizeof enrol.device);
        hf_random(enrol.channel_key, sizeof enrol.channel_key);
        forging->kind = HF_LEAF_ENROL;
        hf_enrol_body_encode(&enrol, &forging->body);
    }
}

/* A good body, and then one byte of it is another. */
static void forge_form(struct forging *forging)
{
    struct sim_world *world = forging->world;
    write_edit(forging, forging->record_at == 0 ? 18 : forging->record_at == 1 ? 5 : 8, "a damaged change", NULL, 0);
    if (forging->body.len > 0)
        forging->body.data[sim_below(&world->random, forging->body.len)] = (uint8_t)sim_next(&world->random);
}

static void forge_huge(struct forging *forging)
{
    char *text = sim_must(malloc(HUGE_BYTES + 1));
    memset(text, 'a', HUGE_BYTES);
    text[HUGE_BYTES] = '\0';
    hf_pack_map(&forging->body, 4);
    hf_pack_uint(&forging->body, 1);
    hf_pack_id(&forging->body, &forging->case_id);
    hf_pack_uint(&forging->body, 2);
    hf_pack_id(&forging->body, &forging->record_id);
    hf_pack_uint(&forging->body, 3);
    hf_pack_uint(&forging->body, forging->type);
    hf_pack_uint(&forging->body, 4);
    hf_pack_array(&forging->body, 1);
    hf_pack_array(&forging->body, 3);
    hf_pack_uint(&forging->body, forging->record_at == 0 ? 18 : forging->record_at == 1 ? 5 : 8);
    hf_pack_text(&forging->body, hf_slice_str(text));
    hf_pack_array(&forging->body, 0);
    free(text);
}

static void forge(struct forging *forging)
{
    size_t dice = sim_below(&forging->world->random, 10);
    if (dice == 8 && !sim_chance(&forging->world->random, 10)) /* every device that joins is sent all of it */
        dice = 9;
    switch (dice) {
    case 0:
        forge_words(forging);
        break;
    case 1:
        forge_answer(forging);
        break;
    case 2:
        forge_step(forging);
        break;
    case 3:
        forge_base(forging, true);
        break;
    case 4:
        forge_base(forging, false);
        break;
    case 5:
        forge_place(forging);
        break;
    case 6:
        forge_staff(forging);
        break;
    case 7:
        forge_system(forging);
        break;
    case 8:
        forge_huge(forging);
        break;
    default:
        forge_form(forging);
    }
}

static void forge_once(struct forging *forging)
{
    struct sim_world *world = forging->world;
    forging->case_at = sim_below(&world->random, world->case_count);
    forging->record_at = sim_below(&world->random, SIM_RECORDS);
    forging->case_id = world->cases[forging->case_at].id;
    forging->record_id = sim_record_id(&world->cases[forging->case_at], forging->record_at);
    forging->type = sim_record_types[forging->record_at];
    if (hf_replica_record(forging->device->replica, &forging->record_id, &forging->state) == HF_OK &&
        forging->state.field_count > 0)
        forge(forging);
    if (forging->body.len > 0)
        sign_and_store(forging);
    hf_record_state_clear(&forging->state);
}

void sim_forge(struct sim_world *world, struct sim_device *device)
{
    if (world->case_count == 0 || device->is_lost || !sim_device_open(world, device))
        return;
    for (size_t i = 0, done = 0; i < TRIES && !done && !sim_failed(world); i++) {
        struct forging forging = {.world = world, .device = device};
        forge_once(&forging);
        done = forging.body.len > 0;
        hf_buf_clear(&forging.body);
    }
    sim_device_after(world, device);
}

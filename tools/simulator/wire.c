#include "tools/simulator/world.h"

#include <stdlib.h>
#include <string.h>

static struct sim_wire *wire_of(struct sim_world *world, size_t device, uint64_t number)
{
    struct sim_wire *wire = world->devices[device].wire;
    return wire && wire->number == number ? wire : NULL;
}

/* --- the network ---------------------------------------------------------------------------------------------------
 */

static void send_once(struct sim_world *world, struct sim_wire *wire, bool to_office, struct hf_slice bytes)
{
    struct sim_event event = {.type = SIM_EV_ARRIVE,
                              .device = wire->device,
                              .wire = wire->number,
                              .moment = world->moment,
                              .to_office = to_office};
    uint64_t delay_ms = 0;
    hf_buf_append_slice(&event.bytes, bytes);
    if (hf_buf_status(&event.bytes) != HF_OK)
        abort();
    if (!world->is_quiet) {
        delay_ms = 5 + sim_below(&world->random, 200);
        const bool is_late = sim_has(world, SIM_NETWORK) && sim_comes(world, &world->random, 3, 100);
        if (is_late)
            delay_ms += sim_below(&world->random, 40000);
        bool swaps = sim_has(world, SIM_NETWORK) && sim_comes(world, &world->random, world->swap_percent, 100);
        uint64_t *last = &wire->last_arrival[to_office];
        const bool overtakes = world->now_ms + delay_ms <= *last;
        if (!swaps && overtakes)
            delay_ms = *last + 1 - world->now_ms;
        world->result->counts.mishaps += (uint64_t)is_late + (uint64_t)(swaps && overtakes);
        if (world->now_ms + delay_ms > *last)
            *last = world->now_ms + delay_ms;
    }
    sim_later(world, event, delay_ms);
}

static void transmit(struct sim_world *world, struct sim_wire *wire, bool to_office, struct hf_slice bytes)
{
    const struct sim_device *device = &world->devices[wire->device];
    if (sim_has(world, SIM_NETWORK)) {
        if (world->now_ms < device->no_line_until)
            return;
        if (sim_comes(world, &world->random, world->drop_percent, 100)) {
            world->result->counts.mishaps++;
            return;
        }
        if (sim_comes(world, &world->random, world->repeat_percent, 100)) {
            world->result->counts.mishaps++;
            send_once(world, wire, to_office, bytes);
        }
    }
    send_once(world, wire, to_office, bytes);
}

static void drain_client(struct sim_world *world, struct sim_wire *wire)
{
    struct hf_slice out = hf_channel_output(wire->channel);
    if (out.len == 0)
        return;
    transmit(world, wire, true, out);
    hf_channel_output_taken(wire->channel, out.len);
}

static void drain_office(struct sim_world *world, struct sim_wire *wire)
{
    struct hf_slice out = hf_link_output(wire->link);
    if (out.len == 0)
        return;
    transmit(world, wire, false, out);
    hf_link_output_taken(wire->link, out.len);
}

/* --- the device's end ----------------------------------------------------------------------------------------------
 */

struct sender {
    struct sim_world *world;
    struct sim_wire *wire;
};
static struct sender sender; /* one thread, one event at a time */

static enum hf_status device_sends(void *ctx, struct hf_slice message)
{
    const struct sender *self = ctx;
    if (!self->wire->is_real) {
        transmit(self->world, self->wire, true, message);
        return HF_OK;
    }
    enum hf_status status = hf_channel_send(self->wire->channel, message);
    if (status == HF_OK)
        drain_client(self->world, self->wire);
    return status;
}

static bool may_fail(const struct sim_world *world, const struct sim_device *device, const struct hf_error *err)
{
    switch (err->status) {
    case HF_ERR_STATE: /* the office and this device have seen different pasts */
    case HF_ERR_AUTH:
        return device->is_suspect || world->is_rolled_back;
    case HF_ERR_CONFLICT: /* the answer to a push that was repeated on the way, when the chain has moved on */
        return world->is_rolled_back || (device->is_suspect && sim_has(world, SIM_NETWORK));
    case HF_ERR_TIMEOUT:
    case HF_ERR_CLOSED:
        return !world->is_quiet;
    case HF_ERR_WAITING: /* a change of an erased case, and the answer to that repeated on the way */
    case HF_ERR_PROTOCOL:
    case HF_ERR_INVALID:
        return sim_has(world, SIM_NETWORK);
    case HF_ERR_IO:
    case HF_ERR_FULL:
    case HF_ERR_BUSY: /* the office's disk said so */
        return (world->options.faults & (SIM_DISKS | SIM_KILLS)) != 0 && (!world->is_quiet || world->is_rolled_back);
    case HF_ERR_REVOKED: /* in the middle of a sync: the next one hands in */
        return device->is_revoked && !world->is_quiet;
    case HF_ERR_DENIED: /* the case was taken away between the assignment and the catch-up */
        return true;
    default:
        return false;
    }
}

static void try_again_later(struct sim_world *world, struct sim_device *device)
{
    if (world->is_quiet || device->is_lost || ++device->tries >= SIM_SYNC_TRIES)
        return;
    sim_later(world, (struct sim_event){.type = SIM_EV_SYNC, .device = device->number},
              60000 + sim_below(&world->random, 1800000));
}

/* The syncer has had an event: is it at its end? */
static void look_at_syncer(struct sim_world *world, struct sim_device *device)
{
    struct sim_wire *wire = device->wire;
    enum hf_syncer_state state = hf_syncer_state(wire->syncer);
    if (state == HF_SYNCER_DONE) {
        device->in_sync = true;
        device->is_suspect = device->is_copied;
        world->result->counts.syncs++;
        sim_wire_end(world, device);
    } else if (state == HF_SYNCER_FAILED) {
        const struct hf_error *err = hf_syncer_error(wire->syncer);
        sim_tell(world, "device %zu cannot sync: %s: %s", device->number, hf_status_name(err->status), err->text);
        if (!disk_is_stopped(device->disk) && !may_fail(world, device, err))
            sim_fail(world, "device %zu cannot sync and should: %s: %s", device->number, hf_status_name(err->status),
                     err->text);
        if (!world->is_rolled_back && (err->status == HF_ERR_STATE || err->status == HF_ERR_AUTH))
            device->is_refused = true;
        world->result->counts.failed_syncs++;
        sim_wire_end(world, device);
        if (!device->is_refused)
            try_again_later(world, device);
    }
    sim_device_after(world, device);
}

static void device_takes(struct sim_world *world, struct sim_device *device, struct hf_slice message, uint64_t moment)
{
    struct sim_wire *wire = device->wire;
    if (wire->is_real)
        sim_log_hear(world, device, message, moment);
    hf_syncer_message(wire->syncer, message, sim_device_now(world, device));
}

static void start_syncer(struct sim_world *world, struct sim_device *device)
{
    device->wire->is_started = true;
    hf_syncer_start(device->wire->syncer, sim_device_now(world, device));
}

static void device_gets_bytes(struct sim_world *world, struct sim_device *device, const struct sim_event *event)
{
    struct sim_wire *wire = device->wire;
    struct hf_buf message = {0};
    if (hf_channel_feed(wire->channel, hf_buf_slice(&event->bytes)) != HF_OK) {
        wire->is_over = true;
        return;
    }
    if (!wire->is_started && hf_channel_state(wire->channel) == HF_CHANNEL_OPEN)
        start_syncer(world, device);
    while (wire->is_started && hf_syncer_state(wire->syncer) == HF_SYNCER_RUNNING &&
           hf_channel_next(wire->channel, &message))
        device_takes(world, device, hf_buf_slice(&message), event->moment);
    hf_buf_clear(&message);
}

static void device_gets(struct sim_world *world, struct sim_device *device, const struct sim_event *event)
{
    struct sim_wire *wire = device->wire;
    uint64_t number = wire->number;
    sender = (struct sender){world, wire};
    if (wire->is_real)
        device_gets_bytes(world, device, event);
    else
        device_takes(world, device, hf_buf_slice(&event->bytes), event->moment);
    if (wire_of(world, device->number, number))
        look_at_syncer(world, device);
}

/* --- the office's end ----------------------------------------------------------------------------------------------
 */

void sim_wire_answer(struct sim_world *world, struct sim_wire *wire, struct hf_slice message)
{
    const struct sim_device *device = &world->devices[wire->device];
    bool is_pushed = message.len > 1 && message.data[1] == HF_MSG_PUSHED;
    sim_log_hear(world, device, message, world->moment);
    if (is_pushed && sim_has(world, SIM_NETWORK) &&
        sim_comes(world, &world->random, device->is_stubborn ? 60 : 2, 100)) {
        world->result->counts.mishaps++;
        return;
    }
    transmit(world, wire, false, message);
}

static void tell_news(struct sim_world *world, const struct sim_wire *but)
{
    for (size_t i = 0; i < world->device_count; i++) {
        struct sim_wire *wire = world->devices[i].wire;
        if (!wire || wire == but || !wire->is_real)
            continue;
        hf_link_news(wire->link, world->log.count, world->now_ms);
        drain_office(world, wire);
    }
}

static void office_gets(struct sim_world *world, struct sim_wire *wire, const struct sim_event *event)
{
    size_t before = world->log.count, device = wire->device;
    uint64_t number = wire->number;
    if (wire->is_real) {
        hf_link_feed(wire->link, hf_buf_slice(&event->bytes), world->now_ms);
        sim_log_watch(world);
        if (!disk_is_stopped(world->office_disk))
            drain_office(world, wire);
        wire->is_over = wire->is_over || hf_link_closing(wire->link, NULL);
    } else {
        sim_office_take(world, wire, hf_buf_slice(&event->bytes));
    }
    sim_office_after(world);
    if (!sim_failed(world) && world->log.count > before)
        tell_news(world, wire_of(world, device, number));
}

/* The office looks again at who is at the other end of every wire. */
void sim_wires_recheck(struct sim_world *world)
{
    for (size_t i = 0; i < world->device_count; i++) {
        struct sim_wire *wire = world->devices[i].wire;
        struct hf_id zero = hf_id_zero();
        uint8_t psk[HF_KEY_BYTES];
        if (!wire)
            continue;
        if (wire->is_real) {
            hf_link_recheck(wire->link, world->now_ms);
            drain_office(world, wire);
            continue;
        }
        const enum hf_mode mode = wire->peer.mode;
        const enum hf_role role = wire->peer.role;
        if (hf_office_peer(&world->office, wire->peer.channel_key, &zero, &wire->peer, psk) != HF_OK) {
            wire->is_over = true;
        } else if (wire->peer.mode != mode || wire->peer.role != role) {
            struct hf_server_update update;
            hf_session_server_step(
                wire->session,
                &(struct hf_server_event){.type = HF_SE_MODE, .now_ms = world->now_ms, .peer = &wire->peer}, &update);
        }
    }
}

/* --- a connection --------------------------------------------------------------------------------------------------
 */

void sim_wire_end(struct sim_world *world, struct sim_device *device)
{
    struct sim_wire *wire = device->wire;
    (void)world;
    if (!wire)
        return;
    device->wire = NULL;
    hf_syncer_free(wire->syncer);
    hf_channel_free(wire->channel);
    hf_link_free(wire->link);
    hf_session_server_free(wire->session);
    free(wire);
}

void sim_wires_end_all(struct sim_world *world)
{
    for (size_t i = 0; i < world->device_count; i++) {
        if (!world->devices[i].wire)
            continue;
        sim_wire_end(world, &world->devices[i]);
        try_again_later(world, &world->devices[i]);
    }
}

static void dial(struct sim_world *world, struct sim_device *device, struct sim_wire *wire)
{
    const struct hf_identity *identity = hf_replica_identity(device->replica);
    struct hf_id zero = hf_id_zero();
    struct hf_dh_key ephemeral;
    uint8_t seed[HF_DH_BYTES], psk[HF_KEY_BYTES];
    if (wire->is_real) {
        hf_random(seed, sizeof seed);
        hf_dh_key_from_seed(seed, &ephemeral);
        if (hf_channel_client_new(hf_slice_str(identity->origin), &zero, &identity->channel,
                                  identity->server_channel_key, identity->psk, &ephemeral, world->now_ms,
                                  &wire->channel) != HF_OK ||
            hf_link_new(&world->office, world->now_ms, &wire->link) != HF_OK)
            abort();
        drain_client(world, wire);
        return;
    }
    struct hf_server_update update;
    if (hf_office_peer(&world->office, identity->channel.public_key, &zero, &wire->peer, psk) != HF_OK) {
        if (!world->is_rolled_back && !disk_fault_happened(world->office_disk) && !disk_is_stopped(world->office_disk))
            sim_fail(world, "the office does not know device %zu", device->number);
        wire->is_over = true;
        return;
    }
    if (memcmp(psk, identity->psk, sizeof psk) != 0)
        sim_fail(world, "device %zu and the office keep different keys for their channel", device->number);
    if (hf_session_server_new(world->now_ms, &wire->session) != HF_OK)
        abort();
    hf_session_server_step(wire->session,
                           &(struct hf_server_event){.type = HF_SE_OPEN, .now_ms = world->now_ms, .peer = &wire->peer},
                           &update);
    start_syncer(world, device);
}

/* Ends what is over; otherwise sees to it that time passes for both ends. */
static void watch_wire(struct sim_world *world, size_t number, uint64_t wire_number)
{
    struct sim_device *device = &world->devices[number];
    struct sim_wire *wire = wire_of(world, number, wire_number);
    if (!wire || !wire->is_over)
        return;
    sim_wire_end(world, device);
    world->result->counts.failed_syncs++;
    try_again_later(world, device);
}

void sim_sync_begin(struct sim_world *world, struct sim_device *device)
{
    const struct hf_syncer_hooks hooks = {.ctx = &sender, .send = device_sends};
    if (!device->is_used || device->is_lost || device->wire || sim_failed(world) || !sim_device_open(world, device))
        return;
    struct sim_wire *wire = sim_must(calloc(1, sizeof *wire));
    wire->number = ++world->wires;
    wire->device = device->number;
    wire->is_real = sim_chance(&world->random, world->real_percent);
    device->wire = wire;
    device->in_sync = false;
    sim_roles_at_sync(world, device);
    sender = (struct sender){world, wire};
    if (hf_syncer_new(device->replica, &hooks, &wire->syncer) != HF_OK)
        abort();
    uint64_t number = wire->number;
    dial(world, device, wire);
    if (wire->is_started && !wire->is_over)
        look_at_syncer(world, device);
    sim_office_after(world);
    sim_later(world, (struct sim_event){.type = SIM_EV_TICK, .device = device->number, .wire = number}, 5001);
    watch_wire(world, device->number, number);
}

void sim_wire_arrive(struct sim_world *world, const struct sim_event *event)
{
    struct sim_wire *wire = wire_of(world, event->device, event->wire);
    if (!wire)
        return;
    if (event->to_office)
        office_gets(world, wire, event);
    else
        device_gets(world, &world->devices[event->device], event);
    watch_wire(world, event->device, event->wire);
}

void sim_wire_tick(struct sim_world *world, size_t number, uint64_t wire_number)
{
    struct sim_device *device = &world->devices[number];
    struct sim_wire *wire = wire_of(world, number, wire_number);
    if (!wire)
        return;
    if (wire->is_real) {
        hf_link_tick(wire->link, world->now_ms);
        drain_office(world, wire);
        wire->is_over = wire->is_over || hf_link_closing(wire->link, NULL);
    } else {
        sim_office_take(world, wire, hf_slice_of(NULL, 0));
    }
    sender = (struct sender){world, wire};
    if (!wire->is_over && wire->is_started) {
        hf_syncer_tick(wire->syncer, sim_device_now(world, device));
        look_at_syncer(world, device);
    }
    watch_wire(world, number, wire_number);
    if (wire_of(world, number, wire_number))
        sim_later(world, (struct sim_event){.type = SIM_EV_TICK, .device = number, .wire = wire_number}, 5001);
}

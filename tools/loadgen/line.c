#include "tools/loadgen/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 256
#define LOOK_MS    250 /* between two looks at who has something to do by the clock */

uint64_t load_now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t load_wall_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void load_lines_open(struct load_lines *lines, uint16_t port, const struct load_office *office,
                     struct load_device *devices, size_t count)
{
    *lines = (struct load_lines){
        .epoll = epoll_create1(EPOLL_CLOEXEC), .port = port, .office = office, .devices = devices, .count = count};
    if (lines->epoll < 0)
        load_stop("epoll", strerror(errno));
}

static void hang_up(struct load_device *device)
{
    if (device->fd >= 0)
        (void)close(device->fd);
    device->fd = -1;
    hf_channel_free(device->channel);
    hf_session_client_free(device->session);
    device->channel = NULL;
    device->session = NULL;
}

void load_lines_close(struct load_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        hang_up(&lines->devices[i]);
    (void)close(lines->epoll);
}

static void fail(struct load_device *device, const char *why)
{
    device->failed = true;
    device->why = why;
    hang_up(device);
}

/* --- what the session asks for --- */

static struct hf_client_facts facts_of(const struct load_device *device)
{
    struct hf_client_facts facts = {.incarnation = device->incarnation,
                                    .next_seq = device->next_seq,
                                    .unsent_seq = device->unsent_seq,
                                    .cursor = device->cursor,
                                    .checkpoint_size = device->checkpoint_size,
                                    .range_count = device->range_count};
    memcpy(facts.device, device->sign.public_key, sizeof facts.device);
    memcpy(facts.head, device->head, sizeof facts.head);
    for (size_t i = 0; i < device->range_count; i++) {
        facts.ranges[i].first = device->ranges[i].first;
        facts.ranges[i].count = device->ranges[i].count;
    }
    return facts;
}

static void add_index(struct load_device *device, uint64_t index)
{
    const size_t last = device->range_count - 1;
    if (device->range_count > 0 && device->ranges[last].first + device->ranges[last].count == index) {
        device->ranges[last].count++;
    } else if (device->range_count < HF_LIMIT_HEAD_RANGES) {
        device->ranges[device->range_count].first = index;
        device->ranges[device->range_count++].count = 1;
    }
}

/* As a replica does: own changes directly behind what was read move the cursor. */
static void store_pushed(struct load_lines *lines, struct load_device *device, const struct hf_message *message)
{
    const struct hf_msg_pushed *results = message->as.pushed.results;
    const size_t count = message->as.pushed.count;
    for (size_t i = 0; i < count; i++) {
        if (results[i].seq != device->unsent_seq + i || results[i].hold != HF_HOLD_NONE)
            load_stop("an answer", "a change was held, or not asked about");
        add_index(device, results[i].index);
        if (device->cursor == results[i].index)
            device->cursor++;
    }
    load_device_acknowledged(device, count);
    lines->acknowledged += count;
    if (device->outbox_count == 0)
        device->sent_at_us = load_now_us();
}

/* The second line of a checkpoint. Its signature is not looked at here. */
static uint64_t size_in_note(struct hf_slice note)
{
    uint64_t size = 0;
    size_t at = 0;
    while (at < note.len && note.data[at] != '\n')
        at++;
    for (at++; at < note.len && note.data[at] >= '0' && note.data[at] <= '9'; at++)
        size = size * 10 + (uint64_t)(note.data[at] - '0');
    return size;
}

static size_t outbox_take(const struct load_device *device)
{
    size_t count = 0, bytes = 0;
    while (count < device->outbox_count && count < HF_LIMIT_PUSH_ITEMS) {
        bytes += hf_message_item_bytes(&device->outbox[count]);
        if (bytes > HF_LIMIT_PUSH_BYTES)
            break;
        count++;
    }
    return count;
}

static void write_out(struct load_lines *lines, struct load_device *device);

/* True when it asked for an answer, which is in *next. */
static bool act(struct load_lines *lines, struct load_device *device, const struct hf_client_action *action,
                struct hf_client_event *next)
{
    static const struct hf_msg_drafts no_drafts;
    const size_t skip = (size_t)(action->from_seq - device->unsent_seq);
    next->type = HF_CE_STORED;
    switch (action->type) {
    case HF_CA_SEND:
        if (hf_channel_send(device->channel, action->bytes) != HF_OK)
            load_stop("a message", "it could not be sent");
        return false;
    case HF_CA_WANT_OUTBOX:
        next->type = HF_CE_OUTBOX;
        next->items = device->outbox + (skip < device->outbox_count ? skip : 0);
        next->item_count = skip < device->outbox_count ? outbox_take(device) : 0;
        if (next->item_count > device->outbox_count - skip)
            next->item_count = device->outbox_count - skip;
        return true;
    case HF_CA_WANT_DRAFTS:
        next->type = HF_CE_DRAFTS;
        next->drafts = &no_drafts;
        return true;
    case HF_CA_STORE_PUSHED:
        store_pushed(lines, device, action->message);
        return true;
    case HF_CA_STORE_FEED:
        device->entries_read += action->message->as.feed.item_count;
        device->cursor = action->message->as.feed.next_cursor;
        return true;
    case HF_CA_STORE_HEAD:
        device->range_count = 0;
        device->checkpoint_size = size_in_note(action->message->as.head_is.note);
        return true;
    case HF_CA_STORE_DRAFTS:
    case HF_CA_STORE_PURGED:
    case HF_CA_STORE_REFUSED:
    case HF_CA_STORE_SHARD:
    case HF_CA_WANT_HAND_ON:
    case HF_CA_STORE_HANDED_ON:
    case HF_CA_STORE_RESTARTED:
        return true;
    case HF_CA_DONE:
        device->done = true;
        return false;
    case HF_CA_FAIL:
        device->failed = true;
        device->why = hf_status_text(action->status);
        return false;
    default:
        return false;
    }
}

static void run(struct load_lines *lines, struct load_device *device, struct hf_client_event event)
{
    struct hf_client_facts facts = facts_of(device);
    bool again = true;
    event.facts = &facts;
    while (again && !device->failed) {
        struct hf_client_update update;
        struct hf_client_event next = {0};
        again = false;
        event.now_ms = load_now_us() / 1000;
        hf_session_client_step(device->session, &event, &update);
        device->wake_ms = update.wake_ms;
        for (size_t i = 0; i < update.count; i++)
            again = act(lines, device, &update.actions[i], &next) || again;
        facts = facts_of(device);
        event = next;
        event.facts = &facts;
    }
    if (device->failed)
        fail(device, device->why);
    else
        write_out(lines, device);
}

/* --- bytes --- */

static void watch_for(struct load_lines *lines, struct load_device *device, bool writing)
{
    struct epoll_event event = {.events = EPOLLIN | (writing ? (uint32_t)EPOLLOUT : 0u), .data.ptr = device};
    if (device->waits_to_write == writing)
        return;
    device->waits_to_write = writing;
    (void)epoll_ctl(lines->epoll, EPOLL_CTL_MOD, device->fd, &event);
}

static void write_out(struct load_lines *lines, struct load_device *device)
{
    struct hf_slice output = hf_channel_output(device->channel);
    while (device->connected && output.len > 0) {
        const ssize_t sent = send(device->fd, output.data, output.len, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) {
            fail(device, "the connection broke off while something was sent");
            return;
        }
        if (sent < 0)
            break;
        lines->bytes_out += (uint64_t)sent;
        hf_channel_output_taken(device->channel, (size_t)sent);
        output = hf_channel_output(device->channel);
    }
    watch_for(lines, device, output.len > 0);
}

static void take_messages(struct load_lines *lines, struct load_device *device)
{
    struct hf_buf message = {0};
    while (!device->failed && hf_channel_next(device->channel, &message))
        run(lines, device, (struct hf_client_event){.type = HF_CE_MESSAGE, .bytes = hf_buf_slice(&message)});
    hf_buf_wipe(&message);
}

static void read_in(struct load_lines *lines, struct load_device *device)
{
    static uint8_t bytes[LOAD_READ_BYTES];
    const ssize_t got = recv(device->fd, bytes, sizeof bytes, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        fail(device, "the server closed the connection");
        return;
    }
    lines->bytes_in += (uint64_t)got;
    const bool was_open = hf_channel_state(device->channel) == HF_CHANNEL_OPEN;
    if (hf_channel_feed(device->channel, hf_slice_of(bytes, (size_t)got)) != HF_OK) {
        fail(device, "the channel failed");
        return;
    }
    if (!was_open && hf_channel_state(device->channel) == HF_CHANNEL_OPEN)
        run(lines, device, (struct hf_client_event){.type = HF_CE_START});
    if (device->fd >= 0)
        take_messages(lines, device);
}

/* --- dialling and syncing --- */

static void make_channel(struct load_lines *lines, struct load_device *device)
{
    const struct hf_id none = hf_id_zero();
    uint8_t seed[HF_DH_BYTES];
    struct hf_dh_key ephemeral;
    hf_random(seed, sizeof seed);
    hf_dh_key_from_seed(seed, &ephemeral);
    if (hf_channel_client_new(hf_slice_str(lines->office->origin), &none, &device->channel_key,
                              lines->office->channel_key, device->psk, &ephemeral, load_now_us() / 1000,
                              &device->channel) != HF_OK ||
        hf_session_client_new(&device->session) != HF_OK)
        load_stop("a device", "out of memory");
    hf_session_client_stay(device->session);
}

void load_line_dial(struct load_lines *lines, struct load_device *device)
{
    const int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(lines->port)};
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = device};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    device->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (device->fd < 0)
        load_stop("a socket", strerror(errno));
    (void)setsockopt(device->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    make_channel(lines, device);
    device->began_us = load_now_us();
    device->waits_to_write = true;
    device->wake_ms = UINT64_MAX;
    if (connect(device->fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS)
        load_stop("a connection", strerror(errno));
    if (epoll_ctl(lines->epoll, EPOLL_CTL_ADD, device->fd, &event) != 0)
        load_stop("epoll", strerror(errno));
}

void load_line_sync(struct load_lines *lines, struct load_device *device)
{
    device->done = false;
    device->sent_at_us = 0;
    device->began_us = load_now_us();
    run(lines, device, (struct hf_client_event){.type = HF_CE_LOCAL});
}

/* --- turns --- */

static void happened(struct load_lines *lines, struct load_device *device, uint32_t events)
{
    if (!device->connected && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))) {
        int error = 0;
        socklen_t len = sizeof error;
        (void)getsockopt(device->fd, SOL_SOCKET, SO_ERROR, &error, &len);
        if (error != 0) {
            fail(device, "the server did not take the connection");
            return;
        }
        device->connected = true;
    }
    if (events & EPOLLOUT)
        write_out(lines, device);
    if (device->fd >= 0 && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        read_in(lines, device);
}

static void look_at_clocks(struct load_lines *lines)
{
    const uint64_t now_ms = load_now_us() / 1000;
    if (now_ms < lines->looked_ms + LOOK_MS)
        return;
    lines->looked_ms = now_ms;
    for (size_t i = 0; i < lines->count; i++) {
        struct load_device *device = &lines->devices[i];
        if (device->fd >= 0 && device->wake_ms <= now_ms)
            run(lines, device, (struct hf_client_event){.type = HF_CE_TICK});
    }
}

void load_lines_step(struct load_lines *lines, int wait_ms)
{
    struct epoll_event events[EVENTS_MAX];
    const int count = epoll_wait(lines->epoll, events, EVENTS_MAX, wait_ms < LOOK_MS ? wait_ms : LOOK_MS);
    for (int i = 0; i < count; i++) {
        struct load_device *device = events[i].data.ptr;
        if (device->fd >= 0)
            happened(lines, device, events[i].events);
    }
    look_at_clocks(lines);
}

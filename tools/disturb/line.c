#include "tools/disturb/line.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct line *line_new(int near_fd, int far_fd, const struct line_plan *plan)
{
    struct line *line = calloc(1, sizeof *line);
    if (!line) {
        (void)close(near_fd);
        (void)close(far_fd);
        return NULL;
    }
    line->plan = *plan;
    line->half[LINE_UP].from = line->half[LINE_DOWN].to = near_fd;
    line->half[LINE_UP].to = line->half[LINE_DOWN].from = far_fd;
    return line;
}

/* A close with linger 0 is a reset. */
static void end_line(struct line *line, bool reset)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};
    if (line->dead)
        return;
    for (int way = 0; way < LINE_WAYS; way++) {
        if (reset)
            (void)setsockopt(line->half[way].from, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        (void)close(line->half[way].from);
    }
    line->dead = true;
}

void line_free(struct line *line)
{
    if (!line)
        return;
    end_line(line, false);
    free(line);
}

/* --- queues --- */

static bool has_room(const struct line_half *half)
{
    return half->count < LINE_PIECES_MAX && half->len + LINE_PIECE_BYTES <= LINE_QUEUE_BYTES;
}

static void put(struct line_half *half, const uint8_t *bytes, size_t len, uint64_t due_ms)
{
    for (size_t i = 0; i < len; i++)
        half->bytes[(half->start + half->len + i) % LINE_QUEUE_BYTES] = bytes[i];
    half->len += len;
    half->pieces[(half->first + half->count) % LINE_PIECES_MAX] = (struct line_piece){.due_ms = due_ms, .len = len};
    half->count++;
}

static void took(struct line_half *half, size_t len)
{
    struct line_piece *piece = &half->pieces[half->first];
    half->start = (half->start + len) % LINE_QUEUE_BYTES;
    half->len -= len;
    half->passed += len;
    piece->len -= len;
    if (piece->len == 0) {
        half->first = (half->first + 1) % LINE_PIECES_MAX;
        half->count--;
    }
}

/* --- reading --- */

static uint64_t due_of(const struct line_plan *plan, struct line_half *half, size_t len, uint64_t now_ms,
                       uint64_t random)
{
    uint64_t due_ms = now_ms + plan->delay_ms + (plan->jitter_ms > 0 ? random % plan->jitter_ms : 0);
    if (due_ms < half->last_due_ms)
        due_ms = half->last_due_ms;
    if (plan->rate > 0)
        due_ms += len * 1000 / plan->rate;
    half->last_due_ms = due_ms;
    return due_ms;
}

/* False: the line is broken. */
static bool read_some(struct line *line, struct line_half *half, uint64_t now_ms, uint64_t random)
{
    uint8_t bytes[LINE_PIECE_BYTES];
    while (!half->from_ended && has_room(half)) {
        const ssize_t got = recv(half->from, bytes, sizeof bytes, 0);
        if (got < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        if (got == 0)
            half->from_ended = true;
        else if (!half->deaf)
            put(half, bytes, (size_t)got, due_of(&line->plan, half, (size_t)got, now_ms, random));
    }
    return true;
}

/* --- writing --- */

static void strike(struct line *line, struct line_half *half, uint64_t now_ms)
{
    line->struck = true;
    switch (line->plan.blow) {
    case LINE_RESET:
    case LINE_CLOSE:
        end_line(line, line->plan.blow == LINE_RESET);
        break;
    case LINE_HALF_CLOSE:
        half->deaf = true;
        half->count = half->len = 0;
        (void)shutdown(half->to, SHUT_WR);
        half->told_end = true;
        break;
    case LINE_STALL:
        line->still_until_ms = now_ms + line->plan.stall_ms;
        break;
    case LINE_NO_BLOW:
        break;
    }
}

static bool is_aimed(const struct line *line, enum line_way way)
{
    return line->plan.blow != LINE_NO_BLOW && !line->struck && line->plan.way == way;
}

/* Writes at most up to the byte of the blow. False: the line is broken. */
static bool write_some(struct line *line, enum line_way way, uint64_t now_ms)
{
    struct line_half *half = &line->half[way];
    while (half->count > 0 && half->pieces[half->first].due_ms <= now_ms) {
        size_t len = half->pieces[half->first].len;
        if (len > LINE_QUEUE_BYTES - half->start)
            len = LINE_QUEUE_BYTES - half->start;
        if (is_aimed(line, way) && len > line->plan.at - half->passed)
            len = (size_t)(line->plan.at - half->passed);
        const ssize_t sent = len > 0 ? send(half->to, half->bytes + half->start, len, MSG_NOSIGNAL) : 0;
        if (sent < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        took(half, (size_t)sent);
        if (is_aimed(line, way) && half->passed >= line->plan.at) {
            strike(line, half, now_ms);
            return true;
        }
        if (sent == 0)
            return true;
    }
    if (half->from_ended && half->count == 0 && !half->told_end) {
        (void)shutdown(half->to, SHUT_WR);
        half->told_end = true;
    }
    return true;
}

void line_work(struct line *line, uint64_t now_ms, bool dark, uint64_t random)
{
    for (enum line_way way = LINE_UP; way < LINE_WAYS && !line->dead; way++) {
        bool whole = read_some(line, &line->half[way], now_ms, random);
        if (whole && !dark && now_ms >= line->still_until_ms)
            whole = write_some(line, way, now_ms);
        if (!whole)
            end_line(line, true);
    }
    if (!line->dead && line->half[LINE_UP].told_end && line->half[LINE_DOWN].told_end)
        end_line(line, false);
}

void line_events(const struct line *line, uint64_t now_ms, bool dark, short events[LINE_WAYS])
{
    const bool still = dark || now_ms < line->still_until_ms;
    for (int way = 0; way < LINE_WAYS; way++) {
        const struct line_half *in = &line->half[way];
        const struct line_half *out = &line->half[LINE_WAYS - 1 - way]; /* writes to the same socket */
        events[way] = !in->from_ended && has_room(in) ? POLLIN : 0;
        if (!still && out->count > 0 && out->pieces[out->first].due_ms <= now_ms)
            events[way] |= POLLOUT;
    }
}

uint64_t line_due_ms(const struct line *line)
{
    uint64_t due_ms = UINT64_MAX;
    for (int way = 0; way < LINE_WAYS; way++) {
        const struct line_half *half = &line->half[way];
        if (half->count > 0 && half->pieces[half->first].due_ms < due_ms)
            due_ms = half->pieces[half->first].due_ms;
    }
    return due_ms != UINT64_MAX && due_ms < line->still_until_ms ? line->still_until_ms : due_ms;
}

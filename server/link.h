/* One connection without its network: channel, session machine and office joined. Bytes that arrived go in, bytes to
 * send come out. The listener drives it over nng; tests and simulated networks drive it directly. One thread (the
 * office's). */
#ifndef HF_SERVER_LINK_H
#define HF_SERVER_LINK_H

#include "protocol/channel.h"
#include "server/concern.h"
#include "server/office.h"
#include "server/present.h"

struct hf_link;

/* now_ms is monotonic here and below. The office outlives the link. */
HF_CHECKED enum hf_status hf_link_new(struct hf_office *office, uint64_t now_ms, struct hf_link **out);
void hf_link_free(struct hf_link *link); /* NULL is fine */

/* Takes bytes that arrived and answers all that can be answered: hf_link_take, then hf_link_work to the end. */
void hf_link_feed(struct hf_link *link, struct hf_slice bytes, uint64_t now_ms);
/* The same in turns, so that one connection with a thousand requests makes nobody wait for more than one of them. take:
 * bytes that arrived; answers no message, and not while hf_link_waiting. work: one message; false, and nothing done,
 * while the peer takes its answers too slowly (HF_LINK_OUTPUT_FULL_BYTES wait to be written), when no message waits, or
 * after the end. */
#define HF_LINK_OUTPUT_FULL_BYTES (HF_LIMIT_OUTPUT_BYTES / 2)
void hf_link_take(struct hf_link *link, struct hf_slice bytes, uint64_t now_ms);
bool hf_link_work(struct hf_link *link, uint64_t now_ms);
/* Whole messages arrived that were not looked at; the length of the next. A command that takes long is done portion by
 * portion, each of which counts as a long message, and its answer comes with the last. */
bool hf_link_waiting(const struct hf_link *link);
size_t hf_link_waiting_bytes(const struct hf_link *link);
/* A push was taken into a group (group.h) and its answer is held back: no other message is worked on until the group
 * has ended as `group` says and it is let go; HF_OK, or the answer becomes that the office could not store it. */
bool hf_link_holds(const struct hf_link *link);
void hf_link_let_go(struct hf_link *link, enum hf_status group, uint64_t now_ms);
/* Time passed. */
void hf_link_tick(struct hf_link *link, uint64_t now_ms);
/* The log grew. */
void hf_link_news(struct hf_link *link, uint64_t log_size, uint64_t now_ms);
/* An attachment became whole: told to who is concerned, but for the device that sent it. True when it was. */
bool hf_link_whole(struct hf_link *link, const struct hf_whole_item *item, const struct hf_concern *concern,
                   uint64_t now_ms);
/* Whether such news are for who is at the other end. */
bool hf_link_concerned(const struct hf_link *link, const struct hf_concern *concern);
/* Devices were confirmed or revoked: looks again at who is at the other end. Done by itself before every request. */
void hf_link_recheck(struct hf_link *link, uint64_t now_ms);

/* The line has ended, and is to be freed: when its device was here last is noted. */
void hf_link_left(struct hf_link *link);

/* Bytes to write; a prefix was written. Borrowed until the next call. */
struct hf_slice hf_link_output(const struct hf_link *link);
void hf_link_output_taken(struct hf_link *link, size_t len);
/* Some of the output was taken and more is there: the line is slow, the peer not idle. */
void hf_link_moving(struct hf_link *link, uint64_t now_ms);

/* True when the connection is to be dropped once its output is written (at once when the peer takes none). The text
 * says why, for the journal; never secret. */
bool hf_link_closing(const struct hf_link *link, const char **out_text);
/* True from the moment the peer's key was accepted. */
bool hf_link_open(const struct hf_link *link);
/* When hf_link_tick is due at the latest. */
uint64_t hf_link_wake_ms(const struct hf_link *link);

#endif

/* One connection through the disturbing proxy: two sockets, and for each way a queue of pieces that may go on at a
 * later time. Sockets do not block; time is an argument (monotonic ms). */
#ifndef HF_TOOLS_DISTURB_LINE_H
#define HF_TOOLS_DISTURB_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_QUEUE_BYTES 65536
#define LINE_PIECES_MAX  256
#define LINE_PIECE_BYTES 1024 /* of one read, so that a low rate is even */

enum line_way { LINE_UP /* from who connected */, LINE_DOWN, LINE_WAYS };
enum line_blow { LINE_NO_BLOW, LINE_RESET, LINE_CLOSE, LINE_HALF_CLOSE, LINE_STALL };

/* What is done to a connection. */
struct line_plan {
    uint64_t delay_ms, jitter_ms; /* of each piece, each way; order stays */
    uint64_t rate;                /* bytes a second, each way; 0: as fast as it goes */
    enum line_blow blow;
    enum line_way way;
    uint64_t at;       /* the blow falls after exactly this many bytes that way */
    uint64_t stall_ms; /* LINE_STALL: for how long nothing passes either way */
};

struct line_piece {
    uint64_t due_ms;
    size_t len;
};
struct line_half {
    int from, to;
    bool from_ended, told_end; /* end of stream came, was passed on */
    bool deaf;                 /* nothing more passes this way */
    uint64_t passed;           /* bytes written to `to` */
    uint64_t last_due_ms;
    size_t first, count; /* pieces */
    struct line_piece pieces[LINE_PIECES_MAX];
    size_t start, len; /* bytes in the ring */
    uint8_t bytes[LINE_QUEUE_BYTES];
};
struct line {
    struct line_plan plan;
    struct line_half half[LINE_WAYS];
    uint64_t still_until_ms; /* nothing passes before */
    bool struck;
    bool dead; /* both sockets are closed */
};

/* Takes both sockets. NULL when there is no memory; then they are closed. */
struct line *line_new(int near_fd, int far_fd, const struct line_plan *plan);
void line_free(struct line *line);
/* What the sockets should be polled for; events[way] are of the socket that this way reads from. */
void line_events(const struct line *line, uint64_t now_ms, bool dark, short events[LINE_WAYS]);
/* Reads, writes and strikes what can be done now. dark: a blackout, nothing passes. random: any number. */
void line_work(struct line *line, uint64_t now_ms, bool dark, uint64_t random);
/* When something is due without any event; UINT64_MAX: never. */
uint64_t line_due_ms(const struct line *line);

#endif

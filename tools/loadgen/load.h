/* holdfast-load: thousands of simulated devices in one process against one server. A device here is its keys, its chain
 * and the real session machine (protocol/session_client); what it would keep in a replica are a few numbers. It signs
 * and seals every change as a device does; proofs and others' changes it does not check.
 *
 * One thread. What fails ends the program with a sentence: this is a tool. */
#ifndef HF_TOOLS_LOADGEN_LOAD_H
#define HF_TOOLS_LOADGEN_LOAD_H

#include "core/log/tree.h"
#include "protocol/channel.h"
#include "protocol/session_client.h"

#define LOAD_READ_BYTES (64u * 1024)

/* What all devices have in common. */
struct load_office {
    char origin[201];
    uint8_t log_id[HF_HASH_BYTES];
    uint8_t channel_key[HF_DH_BYTES];
    uint8_t key_store_key[HF_DH_BYTES];
    uint64_t log_size; /* when they last synced … */
    struct hf_hash root;
};

struct load_device {
    struct hf_sign_key sign;
    struct hf_dh_key channel_key;
    uint8_t psk[HF_KEY_BYTES];
    struct hf_class_key key; /* of its own case */

    /* its chain */
    uint32_t incarnation;
    uint64_t next_seq, unsent_seq;
    uint8_t head[HF_HASH_BYTES];
    hf_clock clock;
    struct hf_item *outbox; /* those from unsent_seq on; leaf and body are one allocation */
    size_t outbox_count, outbox_cap;

    /* what it has read */
    uint64_t cursor, checkpoint_size;
    size_t range_count;
    struct {
        uint64_t first, count;
    } ranges[HF_LIMIT_HEAD_RANGES];

    /* its connection; fd -1: none */
    int fd;
    bool connected, waits_to_write, done, failed;
    struct hf_channel *channel;
    struct hf_session_client *session;
    uint64_t wake_ms;
    const char *why; /* it failed */

    /* measured */
    uint64_t began_us;     /* of what is under way; 0: nothing */
    uint64_t sent_at_us;   /* its last change was acknowledged */
    uint64_t entries_read; /* changes of others */
};

/* --- folder.c: a data folder with enrolled devices, made with the server's own rooms while no server runs on it --- */
/* Each device belongs to a person of its own, a worker with one case. `each` hears how many are done. */
void load_folder_fill(const char *folder, struct load_office *office, struct load_device *devices, size_t count,
                      void (*each)(size_t done, size_t of));

/* --- device.c --- */
void load_device_make_keys(struct load_device *device);
/* The next leaf of its chain, in its outbox. */
void load_device_open_case(struct load_device *device, const struct load_office *office, uint64_t wall_ms);
/* A new record of about 600 bytes of invented text. */
void load_device_save(struct load_device *device, const struct load_office *office, uint64_t wall_ms);
void load_device_acknowledged(struct load_device *device, size_t count);
void load_device_clear(struct load_device *device);

/* --- line.c: connections, by epoll --- */
struct load_lines {
    int epoll;
    uint16_t port;
    const struct load_office *office;
    struct load_device *devices;
    size_t count;
    uint64_t bytes_out, bytes_in;
    uint64_t acknowledged; /* changes, by all */
    uint64_t looked_ms;
};
uint64_t load_now_us(void);
uint64_t load_wall_ms(void);
void load_lines_open(struct load_lines *lines, uint16_t port, const struct load_office *office,
                     struct load_device *devices, size_t count);
void load_lines_close(struct load_lines *lines);
/* Dials; in sync when device->done. */
void load_line_dial(struct load_lines *lines, struct load_device *device);
/* Sends what is in the outbox; done again when it is acknowledged and read on. */
void load_line_sync(struct load_lines *lines, struct load_device *device);
/* Handles what has happened, waiting for it at most so long. */
void load_lines_step(struct load_lines *lines, int wait_ms);

/* --- figures.c --- */
struct load_figures {
    uint64_t *values;
    size_t count, cap;
};
void load_figure(struct load_figures *figures, uint64_t value);
/* Nearest rank; 0 without values. Sorts. */
uint64_t load_percentile(struct load_figures *figures, unsigned percent);
/* Of a process, from /proc: resident set now and at most (KiB), processor time (ms), threads. */
struct load_process {
    uint64_t rss_kib, rss_most_kib, cpu_ms, threads;
};
void load_process_read(int pid, struct load_process *out);

_Noreturn void load_stop(const char *what, const char *why);

#endif

/* Hears from the system that the network changed: a link went up or down, an address came or went. On Linux by netlink;
 * elsewhere it never says anything, and whoever asks relies on trying again. Inside client/. One thread at a time. */
#ifndef HF_CLIENT_NETWATCH_H
#define HF_CLIENT_NETWATCH_H

#include <stdbool.h>
#include <stdint.h>

struct hf_netwatch {
    int fd; /* -1: nothing to hear */
};

void hf_netwatch_open(struct hf_netwatch *watch);
void hf_netwatch_close(struct hf_netwatch *watch);
/* True when something changed since it was last asked. Does not wait: `fd` is readable when it would be true. */
bool hf_netwatch_changed(struct hf_netwatch *watch);

#endif

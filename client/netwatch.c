#include "client/netwatch.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#endif

#define READ_BYTES 8192
#define READS_MAX  64 /* at one time; what is left says the same */

void hf_netwatch_open(struct hf_netwatch *watch)
{
    watch->fd = -1;
#ifdef __linux__
    struct sockaddr_nl address = {.nl_family = AF_NETLINK,
                                  .nl_groups =
                                      RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd < 0)
        return;
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        watch->fd = fd;
    else
        (void)close(fd);
#endif
}

void hf_netwatch_close(struct hf_netwatch *watch)
{
    if (watch->fd >= 0)
        (void)close(watch->fd);
    watch->fd = -1;
}

/* What it says in detail does not matter; that messages were lost because too many came is a change too. */
static bool drain(const struct hf_netwatch *watch)
{
    char bytes[READ_BYTES];
    bool any = false;
    for (int reads = 0; reads < READS_MAX; reads++) {
        if (recv(watch->fd, bytes, sizeof bytes, MSG_DONTWAIT) <= 0)
            return any;
        any = true;
    }
    return any;
}

bool hf_netwatch_changed(struct hf_netwatch *watch)
{
    struct pollfd ready = {.fd = watch->fd, .events = POLLIN};
    if (watch->fd < 0 || poll(&ready, 1, 0) <= 0)
        return false;
    return drain(watch) || (ready.revents & POLLERR) != 0;
}

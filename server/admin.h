/* The commands of holdfastd that work on an office: invite, enrol, device, case, person, status. The same function runs
 * them inside a serving process (asked over the channel) and on a store opened by the command itself. */
#ifndef HF_SERVER_ADMIN_H
#define HF_SERVER_ADMIN_H

#include "server/office.h"

struct hf_admin_long;
struct hf_admin_result {
    uint32_t exit_code;   /* 0 done, 1 refused or failed, 2 usage, 3 not for this role */
    struct hf_buf output; /* for standard output */
    struct hf_buf errors; /* for standard error */
    /* The command goes on: hf_admin_go_on until it is NULL. Others may be answered in between. */
    struct hf_admin_long *more;
};
/* args[0] is the command ("invite", "device" …), without the options that the program itself takes (--data). HF_OK also
 * when the command failed: the exit code says so. Other statuses: out of memory. */
HF_CHECKED enum hf_status hf_admin_run(struct hf_office *office, const struct hf_slice *args, size_t count,
                                       struct hf_admin_result *result);
/* The same asked by a device over its own channel: only the commands that its person's role may run (one table, in
 * admin.c), and the log says who asked. What the role may not run is refused with exit code 3. */
HF_CHECKED enum hf_status hf_admin_run_for(struct hf_office *office, const struct hf_peer *peer,
                                           const struct hf_slice *args, size_t count, struct hf_admin_result *result);
/* The next portion of a command that goes on. As hf_admin_run. */
HF_CHECKED enum hf_status hf_admin_go_on(struct hf_office *office, struct hf_admin_result *result);
void hf_admin_result_clear(struct hf_admin_result *result);

#endif

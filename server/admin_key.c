/* holdfastd key …: the half that works on the office; files are the program's (server/cli/key.c). */
#include "server/admin_run.h"
#include "server/rotate.h"

enum hf_status hf_admin_key_request(struct hf_admin_run *run)
{
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, NULL, 0, NULL, 0, &words);
    return status == HF_OK ? hf_rotate_request(run->office, &run->result->output, &run->err) : status;
}

enum hf_status hf_admin_key_take(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--text", .has_value = true}, {.name = "--json"}};
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 2, NULL, 0, &words);
    if (status == HF_OK)
        status = hf_rotate_take(run->office, options[0].value, &run->err);
    if (status != HF_OK)
        return status;
    return hf_admin_done(
        run, &options[1],
        "The log is signed with the new key from here on, and the log says so. Give its key (`holdfastd "
        "witness vkey`) to your witnesses, and put it into the policy.");
}

#include "server/cli/office_run.h"

#include "server/data_folder.h"
#include "server/listener_ask.h"

#include <string.h>

enum hf_status hf_cli_office_run(const char *data, const struct hf_slice *args, size_t count,
                                 struct hf_admin_result *result, struct hf_error *err)
{
    struct hf_data_folder folder;
    enum hf_status status = hf_data_folder_open(data, &folder, err);
    if (status == HF_ERR_BUSY)
        return hf_listener_ask(data, args, count, result, err);
    if (status != HF_OK)
        return status;
    status = hf_admin_run(&folder.office, args, count, result);
    while (status == HF_OK && result->more)
        status = hf_admin_go_on(&folder.office, result);
    hf_data_folder_close(&folder);
    return status;
}

bool hf_cli_take_data(const struct hf_slice *args, size_t count, struct hf_slice *rest, size_t *rest_count,
                      char data[HF_CLI_PATH_BYTES])
{
    struct hf_slice folder = {0};
    static const char name[] = "--data";
    *rest_count = 0;
    for (size_t i = 0; i < count; i++) {
        bool equals = args[i].len > sizeof name && memcmp(args[i].data, "--data=", sizeof name) == 0;
        if (equals)
            folder = hf_slice_of(args[i].data + sizeof name, args[i].len - sizeof name);
        else if (hf_slice_equal(args[i], hf_slice_str(name)) && i + 1 < count)
            folder = args[++i];
        else
            rest[(*rest_count)++] = args[i];
    }
    if (folder.len == 0 || folder.len >= HF_CLI_PATH_BYTES)
        return false;
    memcpy(data, folder.data, folder.len);
    data[folder.len] = '\0';
    return true;
}

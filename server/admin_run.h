/* What the files of holdfastd's commands share: one command on its way. Inside server/admin*.c. */
#ifndef HF_SERVER_ADMIN_RUN_H
#define HF_SERVER_ADMIN_RUN_H

#include "core/base/options.h"
#include "core/json/json.h"
#include "server/admin.h"

/* What a command was given and where it writes. */
struct hf_admin_run {
    struct hf_office *office;
    const struct hf_slice *args; /* after the command's own words */
    size_t count;
    struct hf_admin_result *result;
    struct hf_error err;
};
typedef enum hf_status hf_admin_command_fn(struct hf_admin_run *run);

/* A command of this machine that takes long goes on in portions: it sets result->more to the first member of what it
 * needs. Then its run says nothing of how it ended, and its last portion does. */
struct hf_admin_long {
    enum hf_status (*step)(struct hf_admin_long *self, struct hf_admin_run *run, bool *out_done);
    void (*free)(struct hf_admin_long *self);
};

/* hf_options_parse over the command's arguments; wrong usage is exit code 2. */
HF_CHECKED enum hf_status hf_admin_parse(struct hf_admin_run *run, struct hf_option *options, size_t option_count,
                                         struct hf_slice *words, size_t word_max, size_t *out_words);
/* Writes the usage line to the errors; exit code 2. Always HF_OK: the text is said. */
HF_CHECKED enum hf_status hf_admin_usage(struct hf_admin_run *run, const char *text);
/* Says that a command without data of its own was done: a sentence, or with --json {"done": true, "text": …}. */
HF_CHECKED enum hf_status hf_admin_done(struct hf_admin_run *run, const struct hf_option *json, const char *text);
/* Writes a value (NULL: there was no memory for it) and gives it back. */
HF_CHECKED enum hf_status hf_admin_write_json(struct hf_admin_run *run, json_t *value);

/* The commands of admin_list.c: tables for a terminal, or JSON arrays. */
hf_admin_command_fn hf_admin_enrol_list, hf_admin_device_list, hf_admin_case_list, hf_admin_person_list;
/* A device by the first digits of its key. HF_ERR_NOT_FOUND, HF_ERR_INVALID, with text. */
HF_CHECKED enum hf_status hf_admin_find_device(struct hf_admin_run *run, struct hf_slice prefix,
                                               uint8_t out[HF_SIGN_PUBLIC_BYTES]);
/* The commands of admin_bundle.c. */
hf_admin_command_fn hf_admin_bundle_import, hf_admin_bundle_export;
/* The command of admin_publish.c. */
hf_admin_command_fn hf_admin_publish;
/* The commands of admin_office.c. */
hf_admin_command_fn hf_admin_held_list, hf_admin_held_release, hf_admin_held_refuse; /* admin_held.c */
/* The commands of admin_erase.c. */
hf_admin_command_fn hf_admin_erase_preview, hf_admin_erase_draft, hf_admin_erase_ask, hf_admin_erase_statement;
hf_admin_command_fn hf_admin_erase_confirm, hf_admin_erase_cancel, hf_admin_erase_list, hf_admin_erase_reads;
hf_admin_command_fn hf_admin_hold_place, hf_admin_hold_lift;
hf_admin_command_fn hf_admin_key_request, hf_admin_key_take, hf_admin_key_show; /* admin_key.c */
/* The commands of admin_witness.c. */
hf_admin_command_fn hf_admin_witness_vkey, hf_admin_witness_policy, hf_admin_witness_list, hf_admin_witness_request;
hf_admin_command_fn hf_admin_witness_take, hf_admin_witness_addresses;
hf_admin_command_fn hf_admin_incarnation_list; /* admin_chains.c */
hf_admin_command_fn hf_admin_urgent_open;      /* admin_urgent.c */
hf_admin_command_fn hf_admin_person_add, hf_admin_person_role, hf_admin_person_officer, hf_admin_case_holders;

/* --- tables ------------------------------------------------------------------------------------------------------- */

#define HF_TABLE_COLUMNS_MAX 8
/* Rows of text cells, written with aligned columns. Zero-initialised is a valid empty table; set columns first. */
struct hf_table {
    size_t columns;
    size_t rows;
    struct hf_buf text; /* cells, each behind its length, then the row's note */
    size_t width[HF_TABLE_COLUMNS_MAX];
};
/* One cell after the other, row by row. What would move the cursor is written as “?”: names come from people. */
void hf_table_cell(struct hf_table *table, struct hf_slice text);
/* After the last cell of every row: a line to stand below it; empty for none. */
void hf_table_end_row(struct hf_table *table, const char *note);
/* Appends all rows: two spaces between columns, nothing behind the last. */
void hf_table_write(const struct hf_table *table, struct hf_buf *out);
void hf_table_clear(struct hf_table *table);

#endif

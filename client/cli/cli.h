/* What the commands of `holdfast` share: options, the passphrase, opening the replica, output. Everything goes through
 * the public library (holdfast/holdfast.h). */
#ifndef HF_CLIENT_CLI_CLI_H
#define HF_CLIENT_CLI_CLI_H

#include "core/base/options.h"
#include "core/json/json.h"

#include <holdfast/holdfast.h>

#include <stdio.h>

#define CLI_WORDS_MAX   96
#define CLI_OPTIONS_MAX 17
#define CLI_PATH_BYTES  4096

enum cli_exit { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_ATTENTION = 3 };

struct cli {
    const struct cli_command *command;
    struct hf_option options[CLI_OPTIONS_MAX];
    size_t option_count;
    struct hf_slice words[CLI_WORDS_MAX]; /* after the command's own words */
    size_t word_count;
    bool json;
    struct holdfast *hf; /* open, and unlocked when the command asks for it */
};

struct cli_command {
    const char *words[2];
    const char *usage;       /* after "holdfast " */
    const char *about;       /* one line for --help */
    const char *more;        /* further lines for --help, or NULL */
    const char *options[10]; /* own options; a trailing "=" takes a value; NULL-terminated */
    bool unlocked;           /* opens the vault before run */
    bool passes_on;          /* takes any words and options, and leaves all but the common ones to somebody else */
    bool without_replica;    /* asks for no device folder, or opens it by itself (cli_open) */
    size_t words_min, words_max;
    enum cli_exit (*run)(struct cli *cli);
};
extern const struct cli_command cli_commands[];
extern const size_t cli_command_count;
/* commands_reads.c: what is read, restricted, put right, handed out and kept. */
extern const struct cli_command cli_reads_commands[];
extern const size_t cli_reads_command_count;

/* An option by name; NULL when it was not given. */
const struct hf_option *cli_option(const struct cli *cli, const char *name);
/* Value or word as a NUL-terminated string, owned by the caller (free). NULL for an option that was not given. Exits
 * when there is no memory. */
char *cli_text(struct hf_slice slice);
char *cli_option_text(const struct cli *cli, const char *name);
/* Id of a word or option; says what is wrong and returns false otherwise. */
bool cli_id(struct hf_slice text, const char *what, struct holdfast_id *out);

/* --- show.c: text of other people, made harmless ---
 * What stands in a record was written by somebody else, perhaps with escape sequences that would drive the reader's
 * terminal. Nothing of a replica, a server or a file is printed but through these. Control characters show as pictures
 * (U+2400 and on), those of the second kind and those that turn the direction of writing as U+FFFD. */

/* On one line: tabs are spaces and ends of lines are pictures. */
void cli_put(FILE *file, const char *text);
/* The same in a column: filled up with spaces to `columns`, and cut with "…" when `cut`. Characters count as one
 * column. */
void cli_put_column(const char *text, size_t columns, bool cut);
/* A role of a procedure in words: "fostering_manager" is "fostering manager"; abbreviations are written out. */
void cli_put_role(FILE *file, const char *code);
/* On as many lines as it has, each indented; on a terminal folded at words. Starts on a fresh line and ends it. */
void cli_put_block(const char *text, size_t indent);
/* How many characters a line of standard output takes; 0 when it is not a terminal. */
size_t cli_columns(void);

/* --- failing ---
 * A sentence on standard error; with --json one object there instead: {"error": NAME, "text": SENTENCE}, where NAME is
 * holdfast_status_name or "refused". Standard output carries data or nothing. */

/* After this, errors are JSON. */
void cli_errors_as_json(void);
/* Whether there is a record type of this name. */
bool cli_is_type(const char *name);

/* Prints the library's text for the last failure and returns CLI_FAILED. */
enum cli_exit cli_fail(struct cli *cli, enum holdfast_status status);
/* The same with a second sentence that says what to do next; NULL: none. */
enum cli_exit cli_fail_with(struct cli *cli, enum holdfast_status status, const char *next);
enum cli_exit cli_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
enum cli_exit cli_usage(const struct cli *cli);
/* Prints and releases a JSON value; NULL is out of memory. */
enum cli_exit cli_print_json(json_t *value);
/* sync.c: one sync without a word, for a history that holdfast_history has asked for. */
enum holdfast_status cli_sync_for_history(struct cli *cli);

/* --- stop.c: Ctrl+C ---
 * Between begin and end SIGINT, SIGTERM and SIGHUP only set a flag, so that what is under way
 * ends in order; end hands a signal that came to the program, which it then ends as ever. */
void cli_stop_begin(void);
bool cli_stop_asked(void);
/* Waits until fd can be read, at most wait_ms (UINT64_MAX: for ever); false when a signal came instead. */
bool cli_stop_wait(int fd, uint64_t wait_ms);
void cli_stop_end(void);

/* Reads the passphrase from --passphrase-file, HOLDFAST_PASSPHRASE_FILE or the terminal (asked twice when `twice`) into
 * out; wipe it. False when there is none: it has said why. `option` is the name of the file option. */
#define CLI_PASSPHRASE_BYTES 1024
bool cli_passphrase(const struct cli *cli, const char *option, const char *prompt, bool twice,
                    char out[CLI_PASSPHRASE_BYTES]);

/* Unlocks by --passphrase-file, the desktop's keyring or the terminal, in this order; for reading with --read-only. */
enum cli_exit cli_unlock(struct cli *cli);
/* True when a file with the passphrase was named, by option or environment. */
bool cli_passphrase_is_given(const struct cli *cli, const char *option);
/* lock.c */
enum cli_exit cli_add_keyring(struct cli *cli, const char *passphrase);
/* False when there is no key in the keyring, or it cannot be had: it has said why. */
bool cli_unlock_by_keyring(struct cli *cli);
/* reads.c: hands --because on, when the folder is unlocked. */
enum cli_exit cli_because(struct cli *cli);
/* Opens the device's folder, and the vault when the command asks for it. CLI_FAILED after it has said why not. */
enum cli_exit cli_open(struct cli *cli);

/* Overwrites, so that the compiler keeps it. */
void cli_wipe(void *data, size_t len);

/* 2026-11-21 14:02 UTC; "" for 0. */
#define CLI_TIME_BYTES 32
void cli_time(uint64_t unix_ms, char out[CLI_TIME_BYTES]);
/* states.c: how many of this device's changes are Saved here, Sent and Received by office, and how old the oldest is
 * that is not received; without an end of line. */
void cli_print_states(const struct holdfast_counts *counts, FILE *to);
/* The same into an object: saved_here, sent, received, oldest_unsent (time) and oldest_unsent_s (age), both null when
 * all is received. False: no memory. */
bool cli_put_states(json_t *json, const struct holdfast_counts *counts);
/* "Saved here", "Sent", "Received by office". */
const char *cli_sent_words(const char *sent);
void cli_hex(const uint8_t *bytes, size_t len, char *out /* 2 * len + 1 */);
json_t *cli_json_id(const struct holdfast_id *id);
json_t *cli_json_time(uint64_t unix_ms); /* RFC 3339, or null for 0 */

/* person.c: an id, or the whole name of one person on the office's list. False: it has said why. */
bool cli_person(struct cli *cli, struct hf_slice word, struct holdfast_id *out);

/* rights.c: tells on standard error when this person has no right to a change that was just saved: it is saved all the
 * same, and waits at the office. */
void cli_tell_rights(struct cli *cli, const struct holdfast_id *change);
void cli_tell_record_rights(struct cli *cli, const struct holdfast_id *record); /* of a new one */
enum cli_exit cli_rights(struct cli *cli);
enum cli_exit cli_attention(struct cli *cli);
/* bundle.c */
enum cli_exit cli_bundle_export(struct cli *cli);
enum cli_exit cli_bundle_import(struct cli *cli);
/* erase.c */
enum cli_exit cli_erase(struct cli *cli); /* and hold */
enum cli_exit cli_enrol(struct cli *cli);
enum cli_exit cli_case_new(struct cli *cli);
enum cli_exit cli_case_list(struct cli *cli);
enum cli_exit cli_case_show(struct cli *cli);
enum cli_exit cli_record_new(struct cli *cli);
enum cli_exit cli_record_set(struct cli *cli);
enum cli_exit cli_record_show(struct cli *cli);
enum cli_exit cli_record_list(struct cli *cli);
enum cli_exit cli_record_history(struct cli *cli);
enum cli_exit cli_record_types(struct cli *cli);
enum cli_exit cli_record_finalise(struct cli *cli);
enum cli_exit cli_record_delete(struct cli *cli);
enum cli_exit cli_record_restore(struct cli *cli);
enum cli_exit cli_amendment_list(struct cli *cli);
enum cli_exit cli_amendment_accept(struct cli *cli);
enum cli_exit cli_amendment_decline(struct cli *cli);
enum cli_exit cli_conflict_list(struct cli *cli);
enum cli_exit cli_conflict_show(struct cli *cli);
enum cli_exit cli_conflict_settle(struct cli *cli);
/* decided.c: decisions that this person is told of. record NULL: of every record. json NULL: text; else an array. */
json_t *cli_decided_json(const struct holdfast_decided *decided);
enum holdfast_status cli_show_told(struct cli *cli, const struct holdfast_id *record, json_t *json, size_t *out_count);
/* Those of the record have been shown: they are told no more. */
enum holdfast_status cli_told_is_seen(struct cli *cli, const struct holdfast_id *record);
enum cli_exit cli_duty_list(struct cli *cli);
enum cli_exit cli_duty_explain(struct cli *cli);
enum cli_exit cli_policy_lint(struct cli *cli);
enum cli_exit cli_policy_diff(struct cli *cli);
enum cli_exit cli_policy_show(struct cli *cli);
enum cli_exit cli_policy_list(struct cli *cli);
enum cli_exit cli_policy_release(struct cli *cli);
enum cli_exit cli_sync(struct cli *cli);
enum cli_exit cli_status(struct cli *cli);
enum cli_exit cli_passphrase_change(struct cli *cli);
enum cli_exit cli_key_rotate(struct cli *cli);
enum cli_exit cli_key_follow(struct cli *cli);
enum cli_exit cli_keyring_add(struct cli *cli);
enum cli_exit cli_keyring_remove(struct cli *cli);
enum cli_exit cli_wipe_device(struct cli *cli);
enum cli_exit cli_audit_export(struct cli *cli);
enum cli_exit cli_read_why(struct cli *cli);
enum cli_exit cli_sar_export(struct cli *cli); /* reads.c */
/* dispute.c: shown with an entry; NULL when there is no memory or it cannot be read */
enum holdfast_status cli_print_disputes(struct cli *cli, const struct holdfast_id *record);
json_t *cli_disputes_json(struct cli *cli, const struct holdfast_id *record);
/* record.c: the decisions of a record, with what each did not choose */
enum holdfast_status cli_print_decided(struct cli *cli, const struct holdfast_id *record);
enum cli_exit cli_statement_add(struct cli *cli);
enum cli_exit cli_restriction_place(struct cli *cli);
enum cli_exit cli_restriction_lift(struct cli *cli);
enum cli_exit cli_policy_ack(struct cli *cli);
enum cli_exit cli_setting_list(struct cli *cli);
enum cli_exit cli_setting_set(struct cli *cli);
enum cli_exit cli_post_give(struct cli *cli);
enum cli_exit cli_cover(struct cli *cli);
enum cli_exit cli_handover(struct cli *cli);
enum cli_exit cli_leaver(struct cli *cli);
enum cli_exit cli_escalation_next(struct cli *cli);
enum cli_exit cli_escalate(struct cli *cli);
enum cli_exit cli_escalation_reply(struct cli *cli);
enum cli_exit cli_office(struct cli *cli);
enum cli_exit cli_app(struct cli *cli);
enum cli_exit cli_urgent_open(struct cli *cli);
enum cli_exit cli_urgent_list(struct cli *cli);
enum cli_exit cli_urgent_look(struct cli *cli);
enum cli_exit cli_held_list(struct cli *cli);
enum cli_exit cli_held_release(struct cli *cli);
enum cli_exit cli_held_refuse(struct cli *cli);
enum cli_exit cli_held_again(struct cli *cli);
enum cli_exit cli_draft_list(struct cli *cli);
enum cli_exit cli_draft_show(struct cli *cli);
enum cli_exit cli_draft_put(struct cli *cli);
enum cli_exit cli_draft_commit(struct cli *cli);
enum cli_exit cli_draft_discard(struct cli *cli);
enum cli_exit cli_draft_take(struct cli *cli);
enum cli_exit cli_draft_share(struct cli *cli);
enum cli_exit cli_attach_add(struct cli *cli);
enum cli_exit cli_attach_list(struct cli *cli);
enum cli_exit cli_attach_get(struct cli *cli);
enum cli_exit cli_attach_remove(struct cli *cli);
enum cli_exit cli_search(struct cli *cli);
enum cli_exit cli_log_proof(struct cli *cli);
enum cli_exit cli_log_evidence(struct cli *cli);
json_t *cli_distrust_json(struct cli *cli); /* null while it trusts the log */
void cli_print_distrust(struct cli *cli);
/* log.c: says that the office's log was begun anew, and what became of what was here; nothing when it never was */
void cli_print_shard(struct cli *cli);
enum cli_exit cli_log_before(struct cli *cli);
/* log.c: {"origin", "size", "root", "checked"}; null before the first checkpoint. NULL: it could not be read. */
json_t *cli_log_head_json(struct cli *cli);

#endif

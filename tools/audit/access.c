/* holdfast-audit report: the access reports that audits ask for, one command each. */
#include "tools/audit/access.h"

#include "core/base/text.h"
#include "tools/audit/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS       86400000ull
#define DAYS_DEFAULT 90
#define DAYS_MAX     36500u
#define TEXT_BYTES   400

static const char help[] =
    "holdfast-audit report known DIR --authority-key FILE --staff FILE.csv\n"
    "holdfast-audit report unallocated|others|all DIR --authority-key FILE\n"
    "holdfast-audit report leavers DIR --authority-key FILE [--leavers FILE.csv]\n"
    "holdfast-audit report unused DIR --authority-key FILE [--days DAYS]\n"
    "holdfast-audit report officers DIR --authority-key FILE\n"
    "\n"
    "Verifies the bundle in the folder DIR, which needs contents (`holdfast audit export --contents`), and reports:\n"
    "\n"
    "  known        staff who opened the case of somebody who may be themselves, family or a neighbour: their name, "
    "surname,\n"
    "               another name, postcode or address stands in it. FILE.csv has a first line with the names of its\n"
    "               columns: person (id, or the name in the log), name, other_names (separated by ;), address, "
    "postcode\n"
    "  unallocated  readings of cases that nobody held at the time, and the cases that nobody holds now\n"
    "  others       readings of cases that the reader did not hold, with the reason they gave\n"
    "  all          every reading\n"
    "  leavers      what people did after they had left (the staff record's day, a revocation as \"left\", or a CSV "
    "with the\n"
    "               columns person and left_on), and devices of theirs that are still let in\n"
    "  unused       people whose devices did nothing for so many days (90, unless --days) before the end of the log\n"
    "  officers     the two officers of each erasure, who let each of them in and when, and whether that is a reason "
    "to "
    "ask\n"
    "               if they are two people\n"
    "\n"
    "  --person NAME|ID, --device KEY, --from TIME, --to TIME   choose readings (unallocated, others, all)\n"
    "  --json, --csv                                            instead of text\n"
    "\n"
    "A likeness is a reason to ask, not a finding. Exit status: 0 shown, 1 the bundle does not hold, 2 usage.\n";

enum { OPT_STAFF = HF_AUDIT_READ_OPTION_COUNT, OPT_LEAVERS, OPT_DAYS, OPT_COUNT };

/* --- rows by reading ---------------------------------------------------------------------------------------------- */

static enum hf_status show_read(void *ctx, const struct hf_audit_read *read)
{
    struct hf_audit_access *access = ctx;
    const bool every = hf_id_is_zero(&read->case_id);
    if ((access->kind == HF_ACCESS_UNALLOCATED && (every || read->holders > 0)) ||
        (access->kind == HF_ACCESS_OTHERS && !every && read->own) ||
        !hf_audit_read_chosen(&access->filter, read, &access->reads.names))
        return HF_OK;
    return hf_audit_read_row(access->listing, read, &access->reads.names, true);
}

/* --- rows about a person or a case, worked out at the end --------------------------------------------------------- */

enum hf_status hf_audit_access_row(struct hf_audit_access *access, const struct hf_audit_access_row *row)
{
    char time[HF_TIME_TEXT_BYTES] = "", person[HF_ID_TEXT_BYTES] = "", case_id[HF_ID_TEXT_BYTES] = "";
    struct hf_buf words = {0};
    const char *name = hf_audit_name(&access->reads.names, &row->person);
    if (row->time_ms)
        hf_text_time(row->time_ms, time);
    if (!hf_id_is_zero(&row->person))
        hf_id_format(&row->person, person);
    if (!hf_id_is_zero(&row->case_id)) {
        hf_id_format(&row->case_id, case_id);
        hf_buf_append_str(&words, "case ");
        hf_audit_name_append(&access->reads.names, &row->case_id, &words);
        hf_buf_append_str(&words, ": ");
    }
    hf_buf_append_str(&words, row->text);
    hf_buf_append_u8(&words, 0);
    const char *const cells[HF_AUDIT_READ_COLUMNS] = {
        "", time, person, name ? name : person,    row->device ? row->device : "", case_id, "", row->what,
        "", "",   "",     (const char *)words.data};
    enum hf_status status = hf_buf_status(&words);
    if (status == HF_OK)
        status = hf_audit_listing_add(access->listing, cells);
    hf_buf_clear(&words);
    return status;
}

/* --- unallocated: cases that nobody holds now --- */

static bool held_now(const struct hf_audit_access *access, const struct hf_id *case_id)
{
    const struct hf_id anybody = hf_id_zero();
    return hf_audit_holders_at(&access->reads.holders, case_id, &anybody, UINT64_MAX - 1) > 0;
}

static enum hf_status unheld_cases(struct hf_audit_access *access)
{
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < access->case_count; i++) {
        const struct hf_audit_access_case *found = &access->cases[i];
        if (found->erased || held_now(access, &found->case_id))
            continue;
        uint64_t since = 0;
        for (size_t h = 0; h < access->reads.holders.count; h++) {
            const struct hf_audit_holding *held = &access->reads.holders.at[h];
            if (hf_id_equal(&held->case_id, &found->case_id) && held->until_ms > since)
                since = held->until_ms;
        }
        const struct hf_audit_access_row row = {.time_ms = since,
                                                .case_id = found->case_id,
                                                .what = "unallocated",
                                                .text = since ? "nobody holds it since then" : "nobody ever held it"};
        status = hf_audit_access_row(access, &row);
    }
    return status;
}

static struct hf_audit_access_case *case_of(struct hf_audit_access *access, const struct hf_id *case_id)
{
    for (size_t i = 0; i < access->case_count; i++)
        if (hf_id_equal(&access->cases[i].case_id, case_id))
            return &access->cases[i];
    if (access->case_count == access->case_cap) {
        const size_t cap = access->case_cap ? access->case_cap * 2 : 64;
        struct hf_audit_access_case *cases = realloc(access->cases, cap * sizeof *cases);
        if (!cases)
            return NULL;
        access->cases = cases;
        access->case_cap = cap;
    }
    access->cases[access->case_count] = (struct hf_audit_access_case){.case_id = *case_id};
    return &access->cases[access->case_count++];
}

static enum hf_status note_case(struct hf_audit_access *access, const struct hf_audit_entry *entry)
{
    struct hf_case_body body;
    struct hf_erase_body erased;
    struct hf_audit_access_case *found = NULL;
    if (!entry->opened || entry->without_effect)
        return HF_OK;
    if (entry->leaf->kind == HF_LEAF_CASE && entry->device->role != HF_ROLE_SERVER &&
        hf_case_body_decode(entry->body, &body) == HF_OK)
        return case_of(access, &body.case_id) ? HF_OK : HF_ERR_NOMEM;
    if (entry->leaf->kind != HF_LEAF_ERASE || hf_erase_body_decode(entry->body, &erased) != HF_OK)
        return HF_OK;
    found = case_of(access, &erased.asked.case_id);
    if (found)
        found->erased = true;
    return found ? HF_OK : HF_ERR_NOMEM;
}

/* --- people: leavers, unused -------------------------------------------------------------------------------------- */

static struct hf_audit_access_person *person_of(struct hf_audit_access *access, const struct hf_id *person)
{
    if (access->person_last < access->person_count && hf_id_equal(&access->people[access->person_last].person, person))
        return &access->people[access->person_last]; /* entries of a device stand together */
    for (size_t i = 0; i < access->person_count; i++)
        if (hf_id_equal(&access->people[i].person, person)) {
            access->person_last = i;
            return &access->people[i];
        }
    if (access->person_count == access->person_cap) {
        const size_t cap = access->person_cap ? access->person_cap * 2 : 64;
        struct hf_audit_access_person *people = realloc(access->people, cap * sizeof *people);
        if (!people)
            return NULL;
        access->people = people;
        access->person_cap = cap;
    }
    access->people[access->person_count] = (struct hf_audit_access_person){.person = *person};
    return &access->people[access->person_count++];
}

/* A revocation as "left", and the day that stands in the staff record. */
static enum hf_status note_leaving(struct hf_audit_access *access, const struct hf_audit_entry *entry)
{
    struct hf_revoke_body revoke;
    if (!entry->opened || entry->without_effect || entry->leaf->kind != HF_LEAF_REVOKE ||
        hf_revoke_body_decode(entry->body, &revoke) != HF_OK ||
        !hf_slice_equal(revoke.reason_code, hf_slice_str("left")))
        return HF_OK;
    const struct hf_audit_device *device = hf_audit_devices_find(&access->audit->devices, revoke.device);
    struct hf_audit_access_person *person = device ? person_of(access, &device->person) : NULL;
    if (person && person->left_ms == 0)
        person->left_ms = hf_clock_ms(entry->leaf->clock);
    return person || !device ? HF_OK : HF_ERR_NOMEM;
}

static enum hf_status note_staff(struct hf_audit_access *access, const struct hf_audit_entry *entry)
{
    struct hf_data_body *body = entry->opened && entry->leaf->kind == HF_LEAF_DATA ? malloc(sizeof *body) : NULL;
    enum hf_status status = HF_OK;
    if (!body)
        return entry->opened && entry->leaf->kind == HF_LEAF_DATA ? HF_ERR_NOMEM : HF_OK;
    if (hf_data_body_decode(entry->body, body, NULL) == HF_OK && body->type == HF_RECORD_PERSON) {
        for (uint32_t i = 0; status == HF_OK && i < body->edit_count; i++) {
            uint64_t left_ms;
            struct hf_buf text = {0};
            const struct hf_field_spec *field = hf_model_field(hf_model_type(body->type), body->edits[i].field);
            if (!field || strcmp(field->name, "left_on") != 0)
                continue;
            hf_value_to_text(field, body->edits[i].value, &text);
            struct hf_audit_access_person *person = person_of(access, &body->record_id);
            if (!person)
                status = HF_ERR_NOMEM;
            else if (hf_audit_parse_moment(hf_buf_slice(&text), true, &left_ms))
                person->left_ms = left_ms;
            hf_buf_clear(&text);
        }
    }
    free(body);
    return status;
}

/* The last thing that a person's devices did, and how much came after they had left. */
static enum hf_status note_deed(struct hf_audit_access *access, const struct hf_audit_entry *entry)
{
    const uint64_t at_ms = hf_clock_ms(entry->leaf->clock);
    if (entry->device->role == HF_ROLE_SERVER) {
        if (at_ms > access->end_ms)
            access->end_ms = at_ms;
        return HF_OK;
    }
    struct hf_audit_access_person *person = person_of(access, &entry->device->person);
    if (!person)
        return HF_ERR_NOMEM;
    if (at_ms > person->last_ms)
        person->last_ms = at_ms;
    if (entry->leaf->kind == HF_LEAF_READ || access->kind != HF_ACCESS_LEAVERS)
        return HF_OK; /* read below, line by line */
    return hf_audit_access_deed(person, at_ms, false) ? HF_OK : HF_ERR_NOMEM;
}

bool hf_audit_access_deed(struct hf_audit_access_person *person, uint64_t at_ms, bool read)
{
    if (person->deed_count == person->deed_cap) {
        const size_t cap = person->deed_cap ? person->deed_cap * 2 : 32;
        struct hf_audit_access_deed *deeds = realloc(person->deeds, cap * sizeof *deeds);
        if (!deeds)
            return false;
        person->deeds = deeds;
        person->deed_cap = cap;
    }
    /* Times are kept, and judged at the end: the day of leaving may be written down later. */
    person->deeds[person->deed_count++] = (struct hf_audit_access_deed){.at_ms = at_ms, .read = read};
    return true;
}

static enum hf_status note_read_deed(void *ctx, const struct hf_audit_read *read)
{
    struct hf_audit_access *access = ctx;
    struct hf_audit_access_person *person = person_of(access, &read->entry->device->person);
    return person && hf_audit_access_deed(person, read->from_ms, true) ? HF_OK : HF_ERR_NOMEM;
}

static size_t devices_in(const struct hf_audit_access *access, const struct hf_id *person)
{
    size_t count = 0;
    for (size_t i = 0; i < access->audit->devices.count; i++) {
        const struct hf_audit_device *device = access->audit->devices.sorted[i];
        count += !device->revoked && device->role != HF_ROLE_SERVER && hf_id_equal(&device->person, person);
    }
    return count;
}

static enum hf_status leaver_rows(struct hf_audit_access *access)
{
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < access->person_count; i++) {
        const struct hf_audit_access_person *person = &access->people[i];
        char text[TEXT_BYTES], left[HF_TIME_TEXT_BYTES];
        size_t reads = 0, writes = 0;
        for (size_t d = 0; person->left_ms && d < person->deed_count; d++) {
            if (person->deeds[d].at_ms <= person->left_ms)
                continue;
            reads += person->deeds[d].read;
            writes += !person->deeds[d].read;
        }
        const size_t devices = person->left_ms ? devices_in(access, &person->person) : 0;
        if (reads + writes + devices == 0)
            continue;
        hf_text_time(person->left_ms, left);
        (void)snprintf(text, sizeof text,
                       "left on %.10s; since then %zu reading%s and %zu other entr%s; %zu device%s still let in", left,
                       reads, reads == 1 ? "" : "s", writes, writes == 1 ? "y" : "ies", devices,
                       devices == 1 ? "" : "s");
        const struct hf_audit_access_row row = {
            .time_ms = person->last_ms, .person = person->person, .what = "leaver", .text = text};
        status = hf_audit_access_row(access, &row);
    }
    return status;
}

/* A device that never did anything counts from its enrolment, of which only the entry is known: it is told apart. */
static enum hf_status unused_rows(struct hf_audit_access *access)
{
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < access->audit->devices.count; i++) {
        const struct hf_audit_device *device = access->audit->devices.sorted[i];
        if (device->revoked || device->role == HF_ROLE_SERVER)
            continue;
        if (!person_of(access, &device->person))
            status = HF_ERR_NOMEM;
    }
    for (size_t i = 0; status == HF_OK && i < access->person_count; i++) {
        const struct hf_audit_access_person *person = &access->people[i];
        char text[TEXT_BYTES];
        const size_t devices = devices_in(access, &person->person);
        const uint64_t idle_ms = access->end_ms > person->last_ms ? access->end_ms - person->last_ms : 0;
        if (devices == 0 || idle_ms < access->days * DAY_MS)
            continue;
        if (person->last_ms == 0)
            (void)snprintf(text, sizeof text, "never did anything that the log knows of; %zu device%s let in", devices,
                           devices == 1 ? "" : "s");
        else
            (void)snprintf(text, sizeof text, "did nothing for %llu days; %zu device%s let in",
                           (unsigned long long)(idle_ms / DAY_MS), devices, devices == 1 ? "" : "s");
        const struct hf_audit_access_row row = {
            .time_ms = person->last_ms, .person = person->person, .what = "unused", .text = text};
        status = hf_audit_access_row(access, &row);
    }
    return status;
}

/* --- the command -------------------------------------------------------------------------------------------------- */

static enum hf_status take_entry(void *ctx, const struct hf_audit_entry *entry)
{
    struct hf_audit_access *access = ctx;
    enum hf_status status = hf_audit_reads_take(&access->reads, entry);
    if (status == HF_OK && access->kind == HF_ACCESS_UNALLOCATED)
        status = note_case(access, entry);
    if (status == HF_OK && (access->kind == HF_ACCESS_LEAVERS || access->kind == HF_ACCESS_UNUSED))
        status = note_deed(access, entry);
    if (status == HF_OK && access->kind == HF_ACCESS_LEAVERS)
        status = note_leaving(access, entry);
    if (status == HF_OK && access->kind == HF_ACCESS_LEAVERS)
        status = note_staff(access, entry);
    if (status == HF_OK && access->kind == HF_ACCESS_KNOWN)
        status = hf_audit_known_take(access, entry);
    if (status == HF_OK && access->kind == HF_ACCESS_OFFICERS)
        status = hf_audit_officers_take(access, entry);
    return status;
}

static bool take_days(struct hf_audit_access *access, const struct hf_audit_listing_call *call)
{
    const struct hf_option *option = &call->options[OPT_DAYS];
    uint64_t days = option->seen ? 0 : DAYS_DEFAULT;
    for (size_t i = 0; option->seen && i < option->value.len && days <= DAYS_MAX; i++) {
        const uint8_t digit = option->value.data[i];
        days = digit >= '0' && digit <= '9' ? days * 10 + (digit - '0') : DAYS_MAX + 1;
    }
    if (days == 0 || days > DAYS_MAX) {
        (void)fprintf(call->streams->errors, "holdfast-audit: --days needs a number of days from 1 to 36500.\n");
        return false;
    }
    access->days = days;
    return true;
}

static bool begin(void *ctx, const struct hf_audit_listing_call *call)
{
    struct hf_audit_access *access = ctx;
    access->listing = call->listing;
    access->audit = call->audit;
    access->reads.audit = call->audit;
    access->reads.ctx = access;
    access->reads.each = access->kind == HF_ACCESS_LEAVERS  ? note_read_deed
                         : access->kind == HF_ACCESS_KNOWN  ? hf_audit_known_read
                         : access->kind >= HF_ACCESS_UNUSED ? NULL
                                                            : show_read;
    call->audit->each = take_entry;
    call->audit->each_ctx = access;
    if (!take_days(access, call) || !hf_audit_read_filter_take(&access->filter, call->options, call->streams))
        return false;
    if (access->kind == HF_ACCESS_KNOWN && !call->options[OPT_STAFF].seen) {
        (void)fprintf(call->streams->errors,
                      "holdfast-audit: --staff FILE.csv is missing: names and addresses of staff are "
                      "not in the log.\n");
        return false;
    }
    if (call->options[OPT_STAFF].seen &&
        !hf_audit_csv_read(call->options[OPT_STAFF].value, &access->staff, call->streams))
        return false;
    return !call->options[OPT_LEAVERS].seen ||
           hf_audit_csv_read(call->options[OPT_LEAVERS].value, &access->leavers, call->streams);
}

/* The auditor's own list of who left when stands above the log's. */
static enum hf_status take_leavers(struct hf_audit_access *access)
{
    const struct hf_audit_csv *csv = &access->leavers;
    for (size_t i = 0; i < csv->row_count; i++) {
        struct hf_id id;
        uint64_t left_ms;
        if (hf_audit_name_find(&access->reads.names, hf_slice_str(hf_audit_csv_value(csv, i, "person")), &id) !=
                HF_OK ||
            !hf_audit_parse_moment(hf_slice_str(hf_audit_csv_value(csv, i, "left_on")), true, &left_ms))
            continue;
        struct hf_audit_access_person *person = person_of(access, &id);
        if (!person)
            return HF_ERR_NOMEM;
        person->left_ms = left_ms;
    }
    return HF_OK;
}

static enum hf_status end(void *ctx, const struct hf_audit_listing_call *call)
{
    struct hf_audit_access *access = ctx;
    enum hf_status status = HF_OK;
    if (access->kind == HF_ACCESS_UNALLOCATED)
        status = unheld_cases(access);
    if (access->kind == HF_ACCESS_LEAVERS)
        status = take_leavers(access);
    if (status == HF_OK && access->kind == HF_ACCESS_LEAVERS)
        status = leaver_rows(access);
    if (access->kind == HF_ACCESS_UNUSED)
        status = unused_rows(access);
    if (access->kind == HF_ACCESS_KNOWN)
        status = hf_audit_known_rows(access);
    return status == HF_OK ? hf_audit_reads_rest(&access->reads, call->listing, HF_AUDIT_READ_COLUMNS) : status;
}

static void clear(struct hf_audit_access *access)
{
    for (size_t i = 0; i < access->person_count; i++)
        free(access->people[i].deeds);
    free(access->people);
    free(access->cases);
    hf_audit_known_clear(access);
    hf_audit_csv_clear(&access->staff);
    hf_audit_csv_clear(&access->leavers);
    hf_audit_reads_clear(&access->reads);
}

int hf_audit_access_report(int argc, char *const *argv, const struct hf_audit_streams *streams)
{
    static const char *const names[] = {"all", "others", "unallocated", "known", "leavers", "unused", "officers"};
    static const struct hf_option options[OPT_COUNT] = {HF_AUDIT_READ_OPTIONS,
                                                        {.name = "--staff", .has_value = true},
                                                        {.name = "--leavers", .has_value = true},
                                                        {.name = "--days", .has_value = true}};
    static const struct hf_audit_listing_report report = {.name = "report",
                                                          .help = help,
                                                          .columns = hf_audit_read_columns,
                                                          .column_count = HF_AUDIT_READ_COLUMNS,
                                                          .options = options,
                                                          .option_count = OPT_COUNT,
                                                          .nothing = "Nothing to report.",
                                                          .begin = begin,
                                                          .end = end};
    struct hf_audit_access access = {.kind = HF_ACCESS_COUNT};
    for (unsigned i = 0; argc > 0 && i < HF_ACCESS_COUNT; i++)
        if (strcmp(argv[0], names[i]) == 0)
            access.kind = (enum hf_audit_access_kind)i;
    if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) {
        (void)fputs(help, streams->out);
        return HF_AUDIT_EXIT_GOOD;
    }
    if (access.kind == HF_ACCESS_COUNT) {
        (void)fprintf(streams->errors,
                      "holdfast-audit: name a report: known, unallocated, others, all, leavers, unused, officers.\n"
                      "Try: holdfast-audit report --help\n");
        return HF_AUDIT_EXIT_USAGE;
    }
    int code = hf_audit_listing_run(argc - 1, argv + 1, streams, &report, &access);
    clear(&access);
    return code;
}

#include "tools/benchmarks/workload.h"

#include <stdio.h>
#include <string.h>

#define UUID_CHARS 36

static const char *const words[] = {
    "child",  "carer",   "visit",   "school",  "agreed",  "plan",     "bedtime", "contact",  "follow",  "review",
    "social", "worker",  "support", "home",    "settled", "evening",  "phone",   "message",  "brother", "sister",
    "asked",  "wants",   "later",   "week",    "weekend", "football", "lesson",  "teacher",  "nurse",   "doctor",
    "health", "meeting", "notes",   "action",  "done",    "open",     "room",    "quiet",    "garden",  "bus",
    "travel", "delayed", "new",     "clothes", "money",   "trip",     "court",   "date",     "letter",  "signed",
    "form",   "told",    "worried", "happy",   "angry",   "calm",     "talked",  "listened", "heard",   "changed",
    "street", "moved",   "visited", "stayed",  "kitchen", "dinner",   "morning", "started",  "ended",   "again"};
static const char *const names[] = {"Ada Brook", "Ben Marsh", "Cora Field",  "Dan Hill",
                                    "Eve Stone", "Finn Wood", "Gail Rivers", "Hal Moor"};
static const char *const places[] = {"Northshire family centre", "The carer's home", "School, room 2",
                                     "Office, floor 1"};

static uint64_t next(struct workload *workload, uint64_t below)
{
    workload->state ^= workload->state << 13;
    workload->state ^= workload->state >> 7;
    workload->state ^= workload->state << 17;
    return (workload->state >> 11) % below;
}

static char *field(struct workload_record *out, const char *name)
{
    out->fields[out->count].name = name;
    return out->fields[out->count++].value;
}

static void text(struct workload *workload, struct workload_record *out, const char *name, size_t at_least)
{
    char *value = field(out, name);
    size_t len = 0;
    while (len < at_least)
        len += (size_t)snprintf(value + len, sizeof out->fields[0].value - len, "%s%s", len ? " " : "",
                                words[next(workload, sizeof words / sizeof *words)]);
}

static void date(struct workload *workload, struct workload_record *out, const char *name)
{
    (void)snprintf(field(out, name), sizeof out->fields[0].value, "2026-%02u-%02u", (unsigned)next(workload, 12) + 1,
                   (unsigned)next(workload, 28) + 1);
}

static void one_of(struct workload *workload, struct workload_record *out, const char *name, const char *const *list,
                   size_t count)
{
    (void)snprintf(field(out, name), sizeof out->fields[0].value, "%s", list[next(workload, count)]);
}

static void meeting(struct workload *workload, struct workload_record *out)
{
    out->type = "meeting";
    one_of(workload, out, "place", places, 4);
    text(workload, out, "purpose", 130);
    text(workload, out, "chair_reason", 60);
    text(workload, out, "outcome_reason", 80);
    text(workload, out, "no_plan_reason", 40);
    text(workload, out, "no_views_link_reason", 40);
    text(workload, out, "policy_id", 8);
    text(workload, out, "policy_version", 4);
}

static void action(struct workload *workload, struct workload_record *out)
{
    out->type = "action";
    text(workload, out, "text", 110);
    text(workload, out, "reason", 225);
    one_of(workload, out, "owner_name", names, 8);
    one_of(workload, out, "provider", places, 4);
    date(workload, out, "due");
    date(workload, out, "done_on");
    (void)snprintf(field(out, "extra_resource"), sizeof out->fields[0].value, "%s",
                   next(workload, 2) ? "true" : "false");
}

void workload_next(struct workload *workload, unsigned long number, struct workload_record *out)
{
    out->count = 0;
    out->case_number = (size_t)next(workload, WORKLOAD_CASES);
    if (number % 5 < 2)
        meeting(workload, out);
    else
        action(workload, out);
    out->json_bytes = strlen("{\"id\":\"\",\"case_id\":\"\",\"type\":\"\",\"updated_at\":\"2026-01-01T00:00:00Z\"}") +
                      2 * UUID_CHARS + strlen(out->type);
    for (size_t i = 0; i < out->count; i++)
        out->json_bytes += strlen(",\"\":\"\"") + strlen(out->fields[i].name) + strlen(out->fields[i].value);
}

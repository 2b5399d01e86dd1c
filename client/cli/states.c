/* What became of the changes saved on this device, for people and for programs: counted from the office's receipts.
 * Whether there is a line says nothing of it. */
#include "client/cli/cli.h"
#include "core/base/text.h"

#include <time.h>

#define MINUTE_MS 60000

static uint64_t age_ms(const struct holdfast_counts *counts)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    const uint64_t now_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    return now_ms > counts->oldest_unsent_ms ? now_ms - counts->oldest_unsent_ms : 0;
}

void cli_print_states(const struct holdfast_counts *counts, FILE *to)
{
    char age[64];
    (void)fprintf(to, "Your changes: %llu Saved here, %llu Sent, %llu Received by office",
                  (unsigned long long)counts->saved_here, (unsigned long long)counts->sent,
                  (unsigned long long)counts->received);
    if (counts->oldest_unsent_ms == 0)
        return;
    hf_text_span(age_ms(counts), age, sizeof age);
    (void)fprintf(to, "; the oldest not received yet is %s old",
                  age_ms(counts) < MINUTE_MS ? "less than a minute" : age);
}

bool cli_put_states(json_t *json, const struct holdfast_counts *counts)
{
    const bool waits = counts->oldest_unsent_ms != 0;
    json_t *states = json_pack("{s:I, s:I, s:I, s:o, s:o}", "saved_here", (json_int_t)counts->saved_here, "sent",
                               (json_int_t)counts->sent, "received", (json_int_t)counts->received, "oldest_unsent",
                               cli_json_time(counts->oldest_unsent_ms), "oldest_unsent_s",
                               waits ? json_integer((json_int_t)(age_ms(counts) / 1000)) : json_null());
    const bool put = json && states && json_object_update(json, states) == 0;
    json_decref(states);
    return put;
}

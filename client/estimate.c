#include "client/estimate.h"

#include <inttypes.h>
#include <stdio.h>

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t weight(const struct hf_estimate *of)
{
    return (of->push + of->read) * HF_ESTIMATE_RECORD_BYTES + of->send_bytes + of->want_bytes;
}

/* Of what there was to do. */
static uint64_t weight_done(const struct hf_estimate *all, const struct hf_estimate *done)
{
    const struct hf_estimate counted = {.push = least(done->push, all->push),
                                        .read = least(done->read, all->read),
                                        .send_bytes = least(done->send_bytes, all->send_bytes),
                                        .want_bytes = least(done->want_bytes, all->want_bytes)};
    return weight(&counted);
}

uint64_t hf_estimate_thousandths(const struct hf_estimate *all, const struct hf_estimate *done)
{
    const uint64_t whole = weight(all);
    return whole == 0 ? 1000 : weight_done(all, done) * 1000 / whole;
}

uint64_t hf_estimate_bar(struct hf_estimate_bar *bar, const struct hf_estimate *all, const struct hf_estimate *done)
{
    const uint64_t whole = weight(all), now = weight_done(all, done);
    if (whole != bar->whole)
        *bar = (struct hf_estimate_bar){.shown = bar->shown, .from = bar->shown, .done = bar->last, .whole = whole};
    bar->last = now;
    if (now > bar->done && whole > bar->done) {
        const uint64_t shown = bar->from + (HF_ESTIMATE_NOT_OVER - bar->from) * (now - bar->done) / (whole - bar->done);
        bar->shown = shown > bar->shown ? shown : bar->shown;
    }
    return bar->shown;
}

uint64_t hf_estimate_left_s(uint64_t gone_ms, uint64_t thousandths)
{
    if (gone_ms < HF_ESTIMATE_GONE_MIN_MS || thousandths < HF_ESTIMATE_DONE_MIN || thousandths >= 1000)
        return 0;
    return gone_ms * (1000 - thousandths) / thousandths / 1000 + 1;
}

void hf_estimate_text(uint64_t left_s, char out[HF_ESTIMATE_TEXT_BYTES])
{
    out[0] = '\0';
    if (left_s >= 7200)
        (void)snprintf(out, HF_ESTIMATE_TEXT_BYTES, "about %" PRIu64 " h left", (left_s + 1800) / 3600);
    else if (left_s >= 60)
        (void)snprintf(out, HF_ESTIMATE_TEXT_BYTES, "about %" PRIu64 " min left", (left_s + 30) / 60);
    else if (left_s > 0)
        (void)snprintf(out, HF_ESTIMATE_TEXT_BYTES, "about %" PRIu64 " s left", left_s);
}

/* The copy as one page that opens in any browser and prints: no script, nothing from elsewhere. Written for the person
 * whose life it is. */
#include "client/sar.h"

#include <string.h>

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    "<title>Your story, as it was written down</title><style>"
    ":root{color-scheme:light}"
    "body{margin:0;background:#faf6ef;color:#2b2621;font:18px/1.6 Georgia,'DejaVu Serif',serif}"
    "main{max-width:42rem;margin:0 auto;padding:3rem 1.5rem 5rem;background:#fffdf9}"
    "h1{font-size:2.3rem;line-height:1.2;margin:0 0 .3rem;color:#5b3a1e}"
    "h2{font-size:1.5rem;color:#5b3a1e;margin:3rem 0 .8rem;border-bottom:2px solid #e7d9c3;padding-bottom:.3rem}"
    "h3{font-size:1.1rem;margin:0}.for{font-size:1.2rem;color:#6b5d4d;margin:0 0 2rem}"
    ".letter{background:#f6eddd;border-left:5px solid #c98a3d;padding:1rem 1.4rem;border-radius:0 8px 8px 0}"
    ".letter p{margin:.6rem 0}"
    "article{margin:1.6rem 0;padding:0 0 0 1.2rem;border-left:3px solid #e7d9c3;break-inside:avoid}"
    ".day{color:#8a5a1f;font-size:.95rem;margin:0}"
    "dl{margin:.4rem 0}dt{color:#6b5d4d;font-size:.95rem;margin-top:.5rem}dd{margin:0;white-space:pre-wrap}"
    "blockquote{margin:.3rem 0;padding:.7rem 1.1rem;background:#eef3ea;border-radius:10px;font-size:1.1rem;"
    "white-space:pre-wrap}"
    ".said{background:#fdeedd;border:1px solid #e3b778;border-radius:10px;padding:.7rem 1.1rem;margin:.7rem 0}"
    ".said p{margin:.2rem 0}.small{font-size:.85rem;color:#6b5d4d}"
    "mark{background:#ffe49c;padding:0 .15em;border-radius:3px}"
    ".review{background:#fff3cd;border:2px dashed #b58105;padding:.8rem 1.2rem;border-radius:8px;margin:0 0 2rem}"
    "ul{padding-left:1.3rem}table{border-collapse:collapse;font-size:.8rem;width:100%}"
    "td,th{border-bottom:1px solid #e7d9c3;padding:.2rem .4rem;text-align:left;vertical-align:top}"
    ".mono{font-family:'DejaVu Sans Mono',monospace;font-size:.72rem;overflow-wrap:anywhere}"
    "@media print{body{background:#fff;font-size:11.5pt}main{max-width:none;padding:0;background:#fff}"
    "@page{margin:2cm}h2{break-after:avoid}}"
    "</style></head><body><main>\n";

static void escaped(const char *text, size_t len, struct hf_buf *out)
{
    for (size_t i = 0; i < len; i++) {
        switch (text[i]) {
        case '&':
            hf_buf_append_str(out, "&amp;");
            break;
        case '<':
            hf_buf_append_str(out, "&lt;");
            break;
        case '>':
            hf_buf_append_str(out, "&gt;");
            break;
        case '"':
            hf_buf_append_str(out, "&quot;");
            break;
        default:
            if ((unsigned char)text[i] >= 0x20 || text[i] == '\n' || text[i] == '\t')
                hf_buf_append_u8(out, (uint8_t)text[i]);
        }
    }
}

static void plain(const char *text, struct hf_buf *out)
{
    escaped(text, strlen(text), out);
}

static const char *get(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void piece(void *ctx, const struct hf_sar_piece *piece)
{
    if (piece->marked)
        hf_buf_append_str(ctx, "<mark>");
    escaped(piece->text, piece->len, ctx);
    if (piece->marked)
        hf_buf_append_str(ctx, "</mark>");
}

static void marked(const json_t *copy, const char *text, struct hf_buf *out)
{
    hf_sar_marked(json_object_get(copy, "names"), text, piece, out);
}

static void opening(const json_t *copy, struct hf_buf *out)
{
    char day[40];
    const char *child = get(copy, "child");
    hf_sar_day(get(copy, "prepared_on"), day);
    hf_buf_append_str(out, "<h1>Your story, as it was written down</h1><p class=\"for\">");
    if (child[0]) {
        hf_buf_append_str(out, "For ");
        plain(child, out);
        hf_buf_append_str(out, " &middot; ");
    }
    plain(day, out);
    hf_buf_append_str(out, "</p>");
    if (!json_is_true(json_object_get(copy, "final")))
        hf_buf_append_fmt(
            out,
            "<div class=\"review\"><strong>Not to be given out yet.</strong> %s Names are marked <mark>like "
            "this</mark>, "
            "%lld times. Decide for each whether it may stay, then a records "
            "officer makes the copy again with <span class=\"mono\">--final</span>. What was left out is at the "
            "end.</div>",
            hf_sar_warning, (long long)json_integer_value(json_object_get(copy, "marked")));
    hf_buf_append_str(out, "<div class=\"letter\"><p>This is what ");
    plain(get(copy, "authority"), out);
    hf_buf_append_str(
        out,
        " wrote down while it looked after you. It belongs to your life, and you have a right to it.</p>"
        "<p>It was written by people at work, often in a hurry. Some of it may be hard to read, some of it you may "
        "remember differently. You need not read it all at once, and you need not read it alone: ask for somebody to "
        "sit with you.</p><p>What you said yourself stands in your own words, just as it was written down then. If "
        "something is wrong, tell us: we cannot wipe out what was written, but your words will stand beside it for as "
        "long as it is kept.</p></div>");
}

static void glance(const json_t *copy, struct hf_buf *out)
{
    const json_t *homes = json_object_get(copy, "homes"), *people = json_object_get(copy, "people");
    if (json_array_size(homes) > 0)
        hf_buf_append_str(out, "<h2>Where you lived</h2><ul>");
    for (size_t i = 0; i < json_array_size(homes); i++) {
        char from[40], until[40];
        const json_t *home = json_array_get(homes, i);
        hf_sar_day(get(home, "from"), from);
        hf_sar_day(get(home, "until"), until);
        hf_buf_append_str(out, "<li>");
        marked(copy, get(home, "home"), out);
        if (from[0] || until[0]) {
            hf_buf_append_str(out, from[0] ? ", from " : "");
            plain(from, out);
            hf_buf_append_str(out, until[0] ? " until " : "");
            plain(until, out);
        }
        hf_buf_append_str(out, "</li>");
    }
    if (json_array_size(homes) > 0)
        hf_buf_append_str(out, "</ul>");
    if (json_array_size(people) > 0)
        hf_buf_append_str(out, "<h2>People who worked with you</h2><ul>");
    for (size_t i = 0; i < json_array_size(people); i++) {
        hf_buf_append_str(out, "<li>");
        plain(get(json_array_get(people, i), "name"), out);
        hf_buf_append_str(out, ", ");
        plain(get(json_array_get(people, i), "role"), out);
        hf_buf_append_str(out, "</li>");
    }
    if (json_array_size(people) > 0)
        hf_buf_append_str(out, "</ul>");
}

static void fields(const json_t *copy, const json_t *entry, struct hf_buf *out)
{
    const json_t *list = json_object_get(entry, "fields");
    hf_buf_append_str(out, "<dl>");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *field = json_array_get(list, i);
        const bool words = strcmp(get(field, "kind"), "verbatim") == 0;
        hf_buf_append_str(out, "<dt>");
        plain(get(field, "label"), out);
        hf_buf_append_str(out, words ? "</dt><dd><blockquote>&ldquo;" : "</dt><dd>");
        marked(copy, get(field, "value"), out);
        hf_buf_append_str(out, words ? "&rdquo;</blockquote></dd>" : "</dd>");
    }
    hf_buf_append_str(out, "</dl>");
}

static void statements(const json_t *copy, const json_t *entry, struct hf_buf *out)
{
    const json_t *list = json_object_get(entry, "statements");
    for (size_t i = 0; i < json_array_size(list); i++) {
        char day[40];
        const json_t *said = json_array_get(list, i);
        hf_sar_day(get(said, "made_on"), day);
        hf_buf_append_str(out, "<div class=\"said\"><p><strong>");
        marked(copy, get(said, "said_by")[0] ? get(said, "said_by") : "Somebody", out);
        hf_buf_append_str(out, " says about this</strong>");
        hf_buf_append_str(out, day[0] ? ", " : "");
        plain(day, out);
        hf_buf_append_str(out, "</p><p>&ldquo;");
        marked(copy, get(said, "words"), out);
        hf_buf_append_str(out, "&rdquo;</p>");
        if (get(said, "answer_reason")[0]) {
            hf_buf_append_str(out, "<p class=\"small\">What became of it: ");
            plain(get(said, "answer_reason"), out);
            hf_buf_append_str(out, "</p>");
        }
        hf_buf_append_str(out, "</div>");
    }
}

static void written(const json_t *copy, const json_t *entry, struct hf_buf *out)
{
    char day[40];
    const json_t *list = json_object_get(entry, "written");
    const json_t *first = json_array_get(list, 0);
    if (!first)
        return;
    hf_sar_day(get(first, "time"), day);
    hf_buf_append_str(out, "<p class=\"small\">Written down by ");
    marked(copy, get(first, "author")[0] ? get(first, "author") : "somebody whose name is not known here", out);
    hf_buf_append_str(out, " on ");
    plain(day, out);
    if (json_array_size(list) > 1)
        hf_buf_append_fmt(out, ", changed %zu time%s since", json_array_size(list) - 1,
                          json_array_size(list) == 2 ? "" : "s");
    hf_buf_append_str(out,
                      json_is_true(json_object_get(entry, "restricted")) ? ". Its use is restricted at present." : ".");
    if (get(entry, "deleted")[0])
        hf_buf_append_str(out, " It was taken out of view later, and is kept.");
    hf_buf_append_str(out, "</p>");
}

static void entry_html(const json_t *copy, const json_t *entry, struct hf_buf *out)
{
    char day[40];
    hf_sar_day(get(entry, "date"), day);
    hf_buf_append_str(out, "<article><p class=\"day\">");
    plain(day, out);
    hf_buf_append_str(out, "</p><h3>");
    plain(get(entry, "label"), out);
    hf_buf_append_str(out, "</h3>");
    fields(copy, entry, out);
    statements(copy, entry, out);
    written(copy, entry, out);
    hf_buf_append_str(out, "</article>\n");
}

static void chronology(const json_t *copy, struct hf_buf *out)
{
    const json_t *entries = json_object_get(copy, "entries");
    char year[8] = "";
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *entry = json_array_get(entries, i);
        const char *date = get(entry, "date");
        if (strlen(date) >= 4 && strncmp(year, date, 4) != 0) {
            memcpy(year, date, 4);
            year[4] = '\0';
            hf_buf_append_str(out, "<h2>");
            plain(year, out);
            hf_buf_append_str(out, "</h2>");
        }
        entry_html(copy, entry, out);
    }
}

static void closing(const json_t *copy, struct hf_buf *out)
{
    const json_t *checkpoint = json_object_get(copy, "checkpoint");
    const json_int_t left_out = json_integer_value(json_object_get(copy, "left_out"));
    hf_buf_append_str(out, "<h2>About this copy</h2><p>Made for: ");
    plain(get(copy, "reason"), out);
    hf_buf_append_str(out, ". Case ");
    plain(get(copy, "reference"), out);
    hf_buf_append_str(out, ". That it was made, by whom and why, stands in the office's signed log.</p>");
    hf_buf_append_str(out, "<p>What concerns the work of carers or staff, and not you, is not in it");
    if (left_out > 0)
        hf_buf_append_fmt(out, " (%lld entr%s)", (long long)left_out, left_out == 1 ? "y" : "ies");
    hf_buf_append_str(out, ". Ask the office why, and for a review if you disagree.</p>");
    hf_buf_append_str(
        out, "<p class=\"small\">Every entry is signed by whoever wrote it and stands in a log that cannot be changed "
             "unseen. The file <span class=\"mono\">manifest.json</span> names each entry with its number in the log; "
             "<span class=\"mono\">checkpoint</span> is the log's signed state. Log ");
    plain(get(checkpoint, "origin"), out);
    hf_buf_append_fmt(out, ", %lld entries, root <span class=\"mono\">",
                      (long long)json_integer_value(json_object_get(checkpoint, "size")));
    plain(get(checkpoint, "root"), out);
    hf_buf_append_str(out, "</span>.</p></main></body></html>\n");
}

void hf_sar_html(const json_t *copy, struct hf_buf *out)
{
    hf_buf_append_str(out, head);
    opening(copy, out);
    glance(copy, out);
    chronology(copy, out);
    closing(copy, out);
}

/* Files beside a record, as the page adds and reads them: in pieces, one at a time. */
#include "tests/app/support_app.h"

#include "core/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PIECE_BYTES  (512u << 10)
#define TARGET_BYTES 200
#define MINUTE_MS    60000u

struct room {
    struct desk *desk;
    struct holdfast_id case_id, meeting;
    char case_text[HOLDFAST_ID_TEXT_BYTES], meeting_text[HOLDFAST_ID_TEXT_BYTES];
    char upload[HF_APP_TOKEN_TEXT_BYTES];
};

static int setup(void **state)
{
    struct room *room = calloc(1, sizeof *room);
    room->desk = desk_new("Ada Invented", HF_ROLE_WORKER);
    room->case_id = new_case(&room->desk->client, "CH-1");
    room->meeting = new_record(&room->desk->client, &room->case_id, "meeting", "type", "psm");
    holdfast_id_format(&room->case_id, room->case_text);
    holdfast_id_format(&room->meeting, room->meeting_text);
    *state = room;
    return 0;
}

static int teardown(void **state)
{
    struct room *room = *state;
    desk_free(room->desk);
    free(room);
    return 0;
}

/* --- as the page does it --- */

static unsigned begin(struct room *room, json_int_t bytes)
{
    const unsigned status =
        desk_post_json(room->desk, "/api/attachments",
                       json_pack("{s:s, s:s, s:s, s:s, s:I}", "case", room->case_text, "record", room->meeting_text,
                                 "title", "A school report", "name", "report.pdf", "bytes", bytes));
    if (status == 200)
        (void)snprintf(room->upload, sizeof room->upload, "%s", desk_text(room->desk, "upload"));
    return status;
}

static unsigned send(struct room *room, size_t from, struct hf_slice bytes)
{
    struct hf_buf text = {0};
    hf_text_base64(&text, bytes);
    const unsigned status =
        desk_post_json(room->desk, "/api/attachments/piece",
                       json_pack("{s:s, s:I, s:s%}", "upload", room->upload, "from", (json_int_t)from, "content",
                                 text.len > 0 ? (const char *)text.data : "", text.len));
    hf_buf_clear(&text);
    return status;
}

static unsigned end(struct room *room, const char *how)
{
    char target[TARGET_BYTES];
    (void)snprintf(target, sizeof target, "/api/attachments/%s", how);
    return desk_post_json(room->desk, target, json_pack("{s:s}", "upload", room->upload));
}

static unsigned list(struct room *room)
{
    char target[TARGET_BYTES];
    (void)snprintf(target, sizeof target, "/api/attachments?case=%s&record=%s", room->case_text, room->meeting_text);
    return desk_get(room->desk, target);
}

static size_t listed(struct room *room)
{
    assert_int_equal(list(room), 200);
    return desk_count(room->desk, "attachments");
}

/* A paper of this size, other bytes at each place. */
static struct hf_buf paper(size_t len)
{
    struct hf_buf bytes = {0};
    hf_buf_append_str(&bytes, "%PDF-1.4\n");
    while (bytes.len < len)
        hf_buf_append_u8(&bytes, (uint8_t)(bytes.len * 31 + bytes.len / 256));
    return bytes;
}

/* --- whole files --- */

/* Reads all of it as the page does, and compares. */
static void assert_reads_back(struct room *room, const char *id, struct hf_slice wanted)
{
    struct hf_buf bytes = {0};
    size_t from = 0, pieces = 0;
    while (from < wanted.len) {
        char target[TARGET_BYTES];
        (void)snprintf(target, sizeof target, "/api/attachments/%s/piece?from=%zu", id, from);
        assert_int_equal(desk_get(room->desk, target), 200);
        assert_string_equal(room->desk->response.content_type, "application/json");
        assert_int_equal(desk_number(room->desk, "bytes"), wanted.len);
        assert_int_equal(hf_text_unbase64(hf_slice_str(desk_text(room->desk, "content")), &bytes), HF_OK);
        const size_t next = (size_t)desk_number(room->desk, "next");
        from = next ? next : wanted.len;
        assert_int_equal(bytes.len, from);
        pieces++;
    }
    assert_int_equal(pieces, (wanted.len + PIECE_BYTES - 1) / PIECE_BYTES);
    assert_true(hf_slice_equal(hf_buf_slice(&bytes), wanted));
    hf_buf_clear(&bytes);
}

static void a_paper__goes_in_and_comes_out_in_pieces_as_it_was(void **state)
{
    struct room *room = *state;
    char id[HOLDFAST_ID_TEXT_BYTES];
    struct hf_buf file = paper(PIECE_BYTES + 70001);
    assert_int_equal(begin(room, (json_int_t)file.len), 200);
    assert_int_equal(desk_number(room->desk, "piece_bytes"), PIECE_BYTES);
    assert_int_equal(send(room, 0, hf_slice_of(file.data, PIECE_BYTES)), 200);
    assert_int_equal(desk_number(room->desk, "next"), PIECE_BYTES);
    assert_int_equal(listed(room), 0);
    assert_int_equal(send(room, PIECE_BYTES, hf_slice_of(file.data + PIECE_BYTES, 70001)), 200);
    assert_int_equal(end(room, "finish"), 200);
    (void)snprintf(id, sizeof id, "%s", desk_text(room->desk, "attachment"));
    assert_int_equal(listed(room), 1);
    assert_string_equal(desk_text(room->desk, "attachments.0.id"), id);
    assert_string_equal(desk_text(room->desk, "attachments.0.title"), "A school report");
    assert_string_equal(desk_text(room->desk, "attachments.0.name"), "report.pdf");
    assert_string_equal(desk_text(room->desk, "attachments.0.type"), "application/pdf");
    assert_string_equal(desk_text(room->desk, "attachments.0.sent"), "saved_here");
    assert_string_equal(desk_text(room->desk, "attachments.0.place"), "here");
    assert_int_equal(desk_number(room->desk, "attachments.0.bytes"), file.len);
    assert_reads_back(room, id, hf_buf_slice(&file));
    hf_buf_clear(&file);
}

static void a_page_in_html__is_told_as_json_and_with_no_type_of_its_own(void **state)
{
    struct room *room = *state;
    char target[TARGET_BYTES];
    const struct hf_slice html = hf_slice_str("<script>alert(1)</script>");
    assert_int_equal(begin(room, (json_int_t)html.len), 200);
    assert_int_equal(send(room, 0, html), 200);
    assert_int_equal(end(room, "finish"), 200);
    (void)snprintf(target, sizeof target, "/api/attachments/%s/piece", desk_text(room->desk, "attachment"));
    assert_int_equal(desk_get(room->desk, target), 200);
    assert_string_equal(room->desk->response.content_type, "application/json");
    const struct hf_slice body = hf_app_response_body(&room->desk->response);
    assert_null(memchr(body.data, '<', body.len));
    assert_int_equal(listed(room), 1);
    assert_string_equal(desk_text(room->desk, "attachments.0.type"), "application/octet-stream");
}

/* --- order and limits --- */

static void a_piece_out_of_order__is_refused_and_the_upload_goes_on(void **state)
{
    struct room *room = *state;
    struct hf_buf file = paper(3000);
    assert_int_equal(begin(room, 3000), 200);
    assert_int_equal(send(room, 1000, hf_slice_of(file.data + 1000, 1000)), 409);
    assert_int_equal(send(room, 0, hf_slice_of(file.data, 1000)), 200);
    assert_int_equal(send(room, 0, hf_slice_of(file.data, 1000)), 409); /* again */
    assert_string_equal(desk_text(room->desk, "text"), "The next piece begins at byte 1000.");
    assert_int_equal(send(room, 1000, hf_slice_of(file.data + 1000, 2000)), 200);
    assert_int_equal(end(room, "finish"), 200);
    char id[HOLDFAST_ID_TEXT_BYTES];
    (void)snprintf(id, sizeof id, "%s", desk_text(room->desk, "attachment"));
    assert_reads_back(room, id, hf_buf_slice(&file));
    hf_buf_clear(&file);
}

static void more_than_was_announced__and_less__are_refused(void **state)
{
    struct room *room = *state;
    struct hf_buf file = paper(3000);
    assert_int_equal(begin(room, 2000), 200);
    assert_int_equal(send(room, 0, hf_slice_of(file.data, 2001)), 400);
    assert_int_equal(send(room, 0, hf_slice_of(file.data, 1999)), 200);
    assert_int_equal(end(room, "finish"), 400);
    assert_int_equal(listed(room), 0);
    assert_int_equal(end(room, "finish"), 404); /* it ended with that */
    hf_buf_clear(&file);
}

static void a_piece__has_its_own_limit_and_is_base64(void **state)
{
    struct room *room = *state;
    struct hf_buf file = paper(PIECE_BYTES + 1);
    assert_int_equal(begin(room, (json_int_t)file.len), 200);
    assert_int_equal(send(room, 0, hf_buf_slice(&file)), 400);
    assert_int_equal(send(room, 0, hf_slice_of(file.data, 0)), 400);
    assert_int_equal(desk_post_json(room->desk, "/api/attachments/piece",
                                    json_pack("{s:s, s:i, s:s}", "upload", room->upload, "from", 0, "content", "%%%%")),
                     400);
    assert_int_equal(
        desk_post_json(room->desk, "/api/attachments/piece",
                       json_pack("{s:s, s:i, s:s}", "upload", room->upload, "from", -1, "content", "AAAA")),
        400);
    assert_int_equal(send(room, 0, hf_slice_of(file.data, PIECE_BYTES)), 200);
    hf_buf_clear(&file);
}

static void a_file_too_large_or_empty__is_refused_before_anything_is_sent(void **state)
{
    struct room *room = *state;
    assert_int_equal(begin(room, (json_int_t)(256u << 20) + 1), 400);
    assert_string_equal(desk_text(room->desk, "error"), "limit");
    assert_non_null(strstr(desk_text(room->desk, "text"), "at most 256 MB"));
    assert_int_equal(begin(room, 0), 400);
    assert_int_equal(begin(room, -1), 400);
    assert_int_equal(begin(room, 10), 200); /* none of those took the place */
}

/* --- one at a time --- */

static void a_second_upload__waits_until_the_first_ends_or_stands_still(void **state)
{
    struct room *room = *state;
    assert_int_equal(begin(room, 2000), 200);
    assert_int_equal(begin(room, 2000), 409);
    assert_string_equal(desk_text(room->desk, "error"), "busy");
    assert_int_equal(end(room, "abandon"), 200);
    assert_int_equal(begin(room, 2000), 200);
    room->desk->now_ms += MINUTE_MS - 1;
    assert_int_equal(send(room, 0, hf_slice_str("%PDF-1.4 and so on")), 200); /* a sign of life */
    room->desk->now_ms += MINUTE_MS - 1;
    assert_int_equal(begin(room, 2000), 409);
    room->desk->now_ms += 1;
    assert_int_equal(begin(room, 2000), 200);
    assert_int_equal(send(room, 0, hf_slice_str("%PDF-1.4 and so on")), 200);
    assert_int_equal(listed(room), 0);
}

static void another_session__neither_writes_nor_ends_an_upload(void **state)
{
    struct room *room = *state;
    struct desk *desk = room->desk;
    char cookie[HF_APP_COOKIE_BYTES], form[HF_APP_TOKEN_TEXT_BYTES], token[HF_APP_TOKEN_TEXT_BYTES];
    const struct hf_slice words = hf_slice_str("%PDF-1.4");
    assert_int_equal(begin(room, (json_int_t)words.len), 200);
    memcpy(cookie, desk->cookie, sizeof cookie);
    memcpy(form, desk->form_token, sizeof form);
    hf_app_launch(desk->app, token);
    assert_int_equal(desk_launch(desk, token), 200);
    assert_int_equal(send(room, 0, words), 404);
    assert_int_equal(end(room, "finish"), 404);
    assert_int_equal(end(room, "abandon"), 404);
    memcpy(desk->cookie, cookie, sizeof cookie);
    memcpy(desk->form_token, form, sizeof form);
    assert_int_equal(send(room, 0, words), 200);
    assert_int_equal(end(room, "finish"), 200);
    assert_int_equal(listed(room), 1);
}

static void a_session_that_gives_way__takes_its_upload_along(void **state)
{
    struct room *room = *state;
    struct desk *desk = room->desk;
    char token[HF_APP_TOKEN_TEXT_BYTES];
    assert_int_equal(begin(room, 100), 200);
    for (size_t i = 0; i < 4; i++) { /* as many as there may be, so that the first is gone */
        desk->now_ms++;
        hf_app_launch(desk->app, token);
        assert_int_equal(desk_launch(desk, token), 200);
        assert_int_equal(begin(room, 100), 200);
    }
}

static void locking__gives_the_upload_up(void **state)
{
    struct room *room = *state;
    assert_int_equal(begin(room, 100), 200);
    assert_int_equal(desk_post(room->desk, "/api/session/lock", "{}"), 200);
    assert_int_equal(end(room, "finish"), 423);
    assert_int_equal(list(room), 423);
    assert_int_equal(desk_post_json(room->desk, "/api/session/unlock", json_pack("{s:s}", "passphrase", PASSPHRASE)),
                     200);
    assert_int_equal(end(room, "finish"), 404);
    assert_int_equal(listed(room), 0);
}

/* --- who may ask, and for what --- */

static void without_the_pages_own_origin_and_form_token__nothing_changes(void **state)
{
    struct room *room = *state;
    struct desk *desk = room->desk;
    static const char *const targets[] = {"/api/attachments", "/api/attachments/piece", "/api/attachments/finish",
                                          "/api/attachments/abandon",
                                          "/api/attachments/00000000-0000-0000-0000-000000000001/want"};
    char cookie[HF_APP_COOKIE_BYTES + 16], form[HF_APP_TOKEN_TEXT_BYTES + 24];
    (void)snprintf(cookie, sizeof cookie, "Cookie: %s", desk->cookie);
    (void)snprintf(form, sizeof form, "X-Holdfast-Form: %s", desk->form_token);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        assert_int_equal(desk_ask(desk, "POST", targets[i], "{}", "Host: " HOST, "Origin: " ORIGIN,
                                  "Content-Type: application/json", cookie, NULL),
                         403);
        assert_int_equal(desk_ask(desk, "POST", targets[i], "{}", "Host: " HOST, "Origin: http://evil.example",
                                  "Content-Type: application/json", cookie, form, NULL),
                         403);
        assert_int_equal(desk_ask(desk, "POST", targets[i], "{}", "Host: " HOST, "Origin: " ORIGIN,
                                  "Content-Type: application/json", form, NULL),
                         401);
    }
    assert_int_equal(desk_ask(desk, "GET", "/api/attachments", "", "Host: " HOST, NULL), 401);
}

static void what_is_not_there__is_said(void **state)
{
    struct room *room = *state;
    struct desk *desk = room->desk;
    char target[TARGET_BYTES];
    assert_int_equal(desk_get(desk, "/api/attachments"), 400);
    (void)snprintf(target, sizeof target, "/api/attachments/%s/piece", room->meeting_text);
    assert_int_equal(desk_get(desk, target), 404);
    (void)snprintf(target, sizeof target, "/api/attachments/%s/want", room->meeting_text);
    assert_int_equal(desk_post(desk, target, "{}"), 404);
    assert_int_equal(begin(room, 9), 200);
    assert_int_equal(send(room, 0, hf_slice_str("%PDF-1.4\n")), 200);
    assert_int_equal(end(room, "finish"), 200);
    char id[HOLDFAST_ID_TEXT_BYTES];
    (void)snprintf(id, sizeof id, "%s", desk_text(desk, "attachment"));
    static const char *const places[] = {"9", "-1", "1", "x", "0x0", "99999999999999999999999"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        (void)snprintf(target, sizeof target, "/api/attachments/%s/piece?from=%s", id, places[i]);
        assert_int_equal(desk_get(desk, target), 400);
    }
    (void)snprintf(target, sizeof target, "/api/attachments/%s/want", id);
    assert_int_equal(desk_post(desk, target, "{}"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_paper__goes_in_and_comes_out_in_pieces_as_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(a_page_in_html__is_told_as_json_and_with_no_type_of_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(a_piece_out_of_order__is_refused_and_the_upload_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(more_than_was_announced__and_less__are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_piece__has_its_own_limit_and_is_base64, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_too_large_or_empty__is_refused_before_anything_is_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(a_second_upload__waits_until_the_first_ends_or_stands_still, setup, teardown),
        cmocka_unit_test_setup_teardown(another_session__neither_writes_nor_ends_an_upload, setup, teardown),
        cmocka_unit_test_setup_teardown(a_session_that_gives_way__takes_its_upload_along, setup, teardown),
        cmocka_unit_test_setup_teardown(locking__gives_the_upload_up, setup, teardown),
        cmocka_unit_test_setup_teardown(without_the_pages_own_origin_and_form_token__nothing_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_there__is_said, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

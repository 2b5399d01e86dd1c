/* What it costs to hear that there is nothing new, through the real channel with every byte of both sides counted: a
 * line that stays costs a keep-alive, one made for the purpose its handshake, a HELLO and a WELCOME. */
#include "tests/server/support_client.h"

#include <string.h>

#define IDLE_BYTES_MOST  300 /* the goal for an idle poll */
#define KEEP_ALIVE_BYTES 44  /* as docs/sync.md says */
#define QUIET_LOG        400 /* entries: numbers of them take as many bytes as up to 65,535 */
#define CLOCK_MS         1800000000000

static void nothing_new__costs_few_bytes(void **state)
{
    (void)state;
    static struct synced synced;
    struct office *office = office_new();
    struct device worker = device_enrolled(office, "Wanda Worker", HF_ROLE_WORKER);
    const struct hf_class_key key = device_opens_case(&worker);
    const struct caller caller = caller_device(&worker);
    struct client client;
    memset(&synced, 0, sizeof synced);
    synced.device = &worker;
    while (office_size(office) < QUIET_LOG) {
        struct hf_id record = new_id();
        (void)device_saves(&worker, &key, &record, "Casey", NULL);
    }
    synced.unsent_seq = worker.seq;
    synced.clock_ms = CLOCK_MS;
    synced.known = office->office.keys_mark;
    client_open_link(&client, office, &caller);
    assert_int_equal(client_sync(&client, &synced), HF_OK);
    client_free(&client);
    assert_int_equal(synced.cursor, office_size(office));

    office->office.attach_mark = UINT32_MAX; /* as long as it gets */
    client_open_link(&client, office, &caller);
    const uint64_t handshake = client.moved;
    assert_int_equal(client_sync(&client, &synced), HF_OK);
    print_message("nothing new: %llu bytes, %llu of them the handshake\n", (unsigned long long)client.moved,
                  (unsigned long long)handshake);
    assert_in_range(client.moved, handshake + 1, IDLE_BYTES_MOST - 1);
    for (int i = 0; i < 3; i++) {
        const uint64_t before = client.moved;
        client_ping(&client);
        assert_int_equal(client.moved - before, KEEP_ALIVE_BYTES);
    }
    client_free(&client);
    office_free(office);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_new__costs_few_bytes)};
    return cmocka_run_group_tests_name("server/idle", tests, NULL, NULL);
}

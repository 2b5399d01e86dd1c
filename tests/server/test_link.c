/* A connection without its network: channel, session and office joined, with virtual time. */
#include "tests/server/support_client.h"

#include "server/admin.h"

#include <stdlib.h>
#include <string.h>

struct world {
    struct office *office;
    struct device worker;
    struct hf_class_key key;
};

static int setup(void **state)
{
    static struct world world;
    world.office = office_new();
    world.worker = device_enrolled(world.office, "Wanda Worker", HF_ROLE_WORKER);
    world.key = device_opens_case(&world.worker);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_free(world->office);
    return 0;
}

static void open_as(struct client *client, struct device *device)
{
    struct caller caller = caller_device(device);
    client_open_link(client, device->office, &caller);
}

static void enrol_over(struct client *client, struct device *device)
{
    struct hf_message enrol = {.type = HF_MSG_ENROL, .request = 1};
    memcpy(enrol.as.enrol.device, device->sign.public_key, sizeof enrol.as.enrol.device);
    hf_invitation_sign(&device->sign, hf_channel_handshake_hash(client->channel), enrol.as.enrol.signature);
    struct hf_message answer = client_ask(client, &enrol, HF_MSG_ENROLLED);
    device->person = answer.as.enrolled.person;
    device->incarnation = answer.as.enrolled.incarnation;
    assert_true(hf_slice_equal(answer.as.enrolled.person_name, hf_slice_str("Nia New")));
    assert_memory_equal(answer.as.enrolled.authority_key, device->office->authority.public_key, HF_SIGN_PUBLIC_BYTES);
    hf_message_clear(&answer);
}

/* --- all of it --- */

static void link__carries_an_enrolment_and_two_syncs(void **state)
{
    struct world *world = *state;
    struct hf_invitation invitation = office_invite(world->office, "Nia New", HF_ROLE_WORKER, &world->key.case_id, 1);
    struct device device = device_new(world->office);
    struct client client;
    struct caller caller = caller_invited(&device, &invitation);
    client_open_link(&client, world->office, &caller);
    enrol_over(&client, &device);
    hf_invitation_device_psk(invitation.token, hf_channel_handshake_hash(client.channel), device.psk);
    client_free(&client);

    static struct synced synced;
    memset(&synced, 0, sizeof synced);
    struct hf_id record = new_id(), base;
    synced.device = &device;
    synced.items[synced.item_count++] = device_edit(&device, &world->key, &record, CHILD_NAME, "Casey", NULL, 0);
    base = item_id(&synced.items[0]);
    synced.items[synced.item_count++] = device_edit(&device, &world->key, &record, CHILD_NAME, "Kasey", &base, 1);
    open_as(&client, &device);
    assert_int_equal(client_sync(&client, &synced), HF_OK);
    client_free(&client);
    assert_int_equal(synced.proved, 2);
    assert_int_equal(synced.held, 0);
    assert_int_equal(synced.checkpoint_size, office_size(world->office));
    assert_true(synced.fed > 0);
    assert_string_equal(office_text(world->office, &record, CHILD_NAME), "Kasey");

    (void)device_saves(&world->worker, &world->key, &record, "Kaycee", &base);
    size_t fed = synced.fed;
    open_as(&client, &device);
    assert_int_equal(client_sync(&client, &synced), HF_OK);
    client_free(&client);
    assert_int_equal(synced.fed, fed + 1);
    assert_int_equal(office_conflicts(world->office, &record), 1);
}

static void link__lets_a_revoked_device_hand_in_and_nothing_more(void **state)
{
    struct world *world = *state;
    static struct synced synced;
    memset(&synced, 0, sizeof synced);
    struct hf_id record = new_id();
    struct device other = device_with_case(world->office, "Olga Other", HF_ROLE_WORKER, &world->key.case_id);
    synced.device = &other;
    synced.items[synced.item_count++] = device_edit(&other, &world->key, &record, CHILD_NAME, "Casey", NULL, 0);
    assert_int_equal(
        hf_enrol_revoke(&world->office->office, other.sign.public_key, hf_slice_str("lost"), &world->office->err),
        HF_OK);
    struct client client;
    open_as(&client, &other);
    assert_int_equal(client_sync(&client, &synced), HF_OK);
    assert_int_equal(synced.mode, HF_MODE_HAND_IN);
    assert_int_equal(synced.held, 1);
    assert_int_equal(synced.proved, 1);
    assert_int_equal(synced.fed, 0);
    struct hf_message pull = {.type = HF_MSG_PULL, .request = 40};
    client_say(&client, &pull);
    client_hear_error(&client, HF_ERR_REVOKED);
    client_free(&client);
    assert_string_equal(office_text(world->office, &record, CHILD_NAME), "");
}

static uint64_t last_seen(struct office *office, const struct device *device)
{
    struct hf_device_row row;
    assert_int_equal(office->office.store->ops->device(office->office.store, device->sign.public_key, NULL, &row),
                     HF_OK);
    return row.last_seen_ms;
}

static void link__keeps_its_device_here_until_it_ends_and_then_notes_when(void **state)
{
    struct world *world = *state;
    struct client client, again;
    const struct hf_office *office = &world->office->office;
    const uint8_t *device = world->worker.sign.public_key;
    world->office->now_ms += 3600000; /* long after it was here last */
    open_as(&client, &world->worker);
    assert_false(hf_present_is_here(office, device)); /* whoever plays a first message back has said nothing yet */
    client_greet(&client, &world->worker);
    assert_true(hf_present_is_here(office, device));
    const uint8_t nobody[HF_SIGN_PUBLIC_BYTES] = {0};
    assert_false(hf_present_is_here(office, nobody));
    const uint64_t came = last_seen(world->office, &world->worker);
    open_as(&again, &world->worker);
    client_greet(&again, &world->worker);
    world->office->now_ms += 59000;
    hf_link_left(again.link);
    client_free(&again);
    assert_true(hf_present_is_here(office, device)); /* by its other line */
    assert_true(last_seen(world->office, &world->worker) == came);
    world->office->now_ms += 120000;
    hf_link_left(client.link);
    assert_false(hf_present_is_here(office, device));
    assert_true(last_seen(world->office, &world->worker) == world->office->now_ms);
    client_free(&client);
}

/* Nobody tells the link of the revocation: it looks by itself before the next request. */
static void link__takes_a_revocation_into_account_at_the_next_request(void **state)
{
    struct world *world = *state;
    struct client client;
    struct hf_id record = new_id();
    open_as(&client, &world->worker);
    client_greet(&client, &world->worker);
    assert_int_equal(hf_enrol_revoke(&world->office->office, world->worker.sign.public_key, hf_slice_str("lost"),
                                     &world->office->err),
                     HF_OK);
    struct hf_item item = device_edit(&world->worker, &world->key, &record, CHILD_NAME, "Casey", NULL, 0);
    struct hf_message push = {.type = HF_MSG_PUSH, .request = 5}, pull = {.type = HF_MSG_PULL, .request = 6};
    push.as.push.items = &item;
    push.as.push.count = 1;
    struct hf_message pushed = client_ask(&client, &push, HF_MSG_PUSHED);
    assert_int_equal(pushed.as.pushed.results[0].hold, HF_HOLD_REVOKED);
    hf_message_clear(&pushed);
    client_say(&client, &pull);
    client_hear_error(&client, HF_ERR_REVOKED);
    client_free(&client);
}

static void link__answers_a_refused_push_and_goes_on(void **state)
{
    struct world *world = *state;
    struct client client;
    struct hf_id record = new_id();
    struct hf_class_key stranger = new_class_key();
    open_as(&client, &world->worker);
    client_greet(&client, &world->worker);
    struct hf_item item = device_edit(&world->worker, &stranger, &record, CHILD_NAME, "Casey", NULL, 0);
    struct hf_message push = {.type = HF_MSG_PUSH, .request = 5};
    push.as.push.items = &item;
    push.as.push.count = 1;
    client_say(&client, &push);
    client_hear_error(&client, HF_ERR_INVALID);
    client_ping(&client);
    client_free(&client);
}

static void link__tells_news_to_those_who_may_read(void **state)
{
    struct world *world = *state;
    struct client client;
    open_as(&client, &world->worker);
    hf_link_news(client.link, 1000, client.now_ms); /* before the greeting: not yet */
    assert_false(client_hear(&client));
    client_greet(&client, &world->worker);
    hf_link_news(client.link, 1001, client.now_ms);
    assert_true(client_hear(&client));
    struct hf_message news;
    assert_int_equal(hf_message_decode(hf_buf_slice(&client.message), &news), HF_OK);
    assert_int_equal(news.type, HF_MSG_NEWS);
    assert_int_equal(news.as.news.log_size, 1001);
    hf_message_clear(&news);
    client_free(&client);
}

static struct hf_message pull_from(struct client *client, uint64_t cursor)
{
    struct hf_message pull = {.type = HF_MSG_PULL, .request = 50};
    pull.as.pull.cursor = cursor;
    return client_ask(client, &pull, HF_MSG_FEED);
}

static struct hf_message hear_news(struct world *world, struct client *client, enum hf_message_type expected)
{
    struct hf_message news;
    hf_link_news(client->link, office_size(world->office), client->now_ms);
    assert_true(client_hear(client));
    assert_int_equal(hf_message_decode(hf_buf_slice(&client->message), &news), HF_OK);
    assert_int_equal(news.type, expected);
    return news;
}

static void link__sends_the_entry_with_the_news_to_whoever_has_all_before_it(void **state)
{
    struct world *world = *state;
    struct device manager = device_enrolled(world->office, "Mia Manager", HF_ROLE_MANAGER);
    struct hf_id record = new_id();
    struct client client;
    open_as(&client, &manager);
    client_greet(&client, &manager);
    struct hf_message feed = pull_from(&client, 0);
    const uint64_t cursor = feed.as.feed.next_cursor;
    assert_int_equal(cursor, office_size(world->office));
    assert_true(feed.as.feed.key_count > 0);
    hf_message_clear(&feed);

    (void)device_saves(&world->worker, &world->key, &record, "Kaycee", NULL);
    struct hf_message live = hear_news(world, &client, HF_MSG_LIVE);
    assert_int_equal(live.as.feed.from, cursor);
    assert_int_equal(live.as.feed.next_cursor, cursor + 1);
    assert_int_equal(live.as.feed.item_count, 1);
    assert_int_equal(live.as.feed.items[0].index, cursor);
    assert_int_equal(live.as.feed.key_count, 0); /* it has the key */
    hf_message_clear(&live);

    /* What it did not take it asks for, and then it is given the key again. */
    feed = pull_from(&client, cursor);
    assert_int_equal(feed.as.feed.item_count, 1);
    assert_int_equal(feed.as.feed.key_count, 1);
    hf_message_clear(&feed);

    for (int i = 0; i < 17; i++) /* more than come with the news */
        (void)device_saves(&world->worker, &world->key, &record, "Kaycee", NULL);
    struct hf_message news = hear_news(world, &client, HF_MSG_NEWS);
    hf_message_clear(&news);
    client_free(&client);
}

/* Nobody is told an entry that they would not be given if they asked. */
static void link__sends_no_entry_to_whoever_may_not_read_it(void **state)
{
    struct world *world = *state;
    struct device other = device_enrolled(world->office, "Oli Other", HF_ROLE_WORKER);
    struct hf_id record = new_id();
    struct client client;
    open_as(&client, &other);
    client_greet(&client, &other);
    struct hf_message feed = pull_from(&client, 0);
    hf_message_clear(&feed);
    (void)device_saves(&world->worker, &world->key, &record, "Kaycee", NULL);
    struct hf_message live = hear_news(world, &client, HF_MSG_LIVE);
    assert_int_equal(live.as.feed.item_count, 0);
    assert_int_equal(live.as.feed.key_count, 0);
    hf_message_clear(&live);
    client_free(&client);
}

static void link__of_the_administrator_runs_commands_and_nothing_else(void **state)
{
    struct world *world = *state;
    struct hf_office *office = &world->office->office;
    struct device someone = device_new(world->office);
    struct client client;
    office->has_admin_key = true;
    hf_random(office->admin_key, sizeof office->admin_key);
    struct caller caller = {.key = &someone.channel, .enrolment_id = hf_office_admin_id(), .psk = office->admin_key};
    struct hf_slice args[2] = {hf_slice_str("status"), hf_slice_str("--json")};
    struct hf_message admin = {.type = HF_MSG_ADMIN, .request = 1}, pull = {.type = HF_MSG_PULL, .request = 3};
    admin.as.admin.args = args;
    admin.as.admin.count = 2;
    client_open_link(&client, world->office, &caller);
    struct hf_message done = client_ask(&client, &admin, HF_MSG_ADMIN_DONE);
    assert_int_equal(done.as.admin_done.exit_code, 0);
    assert_true(done.as.admin_done.output.len > 20);
    assert_int_equal(done.as.admin_done.errors.len, 0);
    hf_message_clear(&done);
    args[0] = hf_slice_str("frobnicate");
    admin.request = 2;
    done = client_ask(&client, &admin, HF_MSG_ADMIN_DONE);
    assert_int_equal(done.as.admin_done.exit_code, 2);
    assert_true(done.as.admin_done.errors.len > 0);
    hf_message_clear(&done);
    client_say(&client, &pull);
    client_hear_error(&client, HF_ERR_DENIED);
    assert_true(client_link_closed(&client));
    client_free(&client);
}

/* --- turns --- */

/* Puts requests into the channel without letting the office see them yet. */
static void queue(struct client *client, const struct hf_message *request, size_t count)
{
    struct hf_message message = *request;
    for (size_t i = 0; i < count; i++) {
        struct hf_buf bytes = {0};
        message.request = (uint32_t)(100 + i);
        assert_int_equal(hf_message_encode(&message, &bytes), HF_OK);
        assert_int_equal(hf_channel_send(client->channel, hf_buf_slice(&bytes)), HF_OK);
        hf_buf_clear(&bytes);
    }
}

static void take_all(struct client *client)
{
    const struct hf_slice out = hf_channel_output(client->channel);
    hf_link_take(client->link, out, client->now_ms);
    hf_channel_output_taken(client->channel, out.len);
}

static size_t answers(struct client *client)
{
    size_t count = 0;
    while (client_hear(client))
        count++;
    return count;
}

/* However much one connection asks at once, the next has its answer after one request of each that came before. */
static void link__answers_one_request_in_a_turn(void **state)
{
    struct world *world = *state;
    struct client greedy, light;
    struct device manager = device_enrolled(world->office, "Mo Manager", HF_ROLE_MANAGER);
    const struct hf_message ping = {.type = HF_MSG_PING};
    open_as(&greedy, &world->worker);
    client_greet(&greedy, &world->worker);
    open_as(&light, &manager);
    client_greet(&light, &manager);
    queue(&greedy, &ping, 200);
    queue(&light, &ping, 1);
    take_all(&greedy);
    take_all(&light);
    assert_true(hf_link_waiting(greedy.link));
    assert_true(hf_link_waiting_bytes(greedy.link) > 0 && hf_link_waiting_bytes(greedy.link) < 10);
    assert_int_equal(answers(&greedy), 0);
    assert_true(hf_link_work(light.link, light.now_ms));
    assert_int_equal(answers(&light), 1);
    assert_false(hf_link_waiting(light.link));
    for (size_t i = 0; i < 200; i++) {
        assert_true(hf_link_work(greedy.link, greedy.now_ms));
        assert_int_equal(answers(&greedy), 1);
    }
    assert_false(hf_link_waiting(greedy.link));
    assert_false(hf_link_work(greedy.link, greedy.now_ms));
    client_free(&greedy);
    client_free(&light);
}

/* Who asks for much and reads nothing waits, costs a bounded amount of memory and is not cut off. */
static void link__answers_no_more_while_its_answers_are_not_taken(void **state)
{
    struct world *world = *state;
    struct client client;
    struct hf_id record = new_id();
    static char text[19001];
    struct device manager = device_enrolled(world->office, "Mo Manager", HF_ROLE_MANAGER);
    uint64_t seed = test_seed();
    for (size_t i = 0; i < 8; i++) {
        for (size_t at = 0; at + 1 < sizeof text; at++)
            text[at] = (char)('0' + next_random(&seed) % 64);
        (void)device_push_one(&world->worker, device_edit(&world->worker, &world->key, &record, 8, text, NULL, 0));
    }
    open_as(&client, &manager);
    client_greet(&client, &manager);
    const struct hf_message pull = {.type = HF_MSG_PULL};
    const size_t count = 60;
    size_t answered = 0, heard = 0;
    queue(&client, &pull, count);
    take_all(&client);
    while (hf_link_work(client.link, client.now_ms))
        answered++;
    assert_true(answered > 1 && answered < count);
    assert_true(hf_link_waiting(client.link));
    assert_true(hf_link_output(client.link).len >= HF_LINK_OUTPUT_FULL_BYTES);
    assert_true(hf_link_output(client.link).len < HF_LINK_OUTPUT_FULL_BYTES + HF_LIMIT_MESSAGE_BYTES);
    while (heard < count) { /* the peer reads again */
        heard += answers(&client);
        while (hf_link_work(client.link, client.now_ms))
            answered++;
    }
    assert_int_equal(answered, count);
    assert_false(client_link_closed(&client));
    client_free(&client);
}

/* --- strangers --- */

static void link__with_a_wrong_psk_ends_before_anything_is_said(void **state)
{
    struct world *world = *state;
    world->worker.psk[0] ^= 1;
    struct caller caller = caller_device(&world->worker);
    struct hf_channel *channel = client_channel(world->office, &caller);
    struct hf_link *link = NULL;
    assert_int_equal(hf_link_new(&world->office->office, CLIENT_START_MS, &link), HF_OK);
    hf_link_feed(link, hf_channel_output(channel), CLIENT_START_MS);
    assert_int_not_equal(hf_channel_feed(channel, hf_link_output(link)), HF_OK); /* the client notices */
    uint8_t frame[40] = {0, 38};
    hf_link_feed(link, hf_slice_of(frame, sizeof frame), CLIENT_START_MS); /* and what it could say is not heard */
    assert_true(hf_link_closing(link, NULL));
    hf_link_free(link);
    hf_channel_free(channel);
}

static void link__with_an_unknown_key_is_closed_without_a_word(void **state)
{
    struct world *world = *state;
    struct device stranger = device_new(world->office);
    struct caller caller = caller_device(&stranger);
    struct hf_channel *channel = client_channel(world->office, &caller);
    struct hf_link *link = NULL;
    const char *text = NULL;
    assert_int_equal(hf_link_new(&world->office->office, CLIENT_START_MS, &link), HF_OK);
    hf_link_feed(link, hf_channel_output(channel), CLIENT_START_MS);
    assert_true(hf_link_closing(link, &text));
    assert_string_equal(text, "a stranger");
    assert_int_equal(hf_link_output(link).len, 0);
    assert_false(hf_link_open(link));
    hf_link_free(link);
    hf_channel_free(channel);
}

static void link__survives_garbage(void **state)
{
    struct world *world = *state;
    uint64_t seed = test_seed();
    for (int round = 0; round < 500; round++) {
        struct hf_link *link = NULL;
        uint8_t bytes[400];
        size_t len = next_random(&seed) % sizeof bytes;
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)next_random(&seed);
        if (round % 2 && len >= 4)
            memcpy(bytes, "HFS1", 4);
        assert_int_equal(hf_link_new(&world->office->office, CLIENT_START_MS, &link), HF_OK);
        hf_link_feed(link, hf_slice_of(bytes, len), CLIENT_START_MS);
        assert_false(hf_link_open(link));
        if (len >= HF_CHANNEL_HELLO_BYTES)
            assert_true(hf_link_closing(link, NULL));
        assert_int_equal(hf_link_output(link).len, 0);
        hf_link_free(link);
    }
}

/* A whole greeting cut after every byte: nothing is answered too early, nothing breaks. */
static void link__cut_at_every_byte_waits_for_the_rest(void **state)
{
    struct world *world = *state;
    struct caller caller = caller_device(&world->worker);
    for (size_t cut = 0; cut < 400; cut++) {
        struct hf_channel *channel = client_channel(world->office, &caller);
        struct hf_link *link = NULL;
        struct hf_buf sent = {0};
        struct hf_message hello = hello_of(&world->worker);
        struct hf_buf bytes = {0};
        assert_int_equal(hf_link_new(&world->office->office, CLIENT_START_MS, &link), HF_OK);
        hf_buf_append_slice(&sent, hf_channel_output(channel));
        size_t first = cut < sent.len ? cut : sent.len;
        hf_link_feed(link, hf_slice_of(sent.data, first), CLIENT_START_MS);
        assert_int_equal(hf_link_open(link), first == HF_CHANNEL_HELLO_BYTES);
        if (first == HF_CHANNEL_HELLO_BYTES) {
            assert_int_equal(hf_channel_feed(channel, hf_link_output(link)), HF_OK);
            hf_link_output_taken(link, hf_link_output(link).len);
            hf_channel_output_taken(channel, sent.len);
            assert_int_equal(hf_message_encode(&hello, &bytes), HF_OK);
            assert_int_equal(hf_channel_send(channel, hf_buf_slice(&bytes)), HF_OK);
            struct hf_slice frame = hf_channel_output(channel);
            size_t second = cut - first < frame.len ? cut - first : frame.len;
            for (size_t i = 0; i < second; i++)
                hf_link_feed(link, hf_slice_of(frame.data + i, 1), CLIENT_START_MS);
            assert_int_equal(hf_link_output(link).len > 0, second == frame.len);
        }
        assert_false(hf_link_closing(link, NULL));
        hf_buf_clear(&sent);
        hf_buf_clear(&bytes);
        hf_link_free(link);
        hf_channel_free(channel);
    }
}

static void link__ends_at_a_frame_that_is_not_authentic(void **state)
{
    struct world *world = *state;
    struct client client;
    uint8_t frame[2 + 200] = {0, 200};
    open_as(&client, &world->worker);
    client_greet(&client, &world->worker);
    hf_link_feed(client.link, hf_slice_of(frame, sizeof frame), client.now_ms);
    assert_true(client_link_closed(&client));
    client_free(&client);
}

static void link__ends_at_messages_that_are_none(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *bytes;
        size_t len;
    } bombs[] = {
        {"\xdd\xff\xff\xff\xff", 5},
        {"\x93\x03\x01\xdd\xff\xff\xff\xff", 8},
        {"\x93\x03\x01\xdb\xff\xff\xff\xff", 8},
        {"\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91", 16},
        {"", 0},
        {"\xc1", 1},
        {"\x92\x0f\x01\x00", 4},
        {"\xdf\xff\xff\xff\xff", 5},
        {"\x93\x0d\x01\xdc\xff\xff", 6},
    };
    for (size_t i = 0; i < sizeof bombs / sizeof bombs[0]; i++) {
        struct client client;
        open_as(&client, &world->worker);
        client_greet(&client, &world->worker);
        client_say_bytes(&client, hf_slice_of(bombs[i].bytes, bombs[i].len));
        assert_true(client_link_closed(&client));
        client_free(&client);
    }
}

static void link__ends_at_a_message_that_is_too_long(void **state)
{
    struct world *world = *state;
    struct client client;
    uint8_t *bytes = calloc(1, HF_CHANNEL_MESSAGE_BYTES_MAX);
    assert_non_null(bytes);
    open_as(&client, &world->worker);
    client_greet(&client, &world->worker);
    client_say_bytes(&client, hf_slice_of(bytes, HF_CHANNEL_MESSAGE_BYTES_MAX)); /* zeros: no message */
    assert_true(client_link_closed(&client));
    client_free(&client);
    free(bytes);
}

/* --- time --- */

static void pass(struct client *client, uint64_t ms)
{
    client->now_ms += ms;
    hf_link_tick(client->link, client->now_ms);
}

static void link__gives_a_stranger_five_seconds(void **state)
{
    struct world *world = *state;
    struct hf_link *link = NULL;
    assert_int_equal(hf_link_new(&world->office->office, 1000, &link), HF_OK);
    assert_int_equal(hf_link_wake_ms(link), 1000 + HF_LIMIT_HANDSHAKE_MS);
    hf_link_feed(link, hf_slice_str("HFS1"), 3000); /* a few bytes do not lengthen it */
    hf_link_tick(link, 1000 + HF_LIMIT_HANDSHAKE_MS - 1);
    assert_false(hf_link_closing(link, NULL));
    assert_int_equal(hf_link_wake_ms(link), 1000 + HF_LIMIT_HANDSHAKE_MS);
    hf_link_tick(link, 1000 + HF_LIMIT_HANDSHAKE_MS);
    assert_true(hf_link_closing(link, NULL));
    hf_link_free(link);
}

static void link__gives_a_replayed_hello_five_seconds(void **state)
{
    struct world *world = *state;
    struct client client;
    open_as(&client, &world->worker);
    hf_link_feed(client.link, hf_slice_str("\x01"), client.now_ms + 3000); /* half a frame does not lengthen it */
    pass(&client, HF_LIMIT_FIRST_FRAME_MS - 1);
    assert_false(client_link_closed(&client));
    pass(&client, 1);
    assert_true(client_link_closed(&client));
    client_free(&client);
}

static void link__ends_when_nothing_is_heard_for_long(void **state)
{
    struct world *world = *state;
    struct client client;
    open_as(&client, &world->worker);
    client_greet(&client, &world->worker);
    for (int i = 0; i < 10; i++) { /* kept alive */
        pass(&client, HF_LIMIT_KEEP_ALIVE_MS);
        client_ping(&client);
    }
    pass(&client, HF_LIMIT_IDLE_MS - 1);
    assert_false(client_link_closed(&client));
    pass(&client, 1);
    assert_true(client_link_closed(&client));
    client_free(&client);
}

/* A long message over a slow line takes longer than the time for silence. */
static void link__waits_for_a_slow_line_that_moves(void **state)
{
    struct world *world = *state;
    struct client client;
    struct hf_id record = new_id();
    open_as(&client, &world->worker);
    client_greet(&client, &world->worker);
    static struct hf_item items[8];
    static char text[19001];
    memset(text, 'x', 19000);
    for (size_t i = 0; i < 8; i++)
        items[i] = device_edit(&world->worker, &world->key, &record, 8, text, NULL, 0);
    struct hf_message push = {.type = HF_MSG_PUSH, .request = 5};
    push.as.push.items = items;
    push.as.push.count = 8;
    struct hf_buf bytes = {0};
    assert_int_equal(hf_message_encode(&push, &bytes), HF_OK);
    assert_int_equal(hf_channel_send(client.channel, hf_buf_slice(&bytes)), HF_OK);
    while (hf_channel_output(client.channel).len > 0) {
        struct hf_slice out = hf_channel_output(client.channel);
        size_t len = out.len < 10000 ? out.len : 10000;
        pass(&client, HF_LIMIT_KEEP_ALIVE_MS);
        hf_link_feed(client.link, hf_slice_of(out.data, len), client.now_ms);
        hf_channel_output_taken(client.channel, len);
    }
    assert_false(client_link_closed(&client));
    assert_true(client_hear(&client));
    /* The same when the office's answer is taken slowly. */
    for (int i = 0; i < 5; i++) {
        client.now_ms += HF_LIMIT_KEEP_ALIVE_MS;
        hf_link_moving(client.link, client.now_ms);
        pass(&client, HF_LIMIT_KEEP_ALIVE_MS);
    }
    assert_false(client_link_closed(&client));
    hf_buf_clear(&bytes);
    client_free(&client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(link__carries_an_enrolment_and_two_syncs),
        TEST(link__lets_a_revoked_device_hand_in_and_nothing_more),
        TEST(link__keeps_its_device_here_until_it_ends_and_then_notes_when),
        TEST(link__takes_a_revocation_into_account_at_the_next_request),
        TEST(link__answers_a_refused_push_and_goes_on),
        TEST(link__tells_news_to_those_who_may_read),
        TEST(link__sends_the_entry_with_the_news_to_whoever_has_all_before_it),
        TEST(link__sends_no_entry_to_whoever_may_not_read_it),
        TEST(link__of_the_administrator_runs_commands_and_nothing_else),
        TEST(link__answers_one_request_in_a_turn),
        TEST(link__answers_no_more_while_its_answers_are_not_taken),
        TEST(link__with_a_wrong_psk_ends_before_anything_is_said),
        TEST(link__with_an_unknown_key_is_closed_without_a_word),
        TEST(link__survives_garbage),
        TEST(link__cut_at_every_byte_waits_for_the_rest),
        TEST(link__ends_at_a_frame_that_is_not_authentic),
        TEST(link__ends_at_messages_that_are_none),
        TEST(link__ends_at_a_message_that_is_too_long),
        TEST(link__gives_a_stranger_five_seconds),
        TEST(link__gives_a_replayed_hello_five_seconds),
        TEST(link__ends_when_nothing_is_heard_for_long),
        TEST(link__waits_for_a_slow_line_that_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

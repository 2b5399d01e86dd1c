/* The office's door on loopback: plain sockets, one thread per connection. */
#include "tests/client/support_office.h"

#include "protocol/channel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct office_connection {
    struct office *office;
    int socket;
    pthread_t thread;
    struct hf_channel *channel;
    struct office_peer *peer;
    bool drip;
};

static bool write_all(const struct office_connection *connection, struct hf_slice bytes)
{
    while (bytes.len > 0) {
        const size_t piece = connection->drip ? 1 : bytes.len;
        const ssize_t written = send(connection->socket, bytes.data, piece, MSG_NOSIGNAL);
        if (written <= 0)
            return false;
        bytes = hf_slice_of(bytes.data + written, bytes.len - (size_t)written);
    }
    return true;
}

static bool write_output(struct office_connection *connection)
{
    struct hf_slice output = hf_channel_output(connection->channel);
    bool written = write_all(connection, output);
    hf_channel_output_taken(connection->channel, output.len);
    return written;
}

static void send_sealed(void *ctx, struct hf_slice message)
{
    struct office_connection *connection = ctx;
    assert_int_equal(hf_channel_send(connection->channel, message), HF_OK);
}

/* Finds the key of who is there; false: a stranger. */
static bool greet(struct office_connection *connection, struct hf_peer *out_peer, uint8_t out_psk[HF_KEY_BYTES])
{
    struct office *office = connection->office;
    const struct hf_id *enrolment = hf_channel_enrolment_id(connection->channel);
    const uint8_t *remote = hf_channel_remote_key(connection->channel);
    if (!hf_id_is_zero(enrolment)) {
        *out_peer = (struct hf_peer){.kind = HF_PEER_INVITED, .invitation = *enrolment};
        memcpy(out_peer->channel_key, remote, sizeof out_peer->channel_key);
        memcpy(out_psk, office->invitation.token, HF_KEY_BYTES);
        return hf_id_equal(enrolment, &office->invitation.id);
    }
    for (size_t i = 0; i < office->device_count; i++) {
        const struct office_device *device = &office->devices[i];
        if (memcmp(device->identity.channel.public_key, remote, HF_DH_BYTES) != 0)
            continue;
        *out_peer = office_peer_of(device);
        memcpy(out_psk, device->psk, HF_KEY_BYTES);
        return true;
    }
    return false;
}

static bool give_psk(struct office_connection *connection)
{
    struct hf_peer peer;
    uint8_t psk[HF_KEY_BYTES];
    if (!greet(connection, &peer, psk) || hf_channel_give_psk(connection->channel, psk) != HF_OK)
        return false;
    memcpy(peer.handshake_hash, hf_channel_handshake_hash(connection->channel), sizeof peer.handshake_hash);
    connection->peer = office_peer_new(connection->office, &peer);
    return true;
}

static bool take_bytes(struct office_connection *connection, struct hf_slice bytes)
{
    struct hf_buf message = {0};
    bool open = hf_channel_feed(connection->channel, bytes) == HF_OK;
    if (open && hf_channel_state(connection->channel) == HF_CHANNEL_WANTS_PSK)
        open = give_psk(connection);
    while (open && hf_channel_next(connection->channel, &message))
        open = office_peer_take(connection->peer, hf_buf_slice(&message), send_sealed, connection);
    hf_buf_clear(&message);
    return open;
}

static void *serve(void *ctx)
{
    struct office_connection *connection = ctx;
    struct office *office = connection->office;
    uint8_t bytes[4096];
    ssize_t got = 0;
    bool open = true;
    while (open && (got = recv(connection->socket, bytes, sizeof bytes, 0)) > 0) {
        (void)pthread_mutex_lock(&office->lock);
        connection->drip = office->faults.drip;
        open = take_bytes(connection, hf_slice_of(bytes, (size_t)got));
        (void)pthread_mutex_unlock(&office->lock);
        if (!write_output(connection))
            open = false;
    }
    (void)shutdown(connection->socket, SHUT_RDWR);
    return NULL;
}

static void accept_one(struct office *office, int socket)
{
    uint8_t seed[HF_DH_BYTES];
    struct hf_dh_key ephemeral;
    struct office_connection *connection = calloc(1, sizeof *connection);
    assert_non_null(connection);
    connection->office = office;
    connection->socket = socket;
    hf_random(seed, sizeof seed);
    hf_dh_key_from_seed(seed, &ephemeral);
    assert_int_equal(hf_channel_server_new(hf_slice_str(office->server->origin), &office->server->channel, &ephemeral,
                                           0, &connection->channel),
                     HF_OK);
    (void)pthread_mutex_lock(&office->lock);
    assert_true(office->connection_count < OFFICE_CONNECTIONS_MAX);
    office->connections[office->connection_count++] = connection;
    office->connections_ever++;
    assert_int_equal(pthread_create(&connection->thread, NULL, serve, connection), 0);
    (void)pthread_mutex_unlock(&office->lock);
}

static void *accept_all(void *ctx)
{
    struct office *office = ctx;
    int socket;
    while ((socket = accept(office->listener, NULL, NULL)) >= 0)
        accept_one(office, socket);
    return NULL;
}

void office_listen(struct office *office)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    office->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(office->listener >= 0);
    /* Little room and small segments, so that writes of the devices are cut; connections inherit both. */
    const int room = 4096;
    const int segment = 536;
    assert_int_equal(setsockopt(office->listener, SOL_SOCKET, SO_RCVBUF, &room, sizeof room), 0);
    assert_int_equal(setsockopt(office->listener, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment), 0);
    assert_int_equal(bind(office->listener, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(office->listener, 16), 0);
    assert_int_equal(getsockname(office->listener, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(office->address, sizeof office->address, "tcp://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
    assert_int_equal(pthread_create(&office->acceptor, NULL, accept_all, office), 0);
}

static void end_connection(struct office_connection *connection)
{
    (void)pthread_join(connection->thread, NULL);
    (void)close(connection->socket);
    hf_channel_free(connection->channel);
    if (connection->peer)
        office_peer_free(connection->peer);
    free(connection);
}

static struct office_connection *last_connection(struct office *office)
{
    struct office_connection *last = NULL;
    (void)pthread_mutex_lock(&office->lock);
    if (office->connection_count > 0)
        last = office->connections[--office->connection_count];
    (void)pthread_mutex_unlock(&office->lock);
    return last;
}

struct office *office_at_rest(struct office *office)
{
    struct office_connection *connection;
    while ((connection = last_connection(office)) != NULL)
        end_connection(connection);
    return office;
}

void office_stop(struct office *office)
{
    struct office_connection *connection;
    if (office->listener < 0)
        return;
    (void)shutdown(office->listener, SHUT_RDWR);
    (void)pthread_join(office->acceptor, NULL);
    (void)close(office->listener);
    office->listener = -1;
    while ((connection = last_connection(office)) != NULL) {
        (void)shutdown(connection->socket, SHUT_RDWR);
        end_connection(connection);
    }
}

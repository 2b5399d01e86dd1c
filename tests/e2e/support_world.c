#include "tests/e2e/support_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#define PATHS 6

extern char **environ;

const char *world_path(const struct world *world, const char *name)
{
    static char paths[PATHS][2 * WORLD_PATH_BYTES];
    static size_t next;
    char *path = paths[next++ % PATHS];
    (void)snprintf(path, sizeof paths[0], "%s/%s", world->folder, name);
    return path;
}

/* --- programs --- */

static void find_program(const char *name, char *out, size_t size)
{
    const char *folder = getenv("HOLDFAST_PROGRAMS");
    if (name[0] == '/') {
        (void)snprintf(out, size, "%s", name);
        return;
    }
    if (!folder)
        fail_msg("HOLDFAST_PROGRAMS must name the folder with the programs, as ctest does");
    (void)snprintf(out, size, "%s/%s", folder, name);
}

pid_t world_start(struct world *world, const char *const *words, int *out_output)
{
    char path[2 * WORLD_PATH_BYTES];
    char *argv[64];
    size_t count = 0;
    int ends[2];
    pid_t child = 0;
    posix_spawn_file_actions_t actions;
    (void)world;
    find_program(words[0], path, sizeof path);
    for (; words[count] && count < 63; count++)
        argv[count] = (char *)(uintptr_t)words[count]; /* posix_spawn does not write there */
    argv[count] = NULL;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFD, FD_CLOEXEC), 0);
    assert_int_equal(fcntl(ends[1], F_SETFD, FD_CLOEXEC), 0);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    int error = posix_spawn(&child, path, &actions, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(ends[1]);
    if (error != 0)
        fail_msg("%s could not be started: %s", path, strerror(error));
    *out_output = ends[0];
    return child;
}

int world_wait(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int world_run(struct world *world, const char *const *words)
{
    int output;
    size_t len = 0;
    char piece[4096];
    ssize_t got;
    pid_t child = world_start(world, words, &output);
    while ((got = read(output, piece, sizeof piece)) > 0) {
        size_t room = sizeof world->output - 1 - len;
        size_t taken = (size_t)got < room ? (size_t)got : room;
        memcpy(world->output + len, piece, taken);
        len += taken;
    }
    world->output[len] = '\0';
    (void)close(output);
    return world_wait(child);
}

uint64_t world_number(const struct world *world, const char *key)
{
    char quoted[64];
    (void)snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *at = strstr(world->output, quoted);
    if (!at)
        fail_msg("no %s in: %s", quoted, world->output);
    return strtoull(at + strlen(quoted), NULL, 10);
}

/* --- the server --- */

void world_serve(struct world *world)
{
    char address[64];
    (void)snprintf(address, sizeof address, "tcp://127.0.0.1:%d", world->held ? world->server_port : 0);
    world_serve_at(world, address);
}

/* Both sockets have SO_REUSEADDR, and one of them listens: Linux lets them share the port. It picks no port that is
 * bound for a socket without a number of its own, neither to listen nor to dial from. */
void world_hold_port(struct world *world)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    const int on = 1;
    world->held = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(world->held > 0);
    assert_int_equal(fcntl(world->held, F_SETFD, FD_CLOEXEC), 0);
    assert_int_equal(setsockopt(world->held, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
    assert_int_equal(bind(world->held, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(world->held, (struct sockaddr *)&address, &len), 0);
    world->server_port = ntohs(address.sin_port);
}

void world_serve_at(struct world *world, const char *address)
{
    int output;
    char line[512];
    size_t len = 0;
    const char *const words[] = {"holdfastd", "serve", "--data", world_path(world, "office"),
                                 "--listen",  address, NULL};
    world->server = world_start(world, words, &output);
    /* Its journal comes by the same pipe, which must stay open; what it says after the first line nobody reads, and it
     * says less than a pipe holds. */
    for (;;) {
        if (len + 1 >= sizeof line || read(output, line + len, 1) != 1) {
            line[len] = '\0';
            fail_msg("the server did not start: %s", line);
        }
        if (line[len++] != '\n')
            continue;
        line[len] = '\0';
        const char *at = strstr(line, "listens on tcp://127.0.0.1:");
        if (at) {
            world->server_port = (int)strtol(at + strlen("listens on tcp://127.0.0.1:"), NULL, 10);
            break;
        }
        len = 0;
    }
    world->server_output = output;
}

int world_stop(struct world *world, int signal_number)
{
    assert_true(world->server > 0);
    assert_int_equal(kill(world->server, signal_number), 0);
    return world_reap(world);
}

int world_reap(struct world *world)
{
    int code = world_wait(world->server);
    (void)close(world->server_output);
    world->server = 0;
    return code;
}

const char *world_invite(struct world *world, const char *person, const char *role)
{
    char address[64];
    (void)snprintf(address, sizeof address, "tcp://127.0.0.1:%d",
                   world->proxy_port ? world->proxy_port : world->server_port);
    if (WORLD_RUN(world, "holdfastd", "invite", "--data", world_path(world, "office"), "--person", person, "--role",
                  role, "--address", address) != 0)
        fail_msg("no invitation: %s", world->output);
    (void)snprintf(world->invitation, sizeof world->invitation, "%.*s", (int)strcspn(world->output, "\n"),
                   world->output);
    return world->invitation;
}

/* --- folders --- */

void world_copy(struct world *world, const char *from, const char *to)
{
    assert_int_equal(WORLD_RUN(world, "/bin/rm", "-rf", world_path(world, to)), 0);
    assert_int_equal(WORLD_RUN(world, "/bin/cp", "-Rp", world_path(world, from), world_path(world, to)), 0);
}

static void write_passphrase(const struct world *world)
{
    const char *path = world_path(world, "passphrase");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(WORLD_PASSPHRASE "\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(setenv("HOLDFAST_PASSPHRASE_FILE", path, 1), 0);
}

void world_begin(struct world *world, int proxy_port)
{
    /* In memory where there is such a folder: what a killed program has written stays there as it does on a disk. */
    const char *tmp = getenv("TMPDIR");
    if (!tmp)
        tmp = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
    memset(world, 0, sizeof *world);
    world->proxy_port = proxy_port;
    (void)snprintf(world->folder, sizeof world->folder, "%s/holdfast-e2e-XXXXXX", tmp);
    assert_non_null(mkdtemp(world->folder));
    write_passphrase(world);
    if (WORLD_RUN(world, "holdfastd", "init", "--data", world_path(world, "office"), "--authority",
                  "Northshire Council (invented)", "--origin", "northshire.example/holdfast") != 0)
        fail_msg("no office: %s", world->output);
}

void world_end(struct world *world)
{
    if (world->server)
        (void)world_stop(world, SIGKILL);
    if (world->held)
        (void)close(world->held);
    assert_int_equal(WORLD_RUN(world, "/bin/rm", "-rf", world->folder), 0);
}

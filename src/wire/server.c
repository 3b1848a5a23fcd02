/* The accept loop and the life of the server. */
#include "wire/server.h"

#include "wire/client.h"
#include "wire/listener.h"
#include "wire/session.h"
#include "wire/tls.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/banned.h"

enum {
    SESSION_LIMIT = 100,
    SESSION_LIMIT_MOST = 10000,
    STARTUP_SECONDS = 15,
    STATEMENT_MEMORY = 64 * 1024 * 1024,
    HANDSHAKE_LIMIT = 64,          /* connections beside the sessions that have not authenticated */
    STACK_BYTES = 8 * 1024 * 1024, /* of address space: pages are taken as they are touched */
    EXHAUSTED_MILLISECONDS = 200
};

struct weir_server {
    struct weir_service service;
    int listener, port;
    int left_file; /* readable when a thread has left its seat */
    pthread_t thread;
    bool is_started;
};

struct session_start {
    struct weir_server *server;
    struct weir_seat *seat;
    int socket;
};

static void signal_file(int file) {
    uint64_t one = 1;
    /* It can only fail when the count is full, and then the file is readable already. */
    if (write(file, &one, sizeof one) < 0)
        return;
}

static void *run_session(void *argument) {
    struct session_start start = *(struct session_start *)argument;
    free(argument);
    weir_session_serve(&start.server->service, start.seat, start.socket);
    /* OpenSSL's state of this thread would otherwise go when the thread's memory is already
     * counted. */
    OPENSSL_thread_stop();
    int left_file = start.server->left_file;
    weir_seat_leave(start.seat);
    signal_file(left_file);
    return NULL;
}

static weir_status start_session(struct weir_server *server, const pthread_attr_t *attributes,
                                 int socket, struct weir_error *error) {
    struct session_start *start = malloc(sizeof *start);
    struct weir_seat *seat = start == NULL ? NULL : weir_registry_take(server->service.registry);
    if (seat == NULL) {
        free(start);
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53300", "no seat is free");
    }
    *start = (struct session_start){server, seat, socket};
    weir_status status = weir_seat_start(seat, attributes, run_session, start, error);
    if (!status.ok)
        free(start);
    return status;
}

static void accept_client(struct weir_server *server, const pthread_attr_t *attributes) {
    struct weir_error error = {0};
    int socket;
    switch (weir_listener_accept(server->listener, &socket)) {
    case WEIR_ACCEPT_NONE:
        return;
    case WEIR_ACCEPT_EXHAUSTED:
        /* The client waits in the backlog until a session gives its file back. */
        (void)poll(NULL, 0, EXHAUSTED_MILLISECONDS);
        return;
    case WEIR_ACCEPTED:
        if (!start_session(server, attributes, socket, &error).ok)
            weir_listener_refuse(socket);
        return;
    }
}

static void accept_until_stopped(struct weir_server *server, const pthread_attr_t *attributes) {
    for (;;) {
        struct pollfd files[] = {{.fd = server->service.stop_file, .events = POLLIN},
                                 {.fd = server->left_file, .events = POLLIN},
                                 {.fd = server->listener, .events = POLLIN}};
        if (poll(files, WEIR_COUNT(files), -1) < 0)
            continue; /* interrupted */
        if (files[0].revents != 0)
            return;
        if (files[1].revents != 0) {
            uint64_t count;
            if (read(server->left_file, &count, sizeof count) == sizeof count)
                weir_registry_reap(server->service.registry, false);
        }
        if (files[2].revents != 0)
            accept_client(server, attributes);
    }
}

static void *run_listener(void *argument) {
    struct weir_server *server = argument;
    pthread_attr_t attributes;
    weir_check(pthread_attr_init(&attributes) == 0 &&
               pthread_attr_setstacksize(&attributes, STACK_BYTES) == 0);
    accept_until_stopped(server, &attributes);
    pthread_attr_destroy(&attributes);
    (void)close(server->listener);
    server->listener = -1;
    weir_registry_stop(server->service.registry);
    weir_registry_reap(server->service.registry, true);
    return NULL;
}

/* Threads inherit the mask: every signal is the caller's, and a lost client is an error, not
 * SIGPIPE. */
static weir_status start_threads(struct weir_server *server, size_t session_limit,
                                 struct weir_error *error) {
    sigset_t all, before;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return weir_fail(error, WEIR_ERROR_SYSTEM, "signals cannot be blocked");
    weir_status status =
        weir_registry_create(session_limit, HANDSHAKE_LIMIT, &server->service.registry, error);
    if (status.ok) {
        server->is_started = pthread_create(&server->thread, NULL, run_listener, server) == 0;
        if (!server->is_started)
            status = weir_fail(error, WEIR_ERROR_SYSTEM, "the listening thread cannot be started");
    }
    weir_check(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    return status;
}

static weir_status open_files(struct weir_server *server, const struct weir_server_options *options,
                              struct weir_error *error) {
    server->service.stop_file = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    server->left_file = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (server->service.stop_file < 0 || server->left_file < 0)
        return weir_fail_errno(error, "an event file cannot be made");
    if ((options->certificate == NULL) != (options->key == NULL))
        return weir_fail(error, WEIR_ERROR_INVALID, "TLS needs both a certificate and a key");
    if (options->certificate != NULL)
        WEIR_TRY(weir_tls_open(options->certificate, options->key, &server->service.tls, error));
    return weir_listener_open(options->listen != NULL ? options->listen : "127.0.0.1",
                              &server->port, &server->listener, error);
}

static void close_file(int file) {
    if (file >= 0)
        (void)close(file);
}

void weir_server_destroy(struct weir_server *server) {
    if (server == NULL)
        return;
    weir_check(!server->is_started);
    weir_registry_destroy(server->service.registry);
    close_file(server->listener);
    close_file(server->left_file);
    close_file(server->service.stop_file);
    SSL_CTX_free(server->service.tls);
    sodium_memzero(server->service.mock_secret, sizeof server->service.mock_secret);
    free(server);
}

/* From the store's own key: a salt that changed with a restart would show that its user is unknown.
 */
static void derive_mock_secret(struct weir_service *service) {
    static const unsigned char label[] = "verifiers of unknown users";
    const struct weir_store_keys *keys = weir_store_keys(weir_engine_store(service->engine));
    crypto_auth_hmacsha256(service->mock_secret, label, sizeof label - 1, keys->pseudonym);
}

weir_status weir_server_start(struct weir_engine *engine, const struct weir_server_options *options,
                              struct weir_server **server, struct weir_error *error) {
    if (options->port < 0 || options->port > 65535 || options->session_limit > SESSION_LIMIT_MOST)
        return weir_fail(error, WEIR_ERROR_INVALID,
                         "a port is 0 to 65535, and a server has at most %d sessions",
                         SESSION_LIMIT_MOST);
    struct weir_server *made = calloc(1, sizeof *made);
    if (made == NULL)
        return weir_fail(error, WEIR_ERROR_LIMIT, "memory is out");
    made->listener = made->left_file = made->service.stop_file = -1;
    made->port = options->port;
    made->service.engine = engine;
    made->service.idle_seconds = options->idle_seconds;
    made->service.statement_seconds = options->statement_seconds;
    made->service.startup_seconds =
        options->startup_seconds > 0 ? options->startup_seconds : STARTUP_SECONDS;
    made->service.statement_memory =
        options->statement_memory > 0 ? options->statement_memory : (size_t)STATEMENT_MEMORY;
    derive_mock_secret(&made->service);
    weir_status status = open_files(made, options, error);
    if (status.ok)
        status = start_threads(
            made, options->session_limit > 0 ? options->session_limit : SESSION_LIMIT, error);
    if (!status.ok) {
        weir_error_settle(error);
        weir_server_destroy(made);
        return status;
    }
    *server = made;
    return WEIR_OK;
}

int weir_server_port(const struct weir_server *server) {
    return server->port;
}

void weir_server_stop(struct weir_server *server) {
    signal_file(server->service.stop_file);
}

void weir_server_wait(struct weir_server *server) {
    weir_check(server->is_started);
    weir_check(pthread_join(server->thread, NULL) == 0);
    server->is_started = false;
}

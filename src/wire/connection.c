/* The transport: a non-blocking socket, polled with a deadline. */
#include "wire/connection.h"

#include "base/env.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/banned.h"

enum {
    INPUT_SIZE = 4096,            /* small messages come several to a read */
    KEPT_SIZE = 16 * 1024,        /* memory an idle session may keep for each direction */
    PASS_SIZE = 64 * 1024,        /* replies gathered before they are sent */
    MESSAGE_SECONDS = 30,         /* from the first byte of a message to its last */
    WRITE_SECONDS = 60,           /* for the client to take anything at all */
    STOPPING_MILLISECONDS = 1000, /* the same once the server stops */
    GOODBYE_MILLISECONDS = 250,
    GOODBYE_BYTES = 1024 * 1024
};

struct weir_connection {
    int socket, stop_file;
    SSL *tls;
    int64_t deadline;
    size_t input_at, input_len;
    uint8_t input[INPUT_SIZE];
    struct weir_buffer body, output;
};

struct weir_connection *weir_connection_create(int socket, int stop_file) {
    struct weir_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        return NULL;
    connection->socket = socket;
    connection->stop_file = stop_file;
    return connection;
}

void weir_connection_set_deadline(struct weir_connection *connection, int64_t deadline) {
    connection->deadline = deadline;
}

struct weir_buffer *weir_connection_output(struct weir_connection *connection) {
    return &connection->output;
}

bool weir_connection_is_encrypted(const struct weir_connection *connection) {
    return connection->tls != NULL;
}

static int milliseconds_until(int64_t deadline) {
    if (deadline == 0)
        return -1;
    int64_t left = deadline - weir_env_monotonic_microseconds();
    if (left <= 0)
        return 0;
    return left > INT64_C(1000000000) ? 1000000 : (int)((left + 999) / 1000);
}

/* Waits until the socket is ready. DONE, IDLE when the deadline passes, STOPPED, or CLOSED. */
static enum weir_transfer wait_ready(struct weir_connection *connection, short events,
                                     int64_t deadline) {
    for (;;) {
        struct pollfd files[] = {{.fd = connection->socket, .events = events},
                                 {.fd = connection->stop_file, .events = POLLIN}};
        int timeout = milliseconds_until(deadline);
        int ready = poll(files, 2, timeout);
        if (ready < 0 && errno != EINTR)
            return WEIR_TRANSFER_CLOSED;
        if (ready > 0 && files[1].revents != 0)
            return WEIR_TRANSFER_STOPPED;
        if (ready > 0)
            return WEIR_TRANSFER_DONE; /* an error on the socket shows in the read or write */
        if (deadline != 0 && weir_env_monotonic_microseconds() >= deadline)
            return WEIR_TRANSFER_IDLE;
    }
}

/* What OpenSSL waits for: poll's events, or 0 when the connection is over. */
static short tls_wanted(struct weir_connection *connection, int result) {
    int reason = SSL_get_error(connection->tls, result);
    ERR_clear_error();
    if (reason == SSL_ERROR_WANT_READ)
        return POLLIN;
    return reason == SSL_ERROR_WANT_WRITE ? POLLOUT : 0;
}

/* One attempt to read. 0 bytes and *wanted != 0 = wait for that; 0 bytes and 0 = over. */
static size_t try_read(struct weir_connection *connection, void *bytes, size_t size,
                       short *wanted) {
    *wanted = 0;
    if (connection->tls != NULL) {
        size_t len = 0;
        ERR_clear_error();
        int result = SSL_read_ex(connection->tls, bytes, size, &len);
        if (result == 1)
            return len;
        *wanted = tls_wanted(connection, result);
        return 0;
    }
    ssize_t len = recv(connection->socket, bytes, size, 0);
    if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        *wanted = POLLIN;
    return len > 0 ? (size_t)len : 0;
}

static size_t try_write(struct weir_connection *connection, const void *bytes, size_t size,
                        short *wanted) {
    *wanted = 0;
    if (connection->tls != NULL) {
        size_t len = 0;
        if (!SSL_is_init_finished(connection->tls))
            return 0; /* a handshake that failed is not taken up again for a last message */
        ERR_clear_error();
        int result = SSL_write_ex(connection->tls, bytes, size, &len);
        if (result == 1)
            return len;
        *wanted = tls_wanted(connection, result);
        return 0;
    }
    ssize_t len = send(connection->socket, bytes, size, MSG_NOSIGNAL);
    if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        *wanted = POLLOUT;
    return len > 0 ? (size_t)len : 0;
}

static int64_t sooner(int64_t left, int64_t right) {
    if (left == 0 || right == 0)
        return left + right;
    return left < right ? left : right;
}

static int64_t seconds_from_now(int seconds) {
    return weir_env_monotonic_microseconds() + (int64_t)seconds * 1000000;
}

/* Reads some bytes, at least one. */
static enum weir_transfer read_some(struct weir_connection *connection, void *bytes, size_t size,
                                    int64_t deadline, size_t *len) {
    for (;;) {
        short wanted;
        *len = try_read(connection, bytes, size, &wanted);
        if (*len > 0)
            return WEIR_TRANSFER_DONE;
        if (wanted == 0)
            return WEIR_TRANSFER_CLOSED;
        enum weir_transfer waited = wait_ready(connection, wanted, deadline);
        if (waited != WEIR_TRANSFER_DONE)
            return waited;
    }
}

/* Reads all of `len` bytes (into `bytes`, or away when it is NULL). */
static enum weir_transfer read_all(struct weir_connection *connection, uint8_t *bytes, size_t len,
                                   int64_t deadline) {
    while (len > 0) {
        if (connection->input_at == connection->input_len) {
            connection->input_at = connection->input_len = 0;
            enum weir_transfer got = read_some(connection, connection->input, INPUT_SIZE, deadline,
                                               &connection->input_len);
            if (got != WEIR_TRANSFER_DONE)
                return got;
        }
        size_t part = connection->input_len - connection->input_at;
        part = part < len ? part : len;
        if (bytes != NULL) {
            memcpy(bytes, connection->input + connection->input_at, part);
            bytes += part;
        }
        connection->input_at += part;
        len -= part;
    }
    return WEIR_TRANSFER_DONE;
}

static enum weir_transfer within_message(enum weir_transfer transfer) {
    return transfer == WEIR_TRANSFER_IDLE ? WEIR_TRANSFER_TIMED_OUT : transfer;
}

/* Room for a body; gives back what an earlier, larger one took. */
static uint8_t *body_room(struct weir_connection *connection, size_t len) {
    struct weir_buffer *body = &connection->body;
    if (body->capacity > KEPT_SIZE)
        weir_buffer_free(body);
    if (len > body->capacity || body->bytes == NULL) {
        size_t capacity = len < 256 ? 256 : len;
        char *bytes = realloc(body->bytes, capacity);
        if (bytes == NULL)
            return NULL;
        body->bytes = bytes;
        body->capacity = capacity;
    }
    return (uint8_t *)body->bytes;
}

static enum weir_transfer read_body(struct weir_connection *connection, size_t len,
                                    int64_t deadline, struct weir_reader *reader) {
    uint8_t *bytes = body_room(connection, len);
    if (bytes == NULL)
        return WEIR_TRANSFER_MEMORY;
    *reader = weir_reader_over(bytes, len);
    return within_message(read_all(connection, bytes, len, deadline));
}

static bool is_stopping(const struct weir_connection *connection) {
    struct pollfd stop = {.fd = connection->stop_file, .events = POLLIN};
    return poll(&stop, 1, 0) > 0;
}

static int32_t read_length(const uint8_t *bytes) {
    struct weir_reader reader = weir_reader_over(bytes, 4);
    return weir_read_int32(&reader);
}

enum weir_transfer weir_connection_receive_packet(struct weir_connection *connection, size_t limit,
                                                  struct weir_reader *body) {
    uint8_t header[4];
    enum weir_transfer got = read_all(connection, header, sizeof header, connection->deadline);
    if (got != WEIR_TRANSFER_DONE)
        return got;
    int32_t len = read_length(header);
    if (len < 8 || (size_t)len - 4 > limit)
        return WEIR_TRANSFER_MALFORMED;
    return read_body(connection, (size_t)len - 4, connection->deadline, body);
}

enum weir_transfer weir_connection_receive(struct weir_connection *connection, int idle_seconds,
                                           size_t limit, struct weir_message *message) {
    uint8_t header[4];
    int64_t idle = idle_seconds > 0 ? seconds_from_now(idle_seconds) : 0;
    if (is_stopping(connection)) /* also seen by a client that never lets its input run dry */
        return WEIR_TRANSFER_STOPPED;
    enum weir_transfer got =
        read_all(connection, &message->type, 1, sooner(idle, connection->deadline));
    if (got != WEIR_TRANSFER_DONE)
        return got;
    int64_t deadline = sooner(seconds_from_now(MESSAGE_SECONDS), connection->deadline);
    size_t known = weir_message_limit(message->type);
    if (limit == 0)
        limit = known;
    if (limit == 0)
        return WEIR_TRANSFER_MALFORMED;
    got = within_message(read_all(connection, header, sizeof header, deadline));
    if (got != WEIR_TRANSFER_DONE)
        return got;
    int32_t len = read_length(header);
    if (len < 4 || (size_t)len - 4 > WEIR_MESSAGE_SKIP_LIMIT)
        return WEIR_TRANSFER_MALFORMED;
    if ((size_t)len - 4 <= limit)
        return read_body(connection, (size_t)len - 4, deadline, &message->body);
    got = within_message(read_all(connection, NULL, (size_t)len - 4, deadline));
    return got == WEIR_TRANSFER_DONE ? WEIR_TRANSFER_TOO_LONG : got;
}

/* Waits for room to write. A stop leaves the client a moment to take what was answered. */
static bool wait_writable(const struct weir_connection *connection, short wanted) {
    int64_t deadline = sooner(seconds_from_now(WRITE_SECONDS), connection->deadline);
    for (bool stopping = false;; stopping = stopping || is_stopping(connection)) {
        if (stopping)
            deadline = sooner(deadline, weir_env_monotonic_microseconds() +
                                            STOPPING_MILLISECONDS * INT64_C(1000));
        struct pollfd files[] = {{.fd = connection->socket, .events = wanted},
                                 {.fd = stopping ? -1 : connection->stop_file, .events = POLLIN}};
        int ready = poll(files, 2, milliseconds_until(deadline));
        if (ready < 0 && errno != EINTR)
            return false;
        if (ready > 0 && files[0].revents != 0)
            return true;
        if (weir_env_monotonic_microseconds() >= deadline)
            return false;
    }
}

enum weir_transfer weir_connection_flush(struct weir_connection *connection) {
    struct weir_buffer *output = &connection->output;
    if (output->failed)
        return WEIR_TRANSFER_MEMORY;
    size_t sent = 0;
    while (sent < output->len) {
        short wanted;
        size_t len = try_write(connection, output->bytes + sent, output->len - sent, &wanted);
        sent += len;
        if (len > 0)
            continue;
        /* A client that takes nothing is not told so either. */
        if (wanted == 0 || !wait_writable(connection, wanted))
            return WEIR_TRANSFER_CLOSED;
    }
    weir_buffer_clear(output);
    if (output->capacity > KEPT_SIZE)
        weir_buffer_free(output);
    return WEIR_TRANSFER_DONE;
}

enum weir_transfer weir_connection_pass(struct weir_connection *connection) {
    return connection->output.failed || connection->output.len >= PASS_SIZE
               ? weir_connection_flush(connection)
               : WEIR_TRANSFER_DONE;
}

enum weir_transfer weir_connection_start_tls(struct weir_connection *connection, SSL_CTX *tls) {
    if (connection->input_at != connection->input_len)
        return WEIR_TRANSFER_MALFORMED;
    connection->tls = SSL_new(tls);
    if (connection->tls == NULL || SSL_set_fd(connection->tls, connection->socket) != 1)
        return WEIR_TRANSFER_MEMORY;
    for (;;) {
        ERR_clear_error();
        int result = SSL_accept(connection->tls);
        if (result == 1)
            return WEIR_TRANSFER_DONE;
        short wanted = tls_wanted(connection, result);
        if (wanted == 0)
            return WEIR_TRANSFER_CLOSED;
        enum weir_transfer waited = wait_ready(connection, wanted, connection->deadline);
        if (waited != WEIR_TRANSFER_DONE)
            return waited;
    }
}

/* Closing a socket with unread bytes in it throws away what was sent: so read on a moment, until
 * the client is gone. */
static void let_go(int socket) {
    char bytes[4096];
    int64_t deadline = weir_env_monotonic_microseconds() + GOODBYE_MILLISECONDS * INT64_C(1000);
    if (shutdown(socket, SHUT_WR) != 0)
        return;
    for (size_t total = 0; total < GOODBYE_BYTES;) {
        struct pollfd file = {.fd = socket, .events = POLLIN};
        int timeout = milliseconds_until(deadline);
        if (timeout == 0 || poll(&file, 1, timeout) <= 0)
            return;
        ssize_t len = recv(socket, bytes, sizeof bytes, 0);
        if (len <= 0)
            return;
        total += (size_t)len;
    }
}

void weir_connection_close(struct weir_connection *connection) {
    if (connection == NULL)
        return;
    if (connection->tls != NULL) {
        ERR_clear_error();
        if (SSL_is_init_finished(connection->tls))
            (void)SSL_shutdown(connection->tls); /* the client may be gone: nothing is owed to it */
        SSL_free(connection->tls);
        ERR_clear_error();
    }
    let_go(connection->socket);
    (void)close(connection->socket);
    weir_buffer_free(&connection->body);
    weir_buffer_free(&connection->output);
    free(connection);
}

/* Binding, accepting, and turning away. */
#include "wire/listener.h"

#include "wire/reply.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/banned.h"

enum { BACKLOG = 128 };

static int bind_address(const struct addrinfo *address) {
    int on = 1, off = 0;
    int opened = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (opened < 0)
        return -1;
    bool dual = address->ai_family == AF_INET6;
    if (setsockopt(opened, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        (!dual || setsockopt(opened, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0) &&
        bind(opened, address->ai_addr, address->ai_addrlen) == 0 && listen(opened, BACKLOG) == 0)
        return opened;
    int cause = errno;
    (void)close(opened);
    errno = cause;
    return -1;
}

static weir_status find_port(int opened, int *port, struct weir_error *error) {
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    if (getsockname(opened, (struct sockaddr *)&address, &len) != 0)
        return weir_fail_errno(error, "the server's own address cannot be read");
    in_port_t found = address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                                    : ((struct sockaddr_in *)&address)->sin_port;
    *port = ntohs(found);
    return WEIR_OK;
}

weir_status weir_listener_open(const char *host, int *port, int *opened, struct weir_error *error) {
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
    char service[16];
    snprintf(service, sizeof service, "%d", *port);
    int failed = getaddrinfo(host, service, &wanted, &found);
    if (failed != 0)
        return weir_fail(error, WEIR_ERROR_INVALID, "the address to listen on is not known: %s",
                         gai_strerror(failed));
    *opened = -1;
    for (const struct addrinfo *address = found; address != NULL && *opened < 0;
         address = address->ai_next)
        *opened = bind_address(address);
    freeaddrinfo(found);
    if (*opened < 0)
        return weir_fail_errno(error, "cannot listen on %s, port %d", host, *port);
    weir_status status = find_port(*opened, port, error);
    if (!status.ok)
        (void)close(*opened);
    return status;
}

enum weir_accepted weir_listener_accept(int listener, int *opened) {
    int on = 1;
    *opened = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (*opened < 0) {
        bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        return exhausted ? WEIR_ACCEPT_EXHAUSTED : WEIR_ACCEPT_NONE;
    }
    if (setsockopt(*opened, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
        setsockopt(*opened, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) == 0)
        return WEIR_ACCEPTED;
    (void)close(*opened);
    return WEIR_ACCEPT_NONE;
}

void weir_listener_refuse(int opened) {
    struct weir_buffer reply = {0};
    struct weir_error error = {0};
    weir_fail_state(&error, WEIR_ERROR_LIMIT, "53300", "sorry, too many clients already");
    weir_reply_error(&reply, "FATAL", &error);
    /* Once, without waiting: nothing more is owed to it. */
    if (!reply.failed)
        (void)send(opened, reply.bytes, reply.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    weir_buffer_free(&reply);
    (void)close(opened);
}

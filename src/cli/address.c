/* Loopback or not, decided from the numbers alone. */
#include "cli/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/banned.h"

bool weir_cli_is_loopback(const char *address) {
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, address, &four) == 1)
        return (ntohl(four.s_addr) >> 24) == 127;
    return inet_pton(AF_INET6, address, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

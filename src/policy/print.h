/* The canonical text into a buffer. */
#ifndef WEIR_POLICY_PRINT_H
#define WEIR_POLICY_PRINT_H

#include "base/buffer.h"
#include "policy/policy.h"

void weir_policy_print_into(const struct weir_policy *policy, struct weir_buffer *out);

#endif

/* Any text: parsing ends cleanly, and what parses prints to a text that reads back as the same
 * policy. */
#include "policy/parse.h"
#include "policy/policy.h"

#include <string.h>

#include "base/banned.h"

enum { ARENA_BYTES = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_inverse(struct weir_arena *arena, const struct weir_policy *policy) {
    struct weir_error error = {0};
    char *text = weir_policy_print(arena, policy);
    weir_check(text != NULL);
    const struct weir_policy *read = weir_policy_parse(arena, text, strlen(text), &error);
    weir_check(read != NULL);
    char *again = weir_policy_print(arena, read);
    weir_check(again != NULL && strcmp(again, text) == 0);
    uint8_t hash[WEIR_POLICY_HASH_BYTES], second[WEIR_POLICY_HASH_BYTES];
    weir_check(weir_policy_hash(arena, policy, hash) && weir_policy_hash(arena, read, second));
    weir_check(memcmp(hash, second, sizeof hash) == 0);
    bool exhausted;
    const struct weir_policy_finding *finding = weir_policy_check(arena, policy, &exhausted);
    weir_check(!exhausted);
    for (int line = 0; finding != NULL; line = finding->line, finding = finding->next)
        weir_check(finding->line >= line);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    struct weir_arena *arena = weir_arena_create(ARENA_BYTES);
    struct weir_error error = {0};
    const struct weir_policy *policy = weir_policy_parse(arena, (const char *)bytes, len, &error);
    weir_check((policy == NULL) == weir_error_is_set(&error));
    /* An exhausted arena has no place in the text. */
    weir_check(policy != NULL || error.class == WEIR_ERROR_LIMIT ||
               (error.line >= 1 && error.column >= 1));
    if (policy != NULL)
        check_inverse(arena, policy);
    weir_arena_destroy(arena);
    return 0;
}

/* Reading a policy the way a compiler reads a program. */
#include "cli/policy_file.h"
#include "cli/print.h"

#include "base/file.h"

#include "base/banned.h"

static weir_status parse(struct weir_arena *arena, const char *file,
                         const struct weir_policy **policy, struct weir_error *error) {
    char *text;
    size_t len;
    WEIR_TRY(weir_file_read(arena, file, WEIR_POLICY_TEXT_LIMIT, &text, &len, error));
    *policy = weir_policy_parse(arena, text, len, error);
    return *policy ? WEIR_OK : WEIR_FAILED;
}

const struct weir_policy *weir_cli_read_policy(struct weir_arena *arena, const char *file) {
    struct weir_error error = {0};
    const struct weir_policy *policy = NULL;
    if (!arena || !parse(arena, file, &policy, &error).ok) {
        weir_cli_print_error(stderr, error.line > 0 ? file : NULL, &error);
        return NULL;
    }
    bool exhausted = false;
    const struct weir_policy_finding *finding = weir_policy_check(arena, policy, &exhausted);
    if (exhausted) {
        weir_cli_print_error(stderr, NULL, &error);
        return NULL;
    }
    if (!finding)
        return policy;
    for (; finding; finding = finding->next)
        fprintf(stderr, "%s:%d: %s\n", file, finding->line, finding->message);
    return NULL;
}

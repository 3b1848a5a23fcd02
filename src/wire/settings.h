/* The settings of one session that PostgreSQL's clients set, show and are told of.
 *
 * A setting is taken only where Weir does what it asks for, or where it cannot matter here (no
 * value has a time zone, nothing is locked, a name finds its table with any search_path). Settings
 * named "weir.*" are the engine's. A setting takes effect at once and outlives a ROLLBACK: nothing
 * here is transactional. */
#ifndef WEIR_WIRE_SETTINGS_H
#define WEIR_WIRE_SETTINGS_H

#include "base/error.h"

enum {
    WEIR_SETTING_COUNT = 34,
    WEIR_SETTING_SIZE = 256 /* of a value, with its NUL */
};

struct weir_settings {
    char *values[WEIR_SETTING_COUNT];  /* NULL = the initial value */
    char *initial[WEIR_SETTING_COUNT]; /* as the connection was opened; NULL = the default */
};

void weir_settings_free(struct weir_settings *settings);

/* The place of a setting, found without regard to case; 42704 for an unknown one. */
weir_status weir_settings_find(const char *name, size_t *place,
                               struct weir_error *error) WEIR_MUST_CHECK;
const char *weir_settings_name(size_t place);
const char *weir_settings_description(size_t place);
const char *weir_settings_value(const struct weir_settings *settings, size_t place);
/* Must a client be told of its value? */
bool weir_settings_is_reported(size_t place);

/* Checks and sets; value NULL = the initial one. 22023 for a value that is not taken, 55P02 for a
 * fixed setting. */
weir_status weir_settings_set(struct weir_settings *settings, size_t place, const char *value,
                              struct weir_error *error) WEIR_MUST_CHECK;
/* Every value back to its initial one. */
void weir_settings_reset(struct weir_settings *settings);
/* The values as they are become the initial ones. */
void weir_settings_settle(struct weir_settings *settings);

/* For a fixed setting that the server knows (session_authorization). */
weir_status weir_settings_fix(struct weir_settings *settings, const char *name, const char *value,
                              struct weir_error *error) WEIR_MUST_CHECK;

/* Does the client want notices (client_min_messages)? */
bool weir_settings_wants_notices(const struct weir_settings *settings);
/* statement_timeout in milliseconds; 0 = none. */
int64_t weir_settings_statement_milliseconds(const struct weir_settings *settings);

#endif

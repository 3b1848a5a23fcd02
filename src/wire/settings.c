/* The table of settings, and what each takes. */
#include "wire/settings.h"

#include "wire/message.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

/* Writes the value to keep into `kept`; false when it is not taken. */
typedef bool (*normalise)(const char *value, char kept[WEIR_SETTING_SIZE]);

static bool keep(const char *value, char kept[WEIR_SETTING_SIZE]) {
    int len = snprintf(kept, WEIR_SETTING_SIZE, "%s", value);
    return len >= 0 && len < WEIR_SETTING_SIZE;
}

static bool is_one_of(const char *value, const char *const *words) {
    for (; *words != NULL; words++)
        if (strcasecmp(value, *words) == 0)
            return true;
    return false;
}

/* Punctuation in an encoding's name does not count: some clients send it within quotes. */
static bool take_utf8(const char *value, char kept[WEIR_SETTING_SIZE]) {
    static const char *const names[] = {"utf8", "unicode", NULL};
    char letters[16];
    size_t len = 0;
    for (; *value != '\0' && len < sizeof letters - 1; value++)
        if (isalnum((unsigned char)*value))
            letters[len++] = *value;
    letters[len] = '\0';
    return is_one_of(letters, names) && keep("UTF8", kept);
}

static bool take_date_style(const char *value, char kept[WEIR_SETTING_SIZE]) {
    static const char *const names[] = {"iso",     "iso, mdy", "iso, dmy", "iso, ymd",
                                        "iso,mdy", "iso,dmy",  "iso,ymd",  NULL};
    return is_one_of(value, names) && keep("ISO, MDY", kept);
}

static bool take_on(const char *value, char kept[WEIR_SETTING_SIZE]) {
    static const char *const names[] = {"on", "true", "yes", "1", NULL};
    return is_one_of(value, names) && keep("on", kept);
}

static bool take_boolean(const char *value, char kept[WEIR_SETTING_SIZE]) {
    static const char *const names[] = {"off", "false", "no", "0", NULL};
    return take_on(value, kept) || (is_one_of(value, names) && keep("off", kept));
}

static bool take_hex(const char *value, char kept[WEIR_SETTING_SIZE]) {
    return strcasecmp(value, "hex") == 0 && keep("hex", kept);
}

static bool take_postgres(const char *value, char kept[WEIR_SETTING_SIZE]) {
    return strcasecmp(value, "postgres") == 0 && keep("postgres", kept);
}

static bool take_isolation(const char *value, char kept[WEIR_SETTING_SIZE]) {
    static const char *const names[] = {"serializable", "repeatable read", "read committed",
                                        "read uncommitted", NULL};
    return is_one_of(value, names) && keep(value, kept);
}

static bool take_severity(const char *value, char kept[WEIR_SETTING_SIZE]) {
    static const char *const names[] = {"debug5", "debug4", "debug3", "debug2",  "debug1", "debug",
                                        "log",    "info",   "notice", "warning", "error",  NULL};
    return is_one_of(value, names) && keep(value, kept);
}

/* Floats are printed in the fewest digits that read back the same: what 1 to 3 ask for. */
static bool take_float_digits(const char *value, char kept[WEIR_SETTING_SIZE]) {
    return strlen(value) == 1 && value[0] >= '1' && value[0] <= '3' && keep(value, kept);
}

static bool take_time_zone(const char *value, char kept[WEIR_SETTING_SIZE]) {
    size_t len =
        strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/:<>");
    return len > 0 && len < 64 && value[len] == '\0' && keep(value, kept);
}

/* As PostgreSQL does: cut to a name's length, and what is not printable ASCII becomes '?'. */
static bool take_application_name(const char *value, char kept[WEIR_SETTING_SIZE]) {
    size_t len = 0;
    for (; value[len] != '\0' && len < WEIR_MESSAGE_NAME_LIMIT; len++)
        kept[len] = value[len] >= ' ' && value[len] <= '~' ? value[len] : '?';
    kept[len] = '\0';
    return true;
}

/* A duration in milliseconds, or with its unit; *milliseconds is -1 when it is none. */
static int64_t read_milliseconds(const char *value) {
    static const struct {
        const char *name;
        int64_t milliseconds;
    } units[] = {{"", 1}, {"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}};
    char *unit;
    long number = strtol(value, &unit, 10);
    if (unit == value || number < 0 || number > INT32_MAX)
        return -1;
    unit += strspn(unit, " ");
    for (size_t i = 0; i < WEIR_COUNT(units); i++)
        if (strcmp(unit, units[i].name) == 0 && number <= INT32_MAX / units[i].milliseconds)
            return number * units[i].milliseconds;
    return -1;
}

static bool take_duration(const char *value, char kept[WEIR_SETTING_SIZE]) {
    return read_milliseconds(value) >= 0 && keep(value, kept);
}

static const struct setting {
    const char *name, *value;
    normalise take; /* NULL = fixed */
    bool reported;
    const char *description;
} known[WEIR_SETTING_COUNT] = {
    {"application_name", "", take_application_name, true, "The client's name for itself."},
    {"bytea_output", "hex", take_hex, false, "How binary values are written."},
    {"client_encoding", "UTF8", take_utf8, true, "The encoding of all text."},
    {"client_min_messages", "notice", take_severity, false, "The least severe message sent."},
    {"DateStyle", "ISO, MDY", take_date_style, true, "How dates are written."},
    {"default_transaction_deferrable", "off", take_boolean, false,
     "Without effect: nothing waits."},
    {"default_transaction_isolation", "serializable", take_isolation, false,
     "Without effect: every question sees one version of the data."},
    {"default_transaction_read_only", "on", take_on, true, "Questions never change data."},
    {"extra_float_digits", "1", take_float_digits, false, "Floats are written to be read back."},
    {"idle_in_transaction_session_timeout", "0", take_duration, false,
     "Without effect: the server's own idle time-out holds."},
    {"idle_session_timeout", "0", take_duration, false,
     "Without effect: the server's own idle time-out holds."},
    {"in_hot_standby", "off", NULL, true, "This is no standby."},
    {"integer_datetimes", "on", NULL, true, "Timestamps are integers."},
    {"IntervalStyle", "postgres", take_postgres, true, "How intervals are written."},
    {"is_superuser", "off", NULL, true, "Nobody is."},
    {"lc_collate", "C", NULL, false, "Text is ordered by its bytes."},
    {"lc_ctype", "C", NULL, false, "Text is classified by its bytes."},
    {"lc_messages", "C", NULL, false, "The language of messages."},
    {"lc_monetary", "C", NULL, false, "How money would be written."},
    {"lc_numeric", "C", NULL, false, "How numbers are written."},
    {"lc_time", "C", NULL, false, "How the names of days would be written."},
    {"lock_timeout", "0", take_duration, false, "Without effect: nothing is locked."},
    {"max_identifier_length", "63", NULL, false, "The longest name, in bytes."},
    {"search_path", "\"$user\", public", keep, false,
     "Without effect: a name is looked for in every schema of the purpose."},
    {"server_encoding", "UTF8", NULL, true, "The encoding of the data."},
    {"server_version", "15.0 (Weir " WEIR_VERSION ")", NULL, true, "The version."},
    {"server_version_num", "150000", NULL, false, "The version of PostgreSQL spoken."},
    {"session_authorization", "", NULL, true, "The user."},
    {"standard_conforming_strings", "on", take_on, true, "Backslashes in strings are ordinary."},
    {"statement_timeout", "0", take_duration, false,
     "The longest a statement may run, within the server's own limit."},
    {"TimeZone", "UTC", take_time_zone, true, "Without effect: no value has a time zone."},
    {"transaction_deferrable", "off", take_boolean, false, "Without effect: nothing waits."},
    {"transaction_isolation", "serializable", take_isolation, false,
     "Without effect: every question sees one version of the data."},
    {"transaction_read_only", "on", take_on, false, "Questions never change data."},
};

void weir_settings_free(struct weir_settings *settings) {
    for (size_t i = 0; i < WEIR_SETTING_COUNT; i++) {
        free(settings->values[i]);
        free(settings->initial[i]);
    }
    *settings = (struct weir_settings){0};
}

static size_t place_of(const char *name) {
    size_t place = 0;
    while (place < WEIR_SETTING_COUNT && strcasecmp(known[place].name, name) != 0)
        place++;
    return place;
}

weir_status weir_settings_find(const char *name, size_t *place, struct weir_error *error) {
    *place = place_of(name);
    if (*place < WEIR_SETTING_COUNT)
        return WEIR_OK;
    weir_fail_state(error, WEIR_ERROR_INVALID, "42704",
                    "unrecognized configuration parameter \"%.63s\"", name);
    return weir_error_hint(error, "SHOW ALL lists the settings there are.");
}

const char *weir_settings_name(size_t place) {
    return known[place].name;
}

const char *weir_settings_description(size_t place) {
    return known[place].description;
}

bool weir_settings_is_reported(size_t place) {
    return known[place].reported;
}

const char *weir_settings_value(const struct weir_settings *settings, size_t place) {
    if (settings->values[place] != NULL)
        return settings->values[place];
    return settings->initial[place] != NULL ? settings->initial[place] : known[place].value;
}

weir_status weir_settings_set(struct weir_settings *settings, size_t place, const char *value,
                              struct weir_error *error) {
    char kept[WEIR_SETTING_SIZE];
    const struct setting *setting = &known[place];
    if (setting->take == NULL)
        return weir_fail_state(error, WEIR_ERROR_INVALID, "55P02",
                               "parameter \"%s\" cannot be changed", setting->name);
    char *copy = NULL;
    if (value != NULL) {
        if (!setting->take(value, kept)) {
            weir_fail_state(error, WEIR_ERROR_INVALID, "22023",
                            "this value of \"%s\" is not supported", setting->name);
            return weir_error_hint(error, "It is \"%s\". %s", weir_settings_value(settings, place),
                                   setting->description);
        }
        copy = strdup(kept);
        if (copy == NULL)
            return WEIR_FAILED;
    }
    free(settings->values[place]);
    settings->values[place] = copy;
    return WEIR_OK;
}

void weir_settings_reset(struct weir_settings *settings) {
    for (size_t i = 0; i < WEIR_SETTING_COUNT; i++) {
        free(settings->values[i]);
        settings->values[i] = NULL;
    }
}

void weir_settings_settle(struct weir_settings *settings) {
    for (size_t i = 0; i < WEIR_SETTING_COUNT; i++) {
        if (settings->values[i] == NULL)
            continue;
        free(settings->initial[i]);
        settings->initial[i] = settings->values[i];
        settings->values[i] = NULL;
    }
}

weir_status weir_settings_fix(struct weir_settings *settings, const char *name, const char *value,
                              struct weir_error *error) {
    size_t place;
    WEIR_TRY(weir_settings_find(name, &place, error));
    char *copy = strdup(value);
    if (copy == NULL)
        return WEIR_FAILED;
    free(settings->initial[place]);
    settings->initial[place] = copy;
    return WEIR_OK;
}

bool weir_settings_wants_notices(const struct weir_settings *settings) {
    const char *least = weir_settings_value(settings, place_of("client_min_messages"));
    return strcasecmp(least, "warning") != 0 && strcasecmp(least, "error") != 0;
}

int64_t weir_settings_statement_milliseconds(const struct weir_settings *settings) {
    return read_milliseconds(weir_settings_value(settings, place_of("statement_timeout")));
}

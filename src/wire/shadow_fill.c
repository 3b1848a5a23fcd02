/* The part of the system catalog that is the same for every purpose, but for this session's user
 * and purposes. */
#include "wire/shadow_values.h"

#include "base/banned.h"

static weir_status fill_schemas(struct weir_shadow *shadow, struct weir_error *error) {
    for (size_t i = 0; i < shadow->schema_count; i++) {
        const struct weir_shadow_schema *schema = &shadow->schemas[i];
        WEIR_TRY(weir_shadow_insert(
            shadow, error, "\"pg_catalog.pg_namespace\" (oid, nspname, nspowner)", "iti",
            (int64_t)schema->oid, schema->name, (int64_t)WEIR_SHADOW_OWNER));
    }
    return WEIR_OK;
}

static weir_status fill_types(struct weir_shadow *shadow, struct weir_error *error) {
    for (size_t i = 0; i < weir_shadow_type_count; i++) {
        const struct weir_shadow_type *type = &weir_shadow_types[i];
        const char letters[4][2] = {
            {type->kind, 0}, {type->category, 0}, {type->alignment, 0}, {type->storage, 0}};
        WEIR_TRY(weir_shadow_insert(
            shadow, error,
            "\"pg_catalog.pg_type\" (oid, typname, typnamespace, typowner, typlen, typbyval, "
            "typtype, typcategory, typispreferred, typisdefined, typdelim, typelem, typarray, "
            "typinput, typoutput, typreceive, typsend, typalign, typstorage, typtypmod, "
            "typcollation)",
            "itiiiittiitiiiiiittii", (int64_t)type->oid, type->name, (int64_t)11,
            (int64_t)WEIR_SHADOW_OWNER, (int64_t)type->len, (int64_t)type->by_value, letters[0],
            letters[1], (int64_t)type->is_preferred, (int64_t)1, ",", (int64_t)type->element,
            (int64_t)type->array, (int64_t)type->input, (int64_t)type->output,
            (int64_t)type->receive, (int64_t)type->send, letters[2], letters[3], (int64_t)-1,
            (int64_t)type->collation));
    }
    return WEIR_OK;
}

static weir_status fill_roles(struct weir_shadow *shadow, struct weir_error *error) {
    static const char target[] = "\"pg_catalog.pg_roles\" (oid, rolname, rolinherit, rolcanlogin, "
                                 "rolconnlimit, rolpassword)";
    WEIR_TRY(weir_shadow_insert(shadow, error, target, "itiiit", (int64_t)WEIR_SHADOW_OWNER, "weir",
                                (int64_t)1, (int64_t)0, (int64_t)-1, "********"));
    return weir_shadow_insert(shadow, error, target, "itiiit", (int64_t)WEIR_SHADOW_FIRST_OID,
                              shadow->user, (int64_t)1, (int64_t)1, (int64_t)-1, "********");
}

/* A purpose is a database; why it exists is its description. */
static weir_status fill_databases(struct weir_shadow *shadow, struct weir_error *error) {
    for (size_t i = 0; i < shadow->purpose_count; i++) {
        const struct weir_policy_purpose *purpose = shadow->purposes[i];
        int64_t oid = WEIR_SHADOW_FIRST_OID + 1 + (int64_t)i;
        WEIR_TRY(weir_shadow_insert(
            shadow, error,
            "\"pg_catalog.pg_database\" (oid, datname, datdba, encoding, datlocprovider, "
            "datallowconn, datconnlimit, dattablespace, datcollate, datctype)",
            "itiitiiitt", oid, purpose->name, (int64_t)WEIR_SHADOW_OWNER, (int64_t)6, "c",
            (int64_t)1, (int64_t)-1, (int64_t)1663, "C", "C"));
        if (purpose->because != NULL)
            WEIR_TRY(weir_shadow_insert(shadow, error, "\"pg_catalog.pg_shdescription\"", "iit",
                                        oid, (int64_t)1262, purpose->because));
    }
    return WEIR_OK;
}

static weir_status fill_settings(struct weir_shadow *shadow, struct weir_error *error) {
    const char *name = NULL, *description = NULL;
    for (size_t place = 0;; place++) {
        const char *value = weir_shadow_setting(shadow, place, &name, &description);
        if (name == NULL)
            return WEIR_OK;
        WEIR_TRY(weir_shadow_insert(
            shadow, error,
            "\"pg_catalog.pg_settings\" (name, setting, category, short_desc, context, vartype, "
            "source, boot_val, reset_val, pending_restart)",
            "ttttttttti", name, value, "Session", description, "user", "string", "default", value,
            value, (int64_t)0));
    }
}

static weir_status fill_keywords(struct weir_shadow *shadow, struct weir_error *error) {
    for (size_t place = 0; weir_shadow_reserved(place) != NULL; place++)
        WEIR_TRY(weir_shadow_insert(
            shadow, error, "\"pg_catalog.pg_get_keywords()\" (word, catcode, barelabel, catdesc)",
            "ttit", weir_shadow_reserved(place), "R", (int64_t)0, "reserved"));
    return WEIR_OK;
}

static const char constants[] =
    "INSERT INTO \"pg_catalog.pg_am\" (oid, amname, amtype) VALUES (2, 'heap', 't'), (403, "
    "'btree', 'i');"
    "INSERT INTO \"pg_catalog.pg_tablespace\" (oid, spcname, spcowner) VALUES (1663, 'pg_default', "
    "10);"
    "INSERT INTO \"pg_catalog.pg_collation\" (oid, collname, collnamespace, collowner, "
    "collprovider, "
    " collisdeterministic, collencoding, collcollate, collctype) VALUES "
    " (100, 'default', 11, 10, 'd', 1, -1, NULL, NULL), (950, 'C', 11, 10, 'c', 1, -1, 'C', 'C');"
    "INSERT INTO \"pg_catalog.pg_language\" (oid, lanname, lanowner, lanpltrusted) VALUES "
    " (12, 'internal', 10, 0), (14, 'sql', 10, 1);";

weir_status weir_shadow_fill_system(struct weir_shadow *shadow, struct weir_error *error) {
    if (sqlite3_exec(shadow->database, constants, NULL, NULL, NULL) != SQLITE_OK)
        return weir_shadow_fail(shadow, error, "fill");
    WEIR_TRY(weir_shadow_name_relations(shadow));
    WEIR_TRY(fill_schemas(shadow, error));
    WEIR_TRY(fill_types(shadow, error));
    WEIR_TRY(fill_roles(shadow, error));
    WEIR_TRY(fill_databases(shadow, error));
    WEIR_TRY(fill_keywords(shadow, error));
    return fill_settings(shadow, error);
}

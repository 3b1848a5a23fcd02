/* Makes and removes the stores that the tests work in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "store_fixture.h"

#include "exec/backend.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

const char *const fixture_policy =
    "POLICY \"Health statistics, 2026\" VERSION 3 CONTROLLER \"Ministry\" EFFECTIVE 2026-01-01 "
    "UNTIL "
    "2036-01-01;"
    "DATASET health UNIT person BUDGET EPSILON 8 DELTA 1e-7 PER YEAR;"
    "PUBLIC TABLE public.district (code TEXT KEY, label TEXT);"
    "TABLE health.patient (id BIGINT UNIT KEY, born INT NOT NULL RANGE 1900 .. 2027,"
    " sex TEXT VALUES ('F', 'M', 'X'), district TEXT VALUES FROM public.district(code),"
    " weight NUMERIC(5, 2), score DOUBLE PRECISION, insured BOOLEAN, seen_on DATE, seen_at "
    "TIMESTAMP,"
    " note TEXT, picture BLOB BIOMETRIC) RETAIN 10 YEARS FROM seen_on;"
    "ROLE analyst;"
    "PURPOSE planning IS dpv:PublicBenefit LEGAL BASIS \"GDPR 9(2)(i)\" BECAUSE \"Act 1\" UNTIL "
    "2036-01-01;"
    "PERMIT AGGREGATE ON health.patient (born, sex, district) FOR planning TO ROLE analyst"
    " BUDGET EPSILON 3 DELTA 1e-9 PER YEAR QUERY EPSILON 0.1 MINIMUM 10 PEOPLE;";

void fixture_reopen(struct fixture *fixture) {
    weir_store_close(fixture->store);
    fixture->store = NULL;
    weir_error_clear(&fixture->error);
    if (!weir_store_open(fixture->path, weir_env_system(), &fixture->store, &fixture->error).ok)
        fail_msg("%s", fixture->error.message);
}

void fixture_open(struct fixture *fixture, const char *text) {
    memset(fixture, 0, sizeof *fixture);
    assert_true(weir_env_initialise(&fixture->error).ok);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/weir_store_XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof fixture->path, "%s/store", fixture->folder);
    snprintf(fixture->file, sizeof fixture->file, "%s/input", fixture->folder);
    fixture->arena = weir_arena_create(64 << 20);
    assert_non_null(fixture->arena);
    const struct weir_policy *policy =
        weir_policy_parse(fixture->arena, text, strlen(text), &fixture->error);
    if (policy == NULL)
        fail_msg("policy: %s", fixture->error.message);
    if (!weir_store_create(fixture->path, weir_env_system(), policy, &fixture->error).ok)
        fail_msg("%s", fixture->error.message);
    fixture_reopen(fixture);
}

static int remove_entry(const char *path, const struct stat *facts, int kind, struct FTW *place) {
    (void)facts;
    (void)kind;
    (void)place;
    return remove(path);
}

void fixture_close(struct fixture *fixture) {
    weir_store_close(fixture->store);
    weir_arena_destroy(fixture->arena);
    assert_int_equal(nftw(fixture->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}

void fixture_write(struct fixture *fixture, const char *bytes, size_t len) {
    FILE *file = fopen(fixture->file, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

weir_status fixture_prepare(struct fixture *fixture, const char *schema, const char *table,
                            struct weir_load **load) {
    const struct weir_load_request request = {
        .schema = schema, .table = table, .path = fixture->file};
    weir_error_clear(&fixture->error);
    return weir_load_prepare(fixture->store, &request, load, &fixture->error);
}

weir_status fixture_commit(struct fixture *fixture, struct weir_load *load) {
    static const uint64_t indexes[] = {7, 8, 9, 10, 11, 12, 13, 14};
    return weir_load_commit(load, indexes, &fixture->error);
}

weir_status fixture_request(struct fixture *fixture, const struct weir_load_request *request) {
    struct weir_load *load = NULL;
    weir_error_clear(&fixture->error);
    WEIR_TRY(weir_load_prepare(fixture->store, request, &load, &fixture->error));
    weir_status status = fixture_commit(fixture, load);
    weir_load_close(load);
    return status;
}

weir_status fixture_load_file(struct fixture *fixture, const char *schema, const char *table,
                              const char *path) {
    return fixture_request(
        fixture, &(struct weir_load_request){.schema = schema, .table = table, .path = path});
}

weir_status fixture_append(struct fixture *fixture, const char *schema, const char *table,
                           const char *text) {
    fixture_write(fixture, text, strlen(text));
    return fixture_request(
        fixture, &(struct weir_load_request){
                     .schema = schema, .table = table, .path = fixture->file, .append = true});
}

weir_status fixture_load(struct fixture *fixture, const char *schema, const char *table,
                         const char *text) {
    fixture_write(fixture, text, strlen(text));
    return fixture_load_file(fixture, schema, table, fixture->file);
}

const struct weir_table_version *fixture_version(struct fixture *fixture, const char *schema,
                                                 const char *table) {
    const struct weir_table_version *versions;
    size_t count;
    int64_t store_version;
    weir_error_clear(&fixture->error);
    assert_true(weir_store_versions(fixture->store, fixture->arena, &versions, &count,
                                    &store_version, &fixture->error)
                    .ok);
    for (size_t i = 0; i < count; i++)
        if (strcmp(versions[i].schema, schema) == 0 && strcmp(versions[i].name, table) == 0)
            return &versions[i];
    return NULL;
}

static void print_rows(struct weir_buffer *text, const struct weir_rows *rows) {
    weir_buffer_text(text, "");
    for (size_t i = 0; i < rows->row_count * rows->column_count; i++) {
        if (i > 0)
            weir_buffer_text(text, i % rows->column_count == 0 ? ";" : "|");
        if (rows->values[i].is_null)
            weir_buffer_text(text, "~");
        else
            weir_value_print(&rows->values[i], text);
    }
}

void fixture_expect(struct fixture *fixture, const char *sql, const char *expected) {
    const struct weir_table_version *versions;
    struct weir_backend_table tables[8];
    struct weir_backend_options options = {.threads = 1, .memory_megabytes = 256};
    struct weir_backend *backend;
    struct weir_buffer got = {0};
    struct weir_rows rows;
    size_t count;
    int64_t store_version;
    weir_error_clear(&fixture->error);
    assert_true(weir_store_versions(fixture->store, fixture->arena, &versions, &count,
                                    &store_version, &fixture->error)
                    .ok);
    assert_true(count <= WEIR_COUNT(tables));
    for (size_t i = 0; i < count; i++)
        tables[i] =
            (struct weir_backend_table){versions[i].schema, versions[i].name, versions[i].path};
    if (!weir_duckdb_open(tables, count, &options, &backend, &fixture->error).ok)
        fail_msg("%s", fixture->error.message);
    if (!backend->operations
             ->query(backend, fixture->arena, NULL, sql, NULL, 0, 1000, &rows, &fixture->error)
             .ok)
        fail_msg("%s: %s", fixture->error.message, sql);
    print_rows(&got, &rows);
    assert_string_equal(got.bytes, expected);
    weir_buffer_free(&got);
    backend->operations->close(backend);
}

size_t fixture_count_files(const struct fixture *fixture, const char *folder) {
    char path[256];
    size_t count = 0;
    snprintf(path, sizeof path, "%s/%s", fixture->path, folder);
    DIR *stream = opendir(path);
    assert_non_null(stream);
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(stream);
    return count;
}

/* Measures the bounding operator inside DuckDB against a plain GROUP BY and against the same
 * bounding written as SQL. Usage: bench_bound [--rows N] [--threads N] [--runs N] [--no-sql]
 *                    [--only sorted|unsorted]
 *
 * Rows: N / 10 units of 10 rows on average, 50 groups, an amount in 0 .. 999; once stored sorted by
 * unit and once as they come. Prints medians in milliseconds. */
#include "bound/bounder.h"
#include "exec/duckdb_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"

enum { RUNS_MAX = 99, LATTICE_BITS = 20 };

struct settings {
    long long rows;
    int threads, runs;
    bool with_sql;
    const char *only; /* NULL = both tables */
};

/* What one run of the operator took, milliseconds. */
struct timing {
    double feed, finish, clip, total;
};

struct bench {
    struct settings settings;
    char folder[64], sorted[96], unsorted[96];
    struct weir_backend *backend;
};

static void give_up(const struct weir_error *error) {
    fprintf(stderr, "bench_bound: %s\n", error->message);
    exit(1);
}

static double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int by_size(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(const double *values, int count) {
    double sorted[RUNS_MAX];
    memcpy(sorted, values, (size_t)count * sizeof *values);
    qsort(sorted, (size_t)count, sizeof *sorted, by_size);
    return sorted[count / 2];
}

/* ---- data ---- */

static void make_file(const struct bench *bench, const char *path, bool is_sorted) {
    struct weir_backend_options options = {.threads = bench->settings.threads};
    struct weir_error error = {0};
    duckdb_database database;
    duckdb_connection connection;
    char sql[512];
    snprintf(sql, sizeof sql,
             "CREATE TABLE rows AS SELECT CAST(hash(i) %% %lld AS INTEGER) AS unit, "
             "CAST(hash(i + 1000000000000) %% 50 AS INTEGER) AS grp, "
             "CAST(hash(i + 2000000000000) %% 1000 AS INTEGER) AS amount FROM range(%lld) r(i)%s",
             bench->settings.rows / 10, bench->settings.rows, is_sorted ? " ORDER BY unit" : "");
    if (!weir_duckdb_open_database(path, &options, &database, &error).ok)
        give_up(&error);
    duckdb_connect(database, &connection);
    /* the order is the point of it */
    if (!weir_duckdb_run(connection, "SET preserve_insertion_order = true", &error).ok ||
        !weir_duckdb_run(connection, sql, &error).ok)
        give_up(&error);
    duckdb_disconnect(&connection);
    duckdb_close(&database);
}

static void open_bench(struct bench *bench) {
    struct weir_error error = {0};
    snprintf(bench->folder, sizeof bench->folder, "/tmp/weir_bench_XXXXXX");
    if (mkdtemp(bench->folder) == NULL)
        exit(1);
    snprintf(bench->sorted, sizeof bench->sorted, "%s/sorted.duckdb", bench->folder);
    snprintf(bench->unsorted, sizeof bench->unsorted, "%s/unsorted.duckdb", bench->folder);
    make_file(bench, bench->sorted, true);
    make_file(bench, bench->unsorted, false);
    struct weir_backend_table tables[] = {{"bench", "sorted", bench->sorted},
                                          {"bench", "unsorted", bench->unsorted}};
    struct weir_backend_options options = {.threads = bench->settings.threads};
    if (!weir_duckdb_open(tables, WEIR_COUNT(tables), &options, &bench->backend, &error).ok)
        give_up(&error);
}

static void close_bench(struct bench *bench) {
    bench->backend->operations->close(bench->backend);
    unlink(bench->sorted);
    unlink(bench->unsorted);
    rmdir(bench->folder);
}

/* ---- what is measured ---- */

static double time_query(const struct bench *bench, const char *sql) {
    struct weir_error error = {0};
    struct weir_rows rows;
    struct weir_arena *arena = weir_arena_create(64 << 20);
    double begin = now_ms();
    if (!bench->backend->operations
             ->query(bench->backend, arena, NULL, sql, NULL, 0, 100000, &rows, &error)
             .ok)
        give_up(&error);
    double took = now_ms() - begin;
    weir_arena_destroy(arena);
    return took;
}

static double time_plain(const struct bench *bench, const char *table) {
    double took[RUNS_MAX];
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT grp, count(*), sum(amount) FROM bench.%s GROUP BY grp",
             table);
    for (int i = 0; i < bench->settings.runs; i++)
        took[i] = time_query(bench, sql);
    return median(took, bench->settings.runs);
}

/* tau: what 1 unit in 100 is beyond, as a private choice would find it roughly. */
static int64_t choose_tau(const struct weir_bounder *bounder, size_t measure) {
    const uint64_t *histogram = weir_bounder_histogram(bounder, measure);
    uint64_t units = 0, within = 0;
    for (size_t i = 0; i <= WEIR_BOUNDER_TAU_COUNT; i++)
        units += histogram[i];
    for (size_t i = 0; i < WEIR_BOUNDER_TAU_COUNT; i++) {
        within += histogram[i];
        if (within * 100 >= units * 99)
            return weir_bounder_tau(i);
    }
    return weir_bounder_tau(WEIR_BOUNDER_TAU_COUNT - 1);
}

static struct weir_bounder *make_bounder(const struct bench *bench) {
    static const struct weir_bounder_column key = {.type = WEIR_TYPE_INTEGER};
    struct weir_bounder_measure measures[] = {
        {.kind = WEIR_BOUNDER_ROWS},
        {.kind = WEIR_BOUNDER_SUM, .contribution = {.low = 0, .high = 1000, .raw_unit = 1}}};
    struct weir_bounder_options options = {.memory_limit_bytes = SIZE_MAX / 2,
                                           .threads = bench->settings.threads,
                                           .key_count = 1,
                                           .argument_count = 1,
                                           .measure_count = WEIR_COUNT(measures),
                                           .keys = &key,
                                           .arguments = &key,
                                           .measures = measures};
    struct weir_error error = {0};
    struct weir_bounder *bounder;
    if (!weir_bounder_create(&options, &bounder, &error).ok)
        give_up(&error);
    return bounder;
}

static struct timing time_operator_once(const struct bench *bench, const char *table) {
    struct weir_error error = {0};
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT CAST(unit AS BIGINT), grp, amount FROM bench.%s", table);
    struct weir_arena *arena = weir_arena_create(1 << 20);
    double begin = now_ms();
    struct weir_bounder *bounder = make_bounder(bench);
    if (!bench->backend->operations
             ->bound(bench->backend, arena, NULL, sql, NULL, 0, bounder, &error)
             .ok)
        give_up(&error);
    double fed = now_ms();
    if (!weir_bounder_finish(bounder, &error).ok)
        give_up(&error);
    double finished = now_ms();
    weir_int128 *sums = calloc(weir_bounder_group_count(bounder) + 1, sizeof *sums);
    for (size_t measure = 0; measure < 2; measure++)
        if (!weir_bounder_clip(bounder, measure, choose_tau(bounder, measure), LATTICE_BITS, sums,
                               &error)
                 .ok)
            give_up(&error);
    double clipped = now_ms();
    free(sums);
    weir_bounder_destroy(bounder);
    weir_arena_destroy(arena);
    return (struct timing){fed - begin, finished - fed, clipped - finished, now_ms() - begin};
}

static struct timing time_operator(const struct bench *bench, const char *table) {
    double feed[RUNS_MAX], finish[RUNS_MAX], clip[RUNS_MAX], total[RUNS_MAX];
    for (int i = 0; i < bench->settings.runs; i++) {
        struct timing once = time_operator_once(bench, table);
        feed[i] = once.feed;
        finish[i] = once.finish;
        clip[i] = once.clip;
        total[i] = once.total;
    }
    int runs = bench->settings.runs;
    return (struct timing){median(feed, runs), median(finish, runs), median(clip, runs),
                           median(total, runs)};
}

/* The clip of both measures at fixed taus, as SQL says it; no histogram. */
static double time_sql(const struct bench *bench, const char *table) {
    char sql[1024];
    snprintf(sql, sizeof sql,
             "WITH cells AS (SELECT unit, grp, count(*) AS n, sum(amount) AS s FROM bench.%s "
             "GROUP BY unit, grp), norms AS (SELECT grp, n, s, "
             "sqrt(sum(n * n) OVER (PARTITION BY unit)) AS nn, "
             "sqrt(sum(s * s) OVER (PARTITION BY unit)) AS sn FROM cells) "
             "SELECT grp, sum(trunc(n * 1048576 * least(1, 5 / nn))), "
             "sum(trunc(s * 1048576 * least(1, 2900 / greatest(sn, 1)))) FROM norms GROUP BY grp",
             table);
    return time_query(bench, sql);
}

static void measure(const struct bench *bench, const char *table) {
    if (bench->settings.only != NULL && strcmp(bench->settings.only, table) != 0)
        return;
    double plain = time_plain(bench, table);
    struct timing own = time_operator(bench, table);
    printf("%-8s  plain %8.1f ms   operator %8.1f ms (feed %.1f, finish %.1f, clip %.1f)   %.2fx",
           table, plain, own.total, own.feed, own.finish, own.clip, own.total / plain);
    if (bench->settings.with_sql) {
        double sql = time_sql(bench, table);
        printf("   SQL %8.1f ms   %.1fx", sql, sql / plain);
    }
    printf("\n");
    fflush(stdout);
}

static bool read_settings(int count, char **words, struct settings *settings) {
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--no-sql") == 0) {
            settings->with_sql = false;
            continue;
        }
        if (i + 1 == count)
            return false;
        if (strcmp(words[i], "--only") == 0) {
            settings->only = words[++i];
            continue;
        }
        long long number = strtoll(words[i + 1], NULL, 10);
        if (strcmp(words[i], "--rows") == 0)
            settings->rows = number;
        else if (strcmp(words[i], "--threads") == 0)
            settings->threads = (int)number;
        else if (strcmp(words[i], "--runs") == 0)
            settings->runs = (int)number;
        else
            return false;
        i++;
    }
    return settings->rows >= 10 && settings->threads >= 1 && settings->runs >= 1 &&
           settings->runs <= RUNS_MAX;
}

int main(int count, char **words) {
    struct bench bench = {
        .settings = {.rows = 10000000, .threads = 2, .runs = 5, .with_sql = true}};
    if (!read_settings(count, words, &bench.settings)) {
        fprintf(stderr, "usage: bench_bound [--rows N] [--threads N] [--runs N] [--no-sql] "
                        "[--only sorted|unsorted]\n");
        return 2;
    }
    open_bench(&bench);
    printf("%lld rows, %lld units, 50 groups, %d threads, medians of %d\n", bench.settings.rows,
           bench.settings.rows / 10, bench.settings.threads, bench.settings.runs);
    measure(&bench, "sorted");
    measure(&bench, "unsorted");
    close_bench(&bench);
    return 0;
}

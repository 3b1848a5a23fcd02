/* The layout of C2SP tlog-tiles: paths, widths, bundles, and the published example of 70,000
 * entries. */
#include "support.h"
#include "translog/tiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

static void paths_are_those_of_the_specification(void **state) {
    (void)state;
    static const struct {
        struct weir_tile tile;
        const char *path;
    } cases[] = {
        {{0, 0, 256}, "tile/0/000"},
        {{0, 1234067, 256}, "tile/0/x001/x234/067"},
        {{1, 999, 17}, "tile/1/999.p/17"},
        {{0, 1000, 5}, "tile/0/x001/000.p/5"},
        {{7, 0, 1}, "tile/7/000.p/1"},
        {{WEIR_TILE_ENTRIES, 273, 112}, "tile/entries/273.p/112"},
        {{WEIR_TILE_ENTRIES, 273000, 256}, "tile/entries/x273/000"},
        {{2, UINT64_MAX, 255}, "tile/2/x018/x446/x744/x073/x709/x551/615.p/255"},
    };
    for (size_t i = 0; i < WEIR_COUNT(cases); i++) {
        char path[WEIR_TILE_PATH_BYTES];
        struct weir_tile tile;
        weir_tile_path(&cases[i].tile, path, sizeof path);
        assert_string_equal(path, cases[i].path);
        assert_true(weir_tile_path_parse(path, &tile));
        assert_int_equal(tile.level, cases[i].tile.level);
        assert_int_equal(tile.index, cases[i].tile.index);
        assert_int_equal(tile.width, cases[i].tile.width);
    }
}

static void other_paths_are_refused(void **state) {
    (void)state;
    static const char *const paths[] = {"",
                                        "tile",
                                        "tile/",
                                        "tile/0",
                                        "tile/0/",
                                        "tile/0/0",
                                        "tile/0/00",
                                        "tile/0/0000",
                                        "tile/0/000/",
                                        "tile/0/000.p",
                                        "tile/0/000.p/",
                                        "tile/0/000.p/0",
                                        "tile/0/000.p/256",
                                        "tile/0/000.p/01",
                                        "tile/0/000.p/1x",
                                        "tile/0/000.tmp",
                                        "tile/8/000",
                                        "tile/00/000",
                                        "tile/-1/000",
                                        "tile/entries",
                                        "tile/entries/x000",
                                        "tile/entries/x000/001",
                                        "tile/0/001/001",
                                        "tile/0/x1/001",
                                        "tile/0/x001",
                                        "tile/0/x001/",
                                        "tile/0/x001/x002",
                                        "tile/8/0/000",
                                        "/tile/0/000",
                                        "tile//0/000",
                                        "tile/0/../000",
                                        "tile/0/x018/x446/x744/x073/x709/x551/616",
                                        "tile/0/x001/x000/x000/x000/x000/x000/x000/000"};
    struct weir_tile tile;
    for (size_t i = 0; i < WEIR_COUNT(paths); i++)
        assert_false(weir_tile_path_parse(paths[i], &tile));
}

static void bundles_come_apart_as_they_were_put_together(void **state) {
    (void)state;
    struct weir_buffer bundle = {0};
    static const char long_entry[UINT16_MAX] = {'a'};
    weir_bundle_append(&bundle, "one", 3);
    weir_bundle_append(&bundle, "", 0);
    weir_bundle_append(&bundle, long_entry, sizeof long_entry);
    assert_memory_equal(bundle.bytes, "\0\3one\0\0\xff\xff", 9);
    struct weir_bundle_cursor cursor = {(const uint8_t *)bundle.bytes, bundle.len};
    const uint8_t *entry;
    size_t len;
    assert_true(weir_bundle_next(&cursor, &entry, &len));
    assert_int_equal(len, 3);
    assert_memory_equal(entry, "one", 3);
    assert_true(weir_bundle_next(&cursor, &entry, &len));
    assert_int_equal(len, 0);
    assert_true(weir_bundle_next(&cursor, &entry, &len));
    assert_int_equal(len, sizeof long_entry);
    assert_false(weir_bundle_next(&cursor, &entry, &len));
    assert_int_equal(cursor.left, 0);
    cursor = (struct weir_bundle_cursor){(const uint8_t *)"\0\3on", 4};
    assert_false(weir_bundle_next(&cursor, &entry, &len));
    assert_int_equal(cursor.left, 4);
    cursor = (struct weir_bundle_cursor){(const uint8_t *)"\0", 1};
    assert_false(weir_bundle_next(&cursor, &entry, &len));
    assert_int_equal(cursor.left, 1);
    weir_buffer_free(&bundle);
}

static void seventy_thousand_entries_lie_as_the_specification_says(void **state) {
    (void)state;
    static char names[1024][128];
    struct test_folder folder;
    struct test_env test;
    test_folder_make(&folder);
    test_env_make(&test);
    test_log_fill(folder.log, &test.env, 70000);
    size_t count = test_file_list(folder.log, names, WEIR_COUNT(names));
    size_t full[4] = {0}, partial[4] = {0};
    for (size_t i = 0; i < count; i++) {
        struct weir_tile tile;
        size_t len;
        if (!weir_tile_path_parse(names[i], &tile))
            continue;
        assert_true(tile.level <= 2);
        (tile.width == WEIR_TILE_WIDTH ? full : partial)[tile.level + 1]++;
        uint8_t *bytes = test_file_read(folder.log, names[i], &len);
        if (tile.level >= 0)
            assert_int_equal(len, tile.width * 32);
        free(bytes);
    }
    /* Partial tiles of earlier checkpoints may stay beside the ones of the last. */
    static const char *const expected[] = {"tile/0/273.p/112", "tile/entries/273.p/112",
                                           "tile/1/001.p/17", "tile/2/000.p/1"};
    for (size_t i = 0; i < WEIR_COUNT(expected); i++) {
        size_t len;
        free(test_file_read(folder.log, expected[i], &len));
        assert_true(partial[i == 1 ? 0 : i == 0 ? 1 : i] >= 1);
    }
    assert_int_equal(full[0], 273);
    assert_int_equal(full[1], 273);
    assert_int_equal(full[2], 1);
    assert_int_equal(full[3], 0);
    assert_int_equal(partial[3], 1);
    struct test_content content;
    struct weir_error error = {0};
    assert_true(test_read(folder.log, &content, &error).ok);
    assert_int_equal(content.size, 70000);
    assert_string_equal(content.texts[69999], "entry 69999");
    test_content_free(&content);
    test_folder_remove(&folder);
}

int main(void) {
    struct weir_error error = {0};
    if (!weir_env_initialise(&error).ok)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_those_of_the_specification),
        cmocka_unit_test(other_paths_are_refused),
        cmocka_unit_test(bundles_come_apart_as_they_were_put_together),
        cmocka_unit_test(seventy_thousand_entries_lie_as_the_specification_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

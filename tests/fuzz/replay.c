/* Feeds each file of a corpus folder to a fuzzer's entry, without libFuzzer: a finding once kept
 * stays found. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The bytes stand in a block of exactly their length, so that a sanitizer sees a read past their
 * end. */
static int replay(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return -1;
    struct stat facts;
    uint8_t *bytes = NULL;
    int result = -1;
    if (fstat(fileno(file), &facts) == 0 && (bytes = malloc((size_t)facts.st_size + 1))) {
        size_t len = fread(bytes, 1, (size_t)facts.st_size, file);
        uint8_t *exact = realloc(bytes, len ? len : 1);
        bytes = exact ? exact : bytes;
        if (exact && !ferror(file))
            result = LLVMFuzzerTestOneInput(bytes, len);
    }
    free(bytes);
    fclose(file);
    return result;
}

int main(int argc, char **argv) {
    struct dirent **entries = NULL;
    int count = argc == 2 ? scandir(argv[1], &entries, NULL, alphasort) : -1;
    int tests = 0;
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.')
            printf("%s %d - %s\n", replay(argv[1], entries[i]->d_name) == 0 ? "ok" : "not ok",
                   ++tests, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    printf("1..%d\n", tests);
    return tests > 0 ? 0 : 1;
}

/* A disk under SQLite that fails when told: a VFS over the real one, made the default. */
#ifndef WEIR_TESTS_BUDGET_FAULTY_DISK_H
#define WEIR_TESTS_BUDGET_FAULTY_DISK_H

#include <stdbool.h>

struct faulty_disk {
    int calls;     /* writes, truncations and syncs so far */
    int fail_at;   /* the number of the call (from 1) that fails; 0 = none */
    bool for_good; /* all calls after it fail as well */
    int failures;
    bool sync_failed;
};
extern struct faulty_disk faulty_disk;

void faulty_disk_install(void);
void faulty_disk_remove(void);

#endif

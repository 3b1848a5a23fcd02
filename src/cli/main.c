/* The program weir. */
#include "cli/cli.h"

#include "base/banned.h"

int main(int argc, char **argv) {
    enum weir_exit status = weir_cli_run(argc, argv);
    /* An answer that did not reach its reader (a full disk, a closed pipe) is a failure. */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("weir: standard output");
        return WEIR_EXIT_FAILED;
    }
    return (int)status;
}

/* Measuring one planned question on a database and on its neighbours. */
#ifndef WEIR_TESTS_PROPERTY_CHECK_H
#define WEIR_TESTS_PROPERTY_CHECK_H

#include "engine.h"
#include "planned.h"

/* What was measured before noise. */
struct measured {
    weir_status status;
    struct weir_error error;
    struct weir_rows fed;            /* unit, keys, arguments of each row */
    const size_t **order;            /* of the rows: by their values */
    struct weir_exact_groups groups; /* one row a unit: the engine's sums; else the keys alone */
    struct weir_bounder *bounder;    /* else NULL */
};

struct finding {
    bool found;
    char text[1000];
};

/* Over what engine_use has set. measured_end frees what is not in the arena. */
void measured_begin(struct measured *measured, struct engine *engine, struct weir_arena *arena,
                    const struct weir_release_plan *plan);
void measured_end(struct measured *measured);

/* What holds of each database by itself: it ran, and where no unit may have two rows none has. */
void check_alone(const struct weir_release_plan *plan, const struct measured *measured,
                 const char *said, struct finding *finding);
/* `with` has the rows of `unit`, `without` has not; nothing else differs. */
void check_pair(const struct weir_release_plan *plan, const struct measured *with,
                const struct measured *without, int64_t unit, struct weir_arena *arena,
                struct draw *draw, struct finding *finding);

/* Two ways of measuring one database agree. */
void check_same(const struct weir_release_plan *plan, const struct measured *one,
                const struct measured *other, struct weir_arena *arena, struct finding *finding);
/* Over what engine_use has set: the release with its noise, and the question over it, give rows of
 * the types that were said. */
void check_answer(struct engine *engine, const struct planned *planned, struct weir_arena *arena,
                  struct finding *finding);
void find(struct finding *finding, const char *format, ...) WEIR_PRINTF(2, 3);

#endif

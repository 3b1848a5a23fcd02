/* The passes in their order. */
#include "privacy/passes.h"

#include "base/banned.h"

weir_status weir_privacy_plan(struct weir_arena *arena, const struct weir_catalog *catalog,
                              const char *text, double epsilon,
                              const struct weir_domain_reader *reader,
                              struct weir_question *question, struct weir_release_plan **plan,
                              struct weir_error *error) {
    *plan = NULL;
    WEIR_TRY(weir_pass_admit(text, question, error));
    WEIR_TRY(weir_pass_unit(arena, text, question, error));
    if (question->release == NULL)
        return WEIR_OK;
    struct weir_release_plan *made = WEIR_NEW(arena, struct weir_release_plan);
    if (made == NULL)
        return WEIR_FAILED;
    made->release = question->release;
    WEIR_TRY(weir_pass_bound(arena, text, reader, made, error));
    WEIR_TRY(weir_pass_price(catalog, epsilon, made, error));
    made->canonical = weir_relation_print(arena, question->release, false);
    made->shown = weir_relation_print(arena, question->release, true);
    if (made->canonical == NULL || made->shown == NULL)
        return WEIR_FAILED;
    *plan = made;
    return WEIR_OK;
}

/* Which values a group key is known to have without looking at persons. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "question_fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define PERSON " FROM clinic.person p"
#define LEFT_DISTRICT PERSON " LEFT JOIN public.district d ON d.code = p.district"
#define DISTRICT PERSON " JOIN public.district d ON d.code = p.district"

static const struct {
    const char *key, *from;
    const char *values; /* in order, NULL as "-"; NULL = not declared */
} domains[] = {
    /* declared in the policy; NULL where a row may have none */
    {"p.sex", PERSON, "F M X"},
    {"p.children", PERSON, "0 1 2 3 -"},
    {"p.district", PERSON, "A B C"},
    {"v.ward", " FROM clinic.visit v", "A B C -"},
    {"p.active", PERSON, "f t -"},
    {"p.town", PERSON, NULL},
    {"p.born", PERSON, NULL},
    {"p.income", PERSON, NULL},
    /* public columns */
    {"d.code", DISTRICT, "A B C"},
    {"d.code", LEFT_DISTRICT, "A B C -"},
    {"d.label", DISTRICT, "A B C -"},
    {"d.urban", DISTRICT, "f t -"},
    {"d.urban", LEFT_DISTRICT, "f t -"},
    {"d.x", PERSON " JOIN (SELECT code AS x FROM public.district) d ON d.x = p.district", "A B C"},
    {"d.x",
     PERSON " JOIN (SELECT code || '!' AS x, code FROM public.district) d ON d.code = p.district",
     NULL},
    /* a declared column that a left join may leave out */
    {"p.sex", " FROM clinic.visit v LEFT JOIN clinic.person p ON p.person_id = v.person_id",
     "F M X -"},
    {"p.sex", " FROM clinic.visit v JOIN clinic.person p ON p.person_id = v.person_id", "F M X"},
    /* truth values */
    {"p.born < 1960", PERSON, "f t"},
    {"p.town = 'x'", PERSON, "f t -"},
    {"p.town IS NULL", PERSON, "f t"},
    {"(p.town = 'x') IS TRUE", PERSON, "f t"},
    {"p.sex = 'F' AND p.born < 1960", PERSON, "f t"},
    {"p.sex = 'F' OR p.town = 'x'", PERSON, "f t -"},
    {"p.score > 1", PERSON, "f t -"},
    {"NOT p.active", PERSON, "f t -"},
    /* CASE of constants, whatever the conditions */
    {"CASE WHEN p.born < 1960 THEN 'old' ELSE 'young' END", PERSON, "old young"},
    {"CASE WHEN p.born < 1960 THEN 'old' END", PERSON, "old -"},
    {"CASE p.sex WHEN 'F' THEN 2 WHEN 'M' THEN 1 ELSE 2 END", PERSON, "1 2"},
    {"CASE WHEN p.born < 1960 THEN NULL ELSE 'b' END", PERSON, "b -"},
    {"CASE WHEN p.born < 1960 THEN p.sex ELSE 'b' END", PERSON, NULL},
    /* fields of dates, buckets */
    {"extract(quarter FROM v.day)", " FROM clinic.visit v", "1 2 3 4 -"},
    {"extract(dow FROM v.day)", " FROM clinic.visit v", "0 1 2 3 4 5 6 -"},
    {"extract(isodow FROM v.day)", " FROM clinic.visit v", "1 2 3 4 5 6 7 -"},
    {"extract(year FROM v.day)", " FROM clinic.visit v", NULL},
    {"width_bucket(p.score, 0, 10, 3)", PERSON, "0 1 2 3 4 -"},
    {"width_bucket(p.born::double precision, 1900, 2000, 2)", PERSON, "0 1 2 3 -"},
    {"width_bucket(p.score, 0, 10, 3) + 1", PERSON, NULL},
    /* through derived tables */
    {"t.s", " FROM (SELECT sex AS s, town FROM clinic.person) t", "F M X"},
    {"t.c", " FROM (SELECT CASE WHEN born < 1960 THEN 1 ELSE 2 END AS c FROM clinic.person) t",
     NULL},
    {"t.district",
     " FROM (SELECT p.person_id, p.district, count(*) AS n FROM clinic.person p GROUP BY 1, 2) t",
     "A B C"},
    {"t.n", " FROM (SELECT person_id, count(*) AS n FROM clinic.visit GROUP BY 1) t", NULL},
    {"t.m", " FROM (SELECT person_id, max(ward) AS m FROM clinic.visit GROUP BY 1) t", NULL},
    {"t.sex", " FROM (SELECT sex FROM clinic.person UNION ALL SELECT sex FROM clinic.person) t",
     "F M X"},
    {"t.town",
     " FROM (SELECT sex AS town FROM clinic.person UNION ALL SELECT town FROM clinic.visit) t",
     NULL},
    {"t.town",
     " FROM (SELECT district AS town FROM clinic.person UNION ALL SELECT sex FROM clinic.person) t",
     NULL},
};

static const char *shown(struct weir_arena *arena, const struct weir_domain *domain) {
    struct weir_buffer out = {0};
    if (!domain->declared)
        return NULL;
    for (size_t i = 0; i < domain->count; i++) {
        weir_buffer_text(&out, i == 0 ? "" : " ");
        if (domain->values[i].is_null)
            weir_buffer_byte(&out, '-');
        else
            weir_value_print(&domain->values[i], &out);
    }
    const char *text = weir_arena_string(arena, out.bytes == NULL ? "" : out.bytes);
    weir_buffer_free(&out);
    return text;
}

static void keys_have_the_values_they_can_have(void **state) {
    struct clinic clinic;
    char text[512];
    (void)state;
    clinic_open(&clinic);
    for (size_t i = 0; i < WEIR_COUNT(domains); i++) {
        snprintf(text, sizeof text, "SELECT %s, count(*)%s GROUP BY 1", domains[i].key,
                 domains[i].from);
        const struct weir_release_plan *plan = clinic_plan(&clinic, text);
        const char *seen = shown(clinic.arena, &plan->domains[0]);
        bool is_right = (seen == NULL) == (domains[i].values == NULL) &&
                        (seen == NULL || strcmp(seen, domains[i].values) == 0);
        if (!is_right || plan->groups_declared != (seen != NULL))
            fail_msg("%s: %s, expected %s", text, seen == NULL ? "undeclared" : seen,
                     domains[i].values == NULL ? "undeclared" : domains[i].values);
        assert_true(!plan->groups_declared || plan->declared_group_count == plan->domains[0].count);
    }
    clinic_close(&clinic);
}

static void groups_are_the_product_while_it_is_small(void **state) {
    struct clinic clinic;
    (void)state;
    clinic_open(&clinic);
    const struct weir_release_plan *plan = clinic_plan(
        &clinic, "SELECT sex, district, active, count(*) FROM clinic.person GROUP BY 1, 2, 3");
    assert_true(plan->groups_declared);
    assert_int_equal(plan->declared_group_count, 3 * 3 * 3);
    plan = clinic_plan(&clinic, "SELECT sex, town, count(*) FROM clinic.person GROUP BY 1, 2");
    assert_false(plan->groups_declared);
    plan = clinic_plan(
        &clinic, "SELECT width_bucket(score, 0, 1, 9997), count(*) FROM clinic.person GROUP BY 1");
    assert_true(plan->groups_declared);
    assert_int_equal(plan->declared_group_count, WEIR_DECLARED_GROUPS_MAX);
    plan = clinic_plan(
        &clinic, "SELECT width_bucket(score, 0, 1, 9998), count(*) FROM clinic.person GROUP BY 1");
    assert_false(plan->groups_declared);
    clinic_close(&clinic);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_have_the_values_they_can_have),
        cmocka_unit_test(groups_are_the_product_while_it_is_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

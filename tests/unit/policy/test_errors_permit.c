/* Malformed permits, and malformed statements of those that are not enforced: a syntax error, never
 * a refusal. */
#include "support.h"

#include "base/banned.h"

static const struct malformed permits_cases[] = {
    {FULL "PERMIT ALL;", 4, 8, "expected AGGREGATE or ROWS after PERMIT, found a name or keyword"},
    {FULL "PERMIT AGGREGATE d.t (a);", 4, 18,
     "expected ON before the tables that a permit opens, found a name or keyword"},
    {FULL "PERMIT AGGREGATE ON t (a);", 4, 23,
     "expected '.' between the schema and the table's name, found '('"},
    {FULL "PERMIT AGGREGATE ON d.t FOR p;", 4, 25,
     "expected '(' before the list of columns, found a name or keyword"},
    {FULL "PERMIT AGGREGATE ON d.t ();", 4, 26, "expected a column's name, found ')'"},
    {FULL
     "PERMIT AGGREGATE ON d.t (a, a) FOR p TO ROLE r BUDGET EPSILON 1 DELTA 1e-9 QUERY EPSILON 1;",
     4, 29, "the name \"a\" is listed twice"},
    {FULL "PERMIT AGGREGATE ON d.t (a b) FOR p;", 4, 28,
     "expected ',' or ')' after a column's name, found a name or keyword"},
    {FULL "PERMIT AGGREGATE ON d.t (a) TO ROLE r;", 4, 29,
     "expected FOR or ',' after the tables that a permit opens, found a name or keyword"},
    {FULL "PERMIT AGGREGATE ON d.t (a) FOR p TO r;", 4, 38,
     "expected ROLE after the permit's purpose, found a name or keyword"},
    {FULL "PERMIT AGGREGATE ON d.t (a) FOR p TO ROLE r;", 4, 44,
     "expected BUDGET, QUERY EPSILON, MINIMUM or PAD TIME in the PERMIT AGGREGATE statement, found "
     "';'"},
    {FULL "PERMIT AGGREGATE ON d.t (a) FOR p TO ROLE r BUDGET EPSILON 1 DELTA 1e-9;", 4, 72,
     "expected QUERY EPSILON, MINIMUM or PAD TIME in the PERMIT AGGREGATE statement, found ';'"},
    {FULL "PERMIT AGGREGATE ON d.t (a) FOR p TO ROLE r BUDGET EPSILON 1 DELTA 1e-9 QUERY 1;", 4, 79,
     "expected EPSILON before the privacy price, found a number"},
    {FULL "PERMIT AGGREGATE ON d.t (a) FOR p TO ROLE r MINIMUM 0 PEOPLE;", 4, 53,
     "expected the fewest people of a group, a whole number from 1 to 1000000, found one that does "
     "not fit"},
    {FULL "PERMIT AGGREGATE ON d.t (a) FOR p TO ROLE r MINIMUM 10 ROWS;", 4, 56,
     "expected PEOPLE after the fewest people of a group, found a name or keyword"},
    {FULL "PERMIT AGGREGATE ON d.u (a)" TAIL, 4, 23, "the policy has no such table: \"u\""},
    {FULL "PERMIT AGGREGATE ON d.t (z)" TAIL, 4, 26, "the table has no column \"z\""},
    {FULL
     "PERMIT AGGREGATE ON d.t (a) FOR q TO ROLE r BUDGET EPSILON 1 DELTA 1e-9 QUERY EPSILON 1;",
     4, 33, "declare the purpose with PURPOSE: \"q\""},
    {FULL
     "PERMIT AGGREGATE ON d.t (a) FOR p TO ROLE s BUDGET EPSILON 1 DELTA 1e-9 QUERY EPSILON 1;",
     4, 43, "declare the role with ROLE: \"s\""},
    {FULL "PERMIT AGGREGATE ON d.t (a)" TAIL "\nPERMIT AGGREGATE ON d.t (a)" TAIL, 5, 1,
     "the permit in line 4 is for the same purpose and role: write one permit"},
    {FULL "PERMIT AGGREGATE ON d.t (a)" TAIL "\nTABLE", 5, 6,
     "expected a table's name with its schema, found the end of the text"},
};

static void permits(void **state) {
    (void)state;
    weir_test_malformed(permits_cases, WEIR_COUNT(permits_cases));
}

static const struct malformed not_yet_enforced_cases[] = {
    {HEAD "PERMIT ROWS ON d.t (a) FOR p TO ROLE r ONE PERSON;", 2, 50,
     "expected AT in ONE PERSON AT A TIME, found ';'"},
    {HEAD "PERMIT ROWS ON d.t (a) FOR p TO ROLE r CASE;", 2, 44,
     "expected REQUIRED after CASE, found ';'"},
    {HEAD "PERMIT ROWS ON d.t (a) FOR p TO ROLE r APPROVAL OF (a);", 2, 49,
     "expected how many must agree, a whole number from 1 to 100, found a name or keyword"},
    {HEAD "PERMIT ROWS ON d.t (a) FOR p TO ROLE r APPROVAL 3 OF (a, b);", 2, 49,
     "more must agree than are listed"},
    {HEAD "PERMIT ROWS ON d.t (a) FOR p TO ROLE r APPROVAL 2 OF (a, A);", 2, 58,
     "the name \"a\" is listed twice"},
    {HEAD "PERMIT ROWS ON d.t (a) FOR p TO ROLE r APPROVAL 1 OF (s, r);", 2, 58,
     "the role \"r\" would approve its own requests"},
    {HEAD "PERMIT ROWS ON d.t (a) FOR p TO ROLE r EXPIRES 8;", 2, 49,
     "expected HOURS after how long access lasts, found ';'"},
    {HEAD "PERMIT ROWS ON d.t (a) FOR p TO ROLE r MAX ROWS;", 2, 44,
     "expected the most rows shown, a whole number from 1 to 1000000, found a name or keyword"},
    {HEAD "PERMIT ROWS ON d.t (a) FOR p TO ROLE r NOTIFY SUBJECT 30 DAYS;", 2, 55,
     "expected WITHIN in NOTIFY SUBJECT WITHIN, found a number"},
    {HEAD "PERMIT ROWS ON d.t (a) FOR p TO ROLE r BUDGET EPSILON 1;", 2, 40,
     "expected ONE PERSON AT A TIME, CASE REQUIRED, APPROVAL, EXPIRES, MAX, NOTIFY SUBJECT or ';' "
     "in the PERMIT ROWS statement, found a name or keyword"},
    {HEAD "LINK a AND b;", 2, 8,
     "expected WITH after the first dataset of LINK, found a name or keyword"},
    {HEAD "LINK a WITH a ON person FOR p;", 2, 13, "LINK joins two different datasets"},
    {HEAD "LINK a WITH b ON person FOR p;", 2, 30,
     "expected UNDER AGREEMENT, SIGNED BY or BUDGET in the LINK statement, found ';'"},
    {HEAD "LINK a WITH b ON person FOR p UNDER \"x\";", 2, 37,
     "expected AGREEMENT after UNDER, found a text in double quotes"},
    {HEAD "LINK a WITH b ON person FOR p SIGNED (a);", 2, 38,
     "expected BY after SIGNED, found '('"},
    {HEAD "LINK a WITH b ON person FOR p UNDER AGREEMENT \"x\" SIGNED BY ();", 2, 62,
     "expected a role's name, found ')'"},
    {HEAD "FORBID ALL FOR dpv:X;", 2, 8,
     "expected ANY, AGGREGATE or ROWS after FORBID, found a name or keyword"},
    {HEAD "FORBID ANY dpv:X;", 2, 12,
     "expected FOR after what is forbidden, found a term of the form vocabulary:Term"},
    {HEAD "FORBID ANY FOR p;", 2, 16,
     "expected a term of the form vocabulary:Term, found a name or keyword"},
    {HEAD "FORBID ANY FOR dpv:X TREE;", 2, 22,
     "expected ';' at the end of the statement, found a name or keyword"},
    {HEAD "CHANGE 2 OF (a, b);", 2, 8, "expected REQUIRES after CHANGE, found a number"},
    {HEAD "CHANGE REQUIRES 3 OF (a, b);", 2, 17, "more must agree than are listed"},
    {HEAD "CHANGE REQUIRES 2 OF (a, b) DELAY 14;", 2, 37,
     "expected DAYS after the delay, found ';'"},
    {HEAD "WITNESS KEY;", 2, 12, "expected KEY after the witness's name, found ';'"},
    {HEAD "WITNESS w \"k\";", 2, 11,
     "expected KEY after the witness's name, found a text in double quotes"},
    {HEAD "WITNESS w KEY k;", 2, 15,
     "expected the witness's verifier key in double quotes, found a name or keyword"},
    {FULL "PERMIT AGGREGATE ON d.t (a) FOR p TO ROLE r PAD 100;", 4, 49,
     "expected TIME after PAD, found a number"},
    {FULL "PERMIT AGGREGATE ON d.t (a) FOR p TO ROLE r PAD TIME 100 SECONDS;", 4, 58,
     "expected MILLISECONDS after the time to pad answers to, found a name or keyword"},
    {SET "TABLE d.t (a INT) BOUND 5;", 3, 26,
     "expected ROWS after the most rows of one unit, found ';'"},
    {SET "TABLE d.t (a INT) RETAIN 1 YEAR FROM LOAD THEN BURN;", 3, 48,
     "expected SHRED after THEN, found a name or keyword"},
    {COLUMN("a INT UNIT VIA d.x"), 6, 1,
     "expected '(' before the name of the table's column, found ')'"},
    {COLUMN("a INT UNIT THROUGH d.x(a)"), 5, 12,
     "expected KEY or VIA after UNIT, found a name or keyword"},
};

static void not_yet_enforced(void **state) {
    (void)state;
    weir_test_malformed(not_yet_enforced_cases, WEIR_COUNT(not_yet_enforced_cases));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permits),
        cmocka_unit_test(not_yet_enforced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

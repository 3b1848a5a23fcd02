/* Malformed texts, POLICY, DATASET, ROLE and PURPOSE: each fails at its exact place, saying what
 * was expected. */
#include "support.h"

#include "base/banned.h"

static const struct malformed text_and_header_cases[] = {
    {"", 1, 1, "expected POLICY as the first statement, found the end of the text"},
    {"POLICY", 1, 7, "expected the policy's name in double quotes, found the end of the text"},
    {"DATASET d", 1, 1, "expected POLICY as the first statement, found a name or keyword"},
    {"POLICY p VERSION 1;", 1, 8,
     "expected the policy's name in double quotes, found a name or keyword"},
    {"POLICY \"\" VERSION 1;", 1, 8, "a text in double quotes has at least one character"},
    {"POLICY \"p\";", 1, 11,
     "expected VERSION, SUPERSEDES, CONTROLLER, EFFECTIVE or UNTIL in the POLICY statement, found "
     "';'"},
    {"POLICY \"p\" VERSION 0;", 1, 20,
     "expected the policy's version, a whole number from 1 to 1000000000, found one that does not "
     "fit"},
    {"POLICY \"p\" VERSION 1.5;", 1, 20,
     "expected the policy's version, a whole number from 1 to 1000000000, found one that does not "
     "fit"},
    {"POLICY \"p\" VERSION 1000000001;", 1, 20,
     "expected the policy's version, a whole number from 1 to 1000000000, found one that does not "
     "fit"},
    {"POLICY \"p\" VERSION 1 VERSION 2;", 1, 22, "VERSION is given twice"},
    {"POLICY \"p\" VERSION 1", 1, 21,
     "expected SUPERSEDES, CONTROLLER, EFFECTIVE, UNTIL or ';' in the POLICY statement, found the "
     "end of the text"},
    {"POLICY \"p\" VERSION 1 SUPERSEDES sha256:9c1f;", 1, 33,
     "expected sha256: and the 64 hexadecimal digits of the policy superseded, found a term of the "
     "form vocabulary:Term"},
    {"POLICY \"p\" VERSION 1 SUPERSEDES "
     "sha512:0000000000000000000000000000000000000000000000000000000000000000;",
     1, 33,
     "expected sha256: and the 64 hexadecimal digits of the policy superseded, found a term of the "
     "form vocabulary:Term"},
    {"POLICY \"p\" VERSION 1 SUPERSEDES "
     "sha256:000000000000000000000000000000000000000000000000000000000000000g;",
     1, 33,
     "expected sha256: and the 64 hexadecimal digits of the policy superseded, found a term of the "
     "form vocabulary:Term"},
    {"POLICY \"p\" VERSION 1 CONTROLLER 'x';", 1, 33,
     "expected the controller's name in double quotes, found a value in single quotes"},
    {"POLICY \"p\" VERSION 1 EFFECTIVE 1;", 1, 32,
     "expected the policy's first day as YYYY-MM-DD, found a number"},
    {"POLICY \"p\" VERSION 1 EFFECTIVE 2027-02-29;", 1, 32,
     "expected a date of the calendar as YYYY-MM-DD"},
    {"POLICY \"p\" VERSION 1 EFFECTIVE 2027-2-9;", 1, 32,
     "expected a date of the calendar as YYYY-MM-DD"},
    {"POLICY \"p\" VERSION 1 EFFECTIVE 0000-01-01;", 1, 32,
     "expected a date of the calendar as YYYY-MM-DD"},
    {"POLICY \"p\" VERSION 1 EFFECTIVE 2027-01-011;", 1, 32,
     "expected a date of the calendar as YYYY-MM-DD"},
    {"POLICY \"p\" VERSION 1 UNTIL tomorrow;", 1, 28,
     "expected the policy's end as YYYY-MM-DD, found a name or keyword"},
    {"POLICY \"p\" VERSION 1 EXPIRES 2027-01-01;", 1, 22,
     "expected SUPERSEDES, CONTROLLER, EFFECTIVE, UNTIL or ';' in the POLICY statement, found a "
     "name or keyword"},
};

static void text_and_header(void **state) {
    (void)state;
    weir_test_malformed(text_and_header_cases, WEIR_COUNT(text_and_header_cases));
}

static const struct malformed characters_cases[] = {
    {"POLICY \"p VERSION 1;\n", 1, 8,
     "expected a text in double quotes to be closed on its own line, without tabs"},
    {"POLICY \"p\tq\" VERSION 1;", 1, 8,
     "expected a text in double quotes to be closed on its own line, without tabs"},
    {"POLICY \"p\" VERSION 1; # x", 1, 23,
     "found a character that the policy language uses only inside quotes"},
    {"-- \xc3\xa9\nPOLICY \"\xc3\xa9t\xc3\xa9\" VERSIO 1;", 2, 14,
     "expected VERSION, SUPERSEDES, CONTROLLER, EFFECTIVE or UNTIL in the POLICY statement, found "
     "a name or keyword"},
    {"POLICY \"p\" VERSION 8x;", 1, 20, "expected a blank between a number and the word after it"},
    {"POLICY \"p\xff\" VERSION 1;", 1, 10, "the text is not valid UTF-8 here"},
    {"POLICY \"p\xc0\xaf\" VERSION 1;", 1, 10, "the text is not valid UTF-8 here"},
    {"POLICY \"p\xed\xa0\x80\" VERSION 1;", 1, 10, "the text is not valid UTF-8 here"},
    {"POLICY \"p\xc3(\" VERSION 1;", 1, 10, "the text is not valid UTF-8 here"},
    {"POLICY \"p\xe2\x82", 1, 10, "the text is not valid UTF-8 here"},
    {"POLICY \"p\x01\" VERSION 1;", 1, 10,
     "found a control character, which a policy may not hold"},
    {"POLICY \"p\x7f\" VERSION 1;", 1, 10,
     "found a control character, which a policy may not hold"},
    {"-- \xe2\x80\xae\nPOLICY \"p\" VERSION 1;", 1, 4,
     "found an invisible character (U+202E) that can make text look other than it reads"},
    {"\xef\xbb\xbfPOLICY \"p\" VERSION 1;", 1, 1,
     "found an invisible character (U+FEFF) that can make text look other than it reads"},
    {HEAD "DATASET aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa UNIT u;", 2, 9,
     "a name has at most 63 bytes"},
    {HEAD "DATASET \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" UNIT u;", 2,
     9, "a name has 1 to 63 bytes"},
    {HEAD "DATASET \"\" UNIT u;", 2, 9, "a name has 1 to 63 bytes"},
    {HEAD "DATASET d UNIT u BUDGET EPSILON "
          "0.1000000000000000000000000000000000000000000000000000000000000000 DELTA 1e-9;",
     2, 33, "a number has at most 63 bytes"},
    {HEAD "PURPOSE p IS "
          "dpv:"
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;",
     2, 14, "a term of the form vocabulary:Term has at most 127 bytes"},
};

static void characters(void **state) {
    (void)state;
    weir_test_malformed(characters_cases, WEIR_COUNT(characters_cases));
}

static const struct malformed declarations_cases[] = {
    {HEAD "GRANT ALL;", 2, 1,
     "expected DATASET, TABLE, PUBLIC TABLE, ROLE, PURPOSE, PERMIT, LINK, FORBID, CHANGE or "
     "WITNESS at the start of a statement, found a name or keyword"},
    {HEAD "POLICY \"q\" VERSION 2;", 2, 1,
     "expected DATASET, TABLE, PUBLIC TABLE, ROLE, PURPOSE, PERMIT, LINK, FORBID, CHANGE or "
     "WITNESS at the start of a statement, found a name or keyword"},
    {HEAD ";", 2, 1,
     "expected DATASET, TABLE, PUBLIC TABLE, ROLE, PURPOSE, PERMIT, LINK, FORBID, CHANGE or "
     "WITNESS at the start of a statement, found ';'"},
    {HEAD "DATASET 'd' UNIT u;", 2, 9,
     "expected the dataset's name, found a value in single quotes"},
    {HEAD "DATASET d;", 2, 10, "expected UNIT or BUDGET in the DATASET statement, found ';'"},
    {HEAD "DATASET d UNIT u;", 2, 17, "expected BUDGET in the DATASET statement, found ';'"},
    {HEAD "DATASET d BUDGET EPSILON 1 DELTA 1e-9;", 2, 38,
     "expected UNIT in the DATASET statement, found ';'"},
    {HEAD "DATASET d UNIT u UNIT v;", 2, 18, "UNIT is given twice"},
    {HEAD "DATASET d UNIT u BUDGET 1;", 2, 25,
     "expected EPSILON before the privacy price, found a number"},
    {HEAD "DATASET d UNIT u BUDGET EPSILON 0 DELTA 1e-9;", 2, 33,
     "expected an epsilon, a number from 0.000001 to 1000000, found one that does not fit"},
    {HEAD "DATASET d UNIT u BUDGET EPSILON -1 DELTA 1e-9;", 2, 33,
     "expected an epsilon, a number from 0.000001 to 1000000, found one that does not fit"},
    {HEAD "DATASET d UNIT u BUDGET EPSILON 1e7 DELTA 1e-9;", 2, 33,
     "expected an epsilon, a number from 0.000001 to 1000000, found one that does not fit"},
    {HEAD "DATASET d UNIT u BUDGET EPSILON 1;", 2, 34,
     "expected DELTA after the budget's epsilon, found ';'"},
    {HEAD "DATASET d UNIT u BUDGET EPSILON 1 DELTA 0;", 2, 41,
     "expected a delta, a number from 1e-30 to 1e-5, found one that does not fit"},
    {HEAD "DATASET d UNIT u BUDGET EPSILON 1 DELTA 0.001;", 2, 41,
     "expected a delta, a number from 1e-30 to 1e-5, found one that does not fit"},
    {HEAD "DATASET d UNIT u BUDGET EPSILON 1 DELTA 1e-31;", 2, 41,
     "expected a delta, a number from 1e-30 to 1e-5, found one that does not fit"},
    {HEAD "DATASET d UNIT u BUDGET EPSILON 1 DELTA 1e-9 PER DECADE;", 2, 50,
     "expected DAY, WEEK, MONTH, QUARTER or YEAR after PER, found a name or keyword"},
    {HEAD "DATASET d UNIT u BUDGET EPSILON 1 DELTA 1e-9 UNTIL 7;", 2, 52,
     "expected the budget's end as YYYY-MM-DD, found a number"},
    {HEAD "DATASET public UNIT u BUDGET EPSILON 1 DELTA 1e-9;", 2, 9,
     "a dataset may not have the reserved name \"public\""},
    {HEAD "DATASET pg_toast UNIT u BUDGET EPSILON 1 DELTA 1e-9;", 2, 9,
     "a dataset may not have the reserved name \"pg_toast\""},
    {HEAD "DATASET d UNIT u BUDGET EPSILON 1 DELTA 1e-9;\nDATASET \"D\" UNIT u BUDGET EPSILON 1 "
          "DELTA 1e-9;",
     3, 9, "there are two datasets of the name \"D\""},
    {HEAD "ROLE;", 2, 5, "expected the role's name, found ';'"},
    {HEAD "ROLE r \"words\";", 2, 8,
     "expected IS or ';' in the ROLE statement, found a text in double quotes"},
    {HEAD "ROLE r IS r;", 2, 11,
     "expected the role's description in double quotes, found a name or keyword"},
    {HEAD "ROLE r;\nROLE R;", 3, 6, "there are two roles of the name \"r\""},
    {HEAD "PURPOSE p IS x;", 2, 14,
     "expected a term of the form vocabulary:Term, found a name or keyword"},
    {HEAD "PURPOSE p LEGAL \"x\";", 2, 17,
     "expected BASIS after LEGAL, found a text in double quotes"},
    {HEAD "PURPOSE p LEGAL BASIS x;", 2, 23,
     "expected the legal basis in double quotes, found a name or keyword"},
    {HEAD "PURPOSE p BECAUSE 1;", 2, 19, "expected the reason in double quotes, found a number"},
    {HEAD "PURPOSE p UNTIL never;", 2, 17,
     "expected the purpose's end as YYYY-MM-DD, found a name or keyword"},
    {HEAD "PURPOSE p BUDGET EPSILON 1;", 2, 11,
     "expected IS, LEGAL BASIS, BECAUSE, UNTIL or ';' in the PURPOSE statement, found a name or "
     "keyword"},
    {HEAD "PURPOSE p;\nPURPOSE p;", 3, 9, "there are two purposes of the name \"p\""},
};

static void declarations(void **state) {
    (void)state;
    weir_test_malformed(declarations_cases, WEIR_COUNT(declarations_cases));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_header),
        cmocka_unit_test(characters),
        cmocka_unit_test(declarations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#!/usr/bin/env python3
"""A column that passes for the person's key: by an alias, a renamed column, a CTE, a UNION or an expression."""
from attack import answer, loud, refused, run_attack

QUESTIONS = {
    "a town under the key's name": "SELECT count(*) FROM (SELECT town AS person_id FROM clinic.visit) x JOIN clinic.person p ON "
                                   "x.person_id = p.town",
    "a number under the key's name": "SELECT count(*) FROM (SELECT days::bigint AS person_id FROM clinic.visit) x JOIN clinic.person p "
                                     "ON x.person_id = p.person_id",
    "names exchanged by the alias": "SELECT count(*) FROM clinic.visit AS v (person_id, visit_no) JOIN clinic.person p ON v.person_id = "
                                    "p.person_id",
    "names exchanged by a CTE": "WITH v (person_id, k) AS (SELECT visit_no, person_id FROM clinic.visit) SELECT count(*) FROM v JOIN "
                                "clinic.person p ON v.person_id = p.person_id",
    "a constant key": "SELECT count(*) FROM (SELECT 7::bigint AS person_id, town FROM clinic.visit) x JOIN clinic.person p USING (person_id)",
    "a key of both kinds": "SELECT count(*) FROM (SELECT person_id FROM clinic.person UNION ALL SELECT visit_no FROM clinic.visit) x JOIN "
                           "clinic.person p USING (person_id)",
    "a key and a number": "SELECT count(*) FROM (SELECT person_id FROM clinic.person UNION ALL SELECT born::bigint FROM clinic.person) x",
    "a key with public rows": "SELECT count(*) FROM (SELECT person_id FROM clinic.person UNION ALL SELECT area::bigint FROM "
                              "public.district) x",
    "a key computed with": "SELECT count(*) FROM clinic.visit v JOIN clinic.person p ON v.person_id + 0 = p.person_id",
    "a key through CASE": "SELECT count(*) FROM clinic.visit v JOIN clinic.person p ON CASE WHEN v.days > 1 THEN v.person_id END = p.person_id",
    "a key through coalesce": "SELECT count(*) FROM clinic.visit v JOIN clinic.person p ON coalesce(v.person_id, 1) = p.person_id",
    "a key as text": "SELECT count(*) FROM clinic.visit v JOIN clinic.person p ON v.person_id::text = p.person_id::text",
    "the hidden unit by its name": "SELECT count(*) FROM clinic.visit v JOIN clinic.person p ON v.weir_unit = p.weir_unit",
    "the hidden unit shown": "SELECT weir_unit FROM clinic.visit",
    "a key equal to itself": "SELECT count(*) FROM clinic.visit v JOIN clinic.person p ON v.person_id = v.person_id AND p.person_id = p.person_id",
    "one side of OR": "SELECT count(*) FROM clinic.visit v JOIN clinic.person p ON v.person_id = p.person_id OR v.days > 0",
    "not equal": "SELECT count(*) FROM clinic.visit v JOIN clinic.person p ON NOT (v.person_id = p.person_id)",
    "equal in a CASE": "SELECT count(*) FROM clinic.visit v JOIN clinic.person p ON CASE WHEN v.person_id = p.person_id THEN TRUE ELSE TRUE END",
}


def attack(tap, server, records):
    refused(tap, server, QUESTIONS)
    with loud(server) as client:
        # a CTE with the name of a table of persons is what it says it is: public rows, or a person's
        rows, notices = answer(client, "WITH person AS (SELECT code AS person_id FROM public.district) SELECT count(*) FROM person")
        tap.equal((rows, notices), ([("5",)], ""), "a CTE named as a table is the CTE")
        rows, notices = answer(client, "WITH district AS (SELECT person_id FROM clinic.person) SELECT count(*) FROM district")
        tap.ok("Price" in notices, "and rows of persons under a public name are paid for", notices)


if __name__ == "__main__":
    run_attack(attack)

#!/usr/bin/env python3
"""A person's key, or the key of a person's row, in a group, a filter, an order or an extreme."""
from attack import refused, run_attack

QUESTIONS = {
    "grouped by and shown": "SELECT person_id, count(*) FROM clinic.visit GROUP BY person_id",
    "grouped by and not shown": "SELECT count(*) FROM clinic.visit GROUP BY person_id",
    "grouped by a row's key": "SELECT visit_no, count(*) FROM clinic.visit GROUP BY visit_no",
    "grouped by place": "SELECT person_id, count(*) FROM clinic.visit GROUP BY 1",
    "made distinct": "SELECT DISTINCT person_id FROM clinic.visit",
    "a derived table's": "SELECT t.k, count(*) FROM (SELECT person_id AS k FROM clinic.visit) t GROUP BY t.k",
    "a CTE's": "WITH t (k) AS (SELECT person_id FROM clinic.visit) SELECT k, count(*) FROM t GROUP BY k",
    "a UNION's": "SELECT person_id FROM clinic.visit UNION SELECT person_id FROM clinic.trip",
    "grouped by an expression": "SELECT person_id % 10, count(*) FROM clinic.visit GROUP BY 1",
    "grouped by a CASE": "SELECT CASE WHEN person_id = 7 THEN 1 ELSE 0 END, count(*) FROM clinic.visit GROUP BY 1",
    "grouped by a text": "SELECT person_id::text, count(*) FROM clinic.visit GROUP BY 1",
    "filtered": "SELECT count(*) FROM clinic.visit WHERE person_id = 7",
    "filtered by a list": "SELECT count(*) FROM clinic.visit WHERE person_id IN (7, 8)",
    "filtered by a range": "SELECT count(*) FROM clinic.visit WHERE visit_no BETWEEN 1 AND 9",
    "filtered after a per-person table": "SELECT count(*) FROM (SELECT person_id, count(*) FROM clinic.visit GROUP BY person_id) t WHERE "
                                         "person_id = 7",
    "filtered in HAVING": "SELECT count(*) FROM (SELECT person_id FROM clinic.visit GROUP BY person_id HAVING person_id = 7) t",
    "compared with public rows": "SELECT count(*) FROM clinic.person p JOIN public.district d ON d.area = p.person_id",
    "in public rows": "SELECT count(*) FROM clinic.person WHERE person_id IN (SELECT area FROM public.district)",
    "the least": "SELECT min(person_id) FROM clinic.visit",
    "the greatest": "SELECT max(visit_no) FROM clinic.visit",
    "the least of each person, regrouped": "SELECT m, count(*) FROM (SELECT person_id, min(visit_no) AS m FROM clinic.visit GROUP BY "
                                           "person_id) t GROUP BY m",
    "summed": "SELECT sum(person_id) FROM clinic.visit",
    "averaged": "SELECT avg(greatest(0, least(person_id, 100))) FROM clinic.visit",
    "ordered by, and cut": "SELECT count(*) FROM (SELECT days FROM clinic.visit ORDER BY person_id LIMIT 1) t",
    "a person picked by order": "SELECT count(*) FROM (SELECT days FROM clinic.visit ORDER BY days DESC LIMIT 1) t",
    "a person picked by place": "SELECT sum(days) FROM (SELECT days FROM clinic.visit OFFSET 5) t",
    "a person picked in a CTE": "WITH t AS (SELECT born FROM clinic.person ORDER BY born FETCH FIRST 1 ROW ONLY) SELECT avg(born) FROM t",
    "a person picked in IN": "SELECT count(*) FROM clinic.person WHERE person_id IN (SELECT person_id FROM clinic.visit ORDER BY days LIMIT 1)",
    "a person picked by DISTINCT ON": "SELECT count(*) FROM (SELECT DISTINCT ON (town) born FROM clinic.person ORDER BY town, born) t",
    "an identifying column": "SELECT count(*) FROM clinic.person p JOIN clinic.visit v USING (person_id) WHERE p.name = 'Name7'",
}


def attack(tap, server, records):
    refused(tap, server, QUESTIONS)


if __name__ == "__main__":
    run_attack(attack)

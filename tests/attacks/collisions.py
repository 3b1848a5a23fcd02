#!/usr/bin/env python3
"""Stored answers: no question is given another's, however alike the two are written."""
import itertools

from attack import answer, loud, run_attack

P, V = "clinic.person p", "clinic.visit v"
ALIKE = [
    # texts that try to be each other's syntax
    [f"SELECT count(*) FROM {P} WHERE town = '{town}'" for town in
     ("Alm", "alm", "Alm ", "A''lm", "$1", "''", "Alm'' OR ''1''=''1", "'') AND (born = 1", "NULL", "Alm\\", "Älm", "A\u0308lm", "Alm/**/", "--")],
    [f"SELECT count(*) FROM {P} WHERE town IN ({towns})" for towns in ("'Alm', 'Bern'", "'Alm, Bern'", "'Alm'', ''Bern'", "'Alm'", "'Bern'")],
    [f"SELECT count(*) FROM {P} WHERE town LIKE '{pattern}'" for pattern in ("A%", "A\\%", "A_m", "A__", "%A%")],
    # types and numbers
    [f"SELECT count(*) FROM {P} WHERE born > {number}" for number in ("1950", "1950.0", "1950.5", "1951", "19500", "1950::bigint")],
    [f"SELECT count(*) FROM {P} WHERE born {operator} 1949" for operator in ("<", "<=", ">", ">=", "=", "<>")],
    [f"SELECT count(*) FROM {P} WHERE {condition}" for condition in
     ("born > 1950 AND born < 1990 OR sex = 'F'", "born > 1950 AND (born < 1990 OR sex = 'F')", "(born > 1950 OR born < 1990) AND sex = 'F'",
      "NOT (born > 1950) AND sex = 'F'", "NOT (born > 1950 AND sex = 'F')")],
    [f"SELECT count(*) FROM {P} WHERE born {expression} > 100" for expression in
     ("- 1900 - 20", "- (1900 - 20)", "/ 7 * 3", "/ (7 * 3)", "% 100 + 60", "+ 60 % 100")],
    # the same tables in other parts
    [f"SELECT count(*) FROM clinic.visit a JOIN clinic.visit b USING (person_id) WHERE {condition}" for condition in
     ("a.days > 9 AND b.days > 19", "a.days > 19 AND b.days > 9", "a.days > 9 AND a.days > 19", "b.days > 9 AND b.days > 19")],
    [f"SELECT count(*) FROM {P} {join} {V} ON p.person_id = v.person_id" for join in ("JOIN", "LEFT JOIN", "RIGHT JOIN")],
    [f"SELECT count(*) FROM {P} WHERE {word} (SELECT 1 FROM {V} WHERE v.person_id = p.person_id AND v.days > {days})"
     for word, days in itertools.product(("EXISTS", "NOT EXISTS"), (9, 19))],
    [f"SELECT count(*) FROM {P} LEFT JOIN {V} ON p.person_id = v.person_id {rest}" for rest in
     ("AND v.days > 9", "WHERE v.days > 9", "AND p.born > 1950", "WHERE p.born > 1950")],
    [f"SELECT count(*) FROM {P} JOIN (SELECT code FROM public.district ORDER BY {order}) d ON d.code = p.district" for order in
     ("area LIMIT 2", "area DESC LIMIT 2", "label DESC LIMIT 2", "area LIMIT 3", "area OFFSET 2", "area LIMIT 2 OFFSET 1", "area % 20, code LIMIT 2")],
    [f"SELECT count(*) FROM (SELECT {function}(days{more}) OVER (PARTITION BY person_id ORDER BY day{order}, town) AS x FROM clinic.visit) t "
     "WHERE x > 15" for function, more, order in (("lag", "", ""), ("lead", "", ""), ("lag", ", 2", ""), ("lag", "", " DESC"),
                                                  ("first_value", "", ""), ("last_value", "", ""), ("min", "", ""), ("max", "", ""))],
    [f"SELECT count(*) FROM (SELECT person_id, {aggregate} AS x FROM clinic.visit GROUP BY person_id) t WHERE x > 2" for aggregate in
     ("count(*)", "count(DISTINCT ward)", "count(DISTINCT town)", "sum(days)", "min(days)", "max(days)")],
    [f"SELECT count(*) FROM (SELECT town FROM {one} UNION ALL SELECT town FROM {two}) u" for one, two in
     (("clinic.visit", "clinic.trip"), ("clinic.visit", "clinic.visit"), ("clinic.trip", "clinic.person"))],
    [f"SELECT {columns} FROM {V}" for columns in ("count(*)", "sum(days)", "avg(days)", "count(DISTINCT person_id)", "count(town), sum(days)")],
]


def attack(tap, server, records):
    with loud(server) as client:
        client.query("SET weir.epsilon = 2")
        for family in ALIKE:
            identities = {}
            for sql in family:
                _, notices = answer(client, sql)
                identity = notices.split("question ")[1].split()[0].rstrip(",")
                tap.ok("Asked before" not in notices and identity not in identities, f"{sql}: a question of its own",
                       f"{identities.get(identity)}\n{notices}")
                identities[identity] = sql
        # a price is not part of the question: the stored answer stays, whatever is offered
        first, _ = answer(client, f"SELECT count(*) FROM {V} WHERE days = 3")
        client.query("SET weir.epsilon = 9")
        again, notices = answer(client, f"SELECT count(*) FROM {V} WHERE days = 3")
        tap.ok("Asked before" in notices and first == again or "Price: epsilon 9" in notices and first != again,
               "a higher price buys a new answer or gives the old one, never something between", notices)


if __name__ == "__main__":
    run_attack(attack, people=300)

#!/usr/bin/env python3
"""Averaging the noise away: by asking the same question in other words, sessions and prepared statements, or one that is nearly
the same. The first gets the same answer; the second is paid for, until the budget is spent."""
import random

from attack import ServerError, answer, run_attack, spent

V, P = "clinic.visit", "clinic.person"
WORDS = [
    "SELECT count(*) FROM {P} p JOIN {V} v ON p.person_id = v.person_id WHERE p.born < 1960 AND v.days > 3",
    "SELECT count(*) FROM {P} p JOIN {V} v ON v.person_id = p.person_id WHERE v.days > 3 AND p.born < 1960",
    "SELECT count(*) FROM {P} p, {V} v WHERE p.person_id = v.person_id AND 1960 > p.born AND 3 < v.days",
    "SELECT count(*) FROM {P} JOIN {V} USING (person_id) WHERE born < 1960 AND days > 3",
    "SELECT count(*) AS n FROM {P} AS x CROSS JOIN {V} AS y WHERE x.person_id = y.person_id AND (x.born < 1960 AND y.days > 3)",
    "select COUNT( * ) from person inner join visit on person.person_id = visit.person_id and born < 1960 where days > 3 limit 9",
    "SELECT count(*) FROM {P} p JOIN {V} v ON p.person_id = v.person_id AND p.born < 1960 AND v.days > 3 ORDER BY 1",
    "SELECT count(*) + 0 FROM {P} p JOIN {V} v ON p.person_id = v.person_id WHERE p.born < 1960 AND v.days > 3 HAVING count(*) > -9999",
    "SELECT n FROM (SELECT count(*) AS n FROM {P} p JOIN {V} v ON p.person_id = v.person_id WHERE p.born < 1960 AND v.days > 3) t",
    "WITH t AS (SELECT count(*) AS n FROM {P} p JOIN {V} v ON p.person_id = v.person_id WHERE p.born < 1960 AND v.days > 3) SELECT n FROM t",
    "SELECT count(*) FROM {P} p JOIN {V} v ON p.person_id = v.person_id WHERE p.born < 1960 AND v.days > 3 AND v.days > 3",
    "SELECT count(*) /* again */ FROM ({P} p JOIN {V} v ON (p.person_id = v.person_id)) WHERE ((p.born < (1960)) AND v.days > 3) -- and again",
]


def same_question(tap, server):
    answers, first = set(), None
    for sql in random.Random(3).sample(WORDS, len(WORDS)):
        with server.client(purpose="reports") as client:
            rows, _ = answer(client, sql.format(P=P, V=V))
            answers.add(rows[0][0])
        first = first or spent(server.store)
    with server.client(purpose="reports") as client:
        done = client.query_with(f"SELECT count(*) FROM {P} p JOIN {V} v USING (person_id) WHERE p.born < $1 AND v.days > $2", ["1960", "3"])
        answers.add(done.rows[0][0])
    tap.equal(len(answers), 1, "thirteen wordings in thirteen sessions: one answer")
    tap.equal(spent(server.store), first, "and one price")


def nearly_the_same(tap, server):
    """Each a question of its own, all of one truth."""
    asked, seen, over = 0, set(), None
    with server.client(purpose="reports") as client:
        while over is None and asked < 200:
            try:
                rows, notices = answer(client, f"SELECT count(*) FROM {V} WHERE days > -{asked + 1}")
                asked += 1
                seen.add(rows[0][0])
                tap.ok("Asked before" not in notices, f"variant {asked} is paid for") if asked % 10 == 0 else None
            except ServerError as problem:
                over = problem.sqlstate
    used, limit, _ = next(each for name, each in spent(server.store).items() if "reports" in name)
    tap.equal(over, "53W01", "the budget ends")
    tap.ok(used <= limit + 1e-9, "within its limit", f"{used} of {limit}")
    tap.ok(len(seen) > asked / 2, "each had noise of its own", f"{len(seen)} of {asked}")
    with server.client(purpose="reports") as client:
        rows, notices = answer(client, f"SELECT count(*) FROM {V} WHERE days > -1")
        tap.ok("Asked before" in notices, "what was asked is still answered, free", notices)


def attack(tap, server, records):
    same_question(tap, server)
    nearly_the_same(tap, server)


if __name__ == "__main__":
    run_attack(attack, edits=[("BUDGET EPSILON 4000 DELTA 1e-8", "BUDGET EPSILON 4 DELTA 1e-8"), ("QUERY EPSILON 1 ", "QUERY EPSILON 0.5 ")])

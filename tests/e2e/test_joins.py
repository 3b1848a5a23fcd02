#!/usr/bin/env python3
"""People over several tables: loaded by UNIT VIA with orphans reported, joined, counted a person, clipped, and verified. Each
answer is held against one computed here, clipped by the bound that its notice tells."""
import collections
import math
import re

from clinic import make_records, make_store
from harness import Folder, Server, Tap, must, run, spent

BOUND = re.compile(r"Each person counts for at most ([0-9.e+]+) in it, (a bound chosen privately|as the policy bounds it)\. "
                   r"About (\d+) of them \(±(\d+)\) have more and were scaled down to that")
FAR = 2.3  # intervals: once in 10^5 answers


class Exact:
    """Sums by group of each person, from the records."""

    def __init__(self, records):
        self.records = records
        self.person = {row["person_id"]: row for row in records["clinic.person"]}
        self.visit = {row["visit_no"]: row for row in records["clinic.visit"] if row["person_id"] in self.person}

    def visits(self):
        return self.visit.values()

    def trips(self):
        return self.records["clinic.trip"]

    def bills(self):
        return ((self.visit[row["visit_no"]], float(row["amount"])) for row in self.records["clinic.bill"]
                if row["visit_no"] in self.visit)


def gather(triples):
    """{group: sum} of each person, from (person, group, number)."""
    persons = collections.defaultdict(lambda: collections.defaultdict(float))
    for person, group, number in triples:
        persons[person][group] += number
    return persons


def clipped(persons, bound):
    sums, over = collections.defaultdict(float), 0
    for groups in persons.values():
        norm = math.sqrt(sum(number * number for number in groups.values()))
        over += norm > bound
        for group, number in groups.items():
            sums[group] += number * min(1, bound / norm) if norm else 0
    return sums, over


def psql(server, sql):
    done = server.psql(sql, purpose="reports")
    return [tuple(line.split("|")) for line in done.stdout.splitlines()], done.stderr


def half_width(notices):
    return float(re.search(r"±([0-9.e+]+)", notices)[1])


def check_clipped(tap, server, sql, triples, kind, name):
    """One aggregate, the last column, by the columns before it."""
    rows, notices = psql(server, sql)
    told = BOUND.search(notices)
    if not tap.ok(rows and told, f"{name}: an answer, and what one person counts for", notices):
        return None
    persons, bound = gather(triples), float(told[1])
    tap.equal(told[2], kind, f"{name}: where the bound comes from")
    expected, over = clipped(persons, bound)
    errors = {row[:-1]: abs(float(row[-1]) - expected[row[:-1]]) for row in rows}
    tap.equal(sorted(errors), sorted(expected), f"{name}: the groups")
    # the bound is told to six digits
    tap.ok(max(errors.values()) <= FAR * half_width(notices) + 1e-5 * max(map(abs, expected.values())),
           f"{name}: near the exact answer, clipped", f"{notices}\n{rows}\n{dict(expected)}")
    tap.ok(abs(over - int(told[3])) <= FAR * int(told[4]) + 1, f"{name}: about how many were clipped", f"{over}: {notices}")
    return bound


def check_joins(tap, server, exact):
    privately, policy = "a bound chosen privately", "as the policy bounds it"
    check_clipped(tap, server, "SELECT count(*) FROM clinic.visit", ((v["person_id"], (), 1) for v in exact.visits()),
                  privately, "rows of one table")
    check_clipped(tap, server, "SELECT p.sex, count(*) FROM clinic.person p JOIN clinic.visit v ON v.person_id = p.person_id "
                  "GROUP BY p.sex", ((v["person_id"], (exact.person[v["person_id"]]["sex"],), 1) for v in exact.visits()),
                  privately, "a join")
    check_clipped(tap, server, "SELECT v.ward, sum(v.days) FROM clinic.visit v, clinic.person p WHERE p.born < 1980 AND "
                  "v.person_id = p.person_id GROUP BY v.ward",
                  ((v["person_id"], (v["ward"],), v["days"]) for v in exact.visits()
                   if exact.person[v["person_id"]]["born"] < 1980), privately, "a sum by another table's group")
    check_clipped(tap, server, "SELECT sum(b.amount) FROM clinic.bill b JOIN clinic.visit v USING (visit_no) WHERE v.ward = 'east'",
                  ((v["person_id"], (), amount) for v, amount in exact.bills() if v["ward"] == "east"), privately,
                  "through a table between")
    check_clipped(tap, server, "SELECT count(*) FROM clinic.trip", ((t["person_id"], (), 1) for t in exact.trips()), policy,
                  "BOUND 4 ROWS")
    visited = {v["person_id"] for v in exact.visits()}
    check_clipped(tap, server, "SELECT p.district, count(*) FROM clinic.trip t JOIN clinic.person p USING (person_id) WHERE NOT EXISTS "
                  "(SELECT 1 FROM clinic.visit v WHERE v.person_id = p.person_id) GROUP BY p.district",
                  ((t["person_id"], (exact.person[t["person_id"]]["district"],), 1) for t in exact.trips()
                   if t["person_id"] not in visited), policy, "an anti join")
    towns = [("clinic.visit", v["person_id"], v["town"]) for v in exact.visits()]
    towns += [("clinic.trip", t["person_id"], t["town"]) for t in exact.trips()]
    check_clipped(tap, server, "SELECT town, count(*) FROM (SELECT town FROM clinic.visit UNION ALL SELECT town FROM clinic.trip) u "
                  "GROUP BY town", ((person, (town,), 1) for _, person, town in towns), privately, "UNION ALL, groups of unknown names")


def check_per_person(tap, server, exact):
    """One row a person: nothing is clipped, and nothing said of clipping."""
    visits = collections.Counter(v["person_id"] for v in exact.visits())
    days = collections.defaultdict(list)
    for v in exact.visits():
        days[v["person_id"]].append(v["days"])
    persons = exact.person.values()
    cards = {row["person_id"] for row in exact.records["clinic.card"]}
    cases = (
        ("SELECT n, count(*) FROM (SELECT person_id, least(count(*), 4) AS n FROM clinic.visit GROUP BY person_id) t GROUP BY n",
         collections.Counter((str(min(number, 4)),) for number in visits.values()), "visits a person"),
        ("SELECT CASE WHEN n = 0 THEN 'none' ELSE 'some' END, count(*) FROM (SELECT p.person_id, count(v.visit_no) AS n FROM "
         "clinic.person p LEFT JOIN clinic.visit v ON v.person_id = p.person_id GROUP BY p.person_id) t GROUP BY 1",
         collections.Counter(("some" if visits[p["person_id"]] else "none",) for p in persons), "and those without, by LEFT JOIN"),
        ("SELECT count(DISTINCT person_id) FROM clinic.visit", {(): len(visits)}, "persons who have rows, each once"),
        ("SELECT p.sex, count(*) FROM clinic.person p JOIN clinic.card c ON c.person_id = p.person_id GROUP BY p.sex",
         collections.Counter((p["sex"],) for p in persons if p["person_id"] in cards), "two tables of one row a person"),
        ("SELECT count(*) FROM clinic.person WHERE person_id IN (SELECT person_id FROM clinic.visit GROUP BY person_id HAVING "
         "sum(days) > 40)", {(): sum(sum(d) > 40 for d in days.values())}, "persons by a sum over their rows"),
        ("SELECT count(*) FROM clinic.person p JOIN public.district d ON d.code = p.district WHERE d.area > 20",
         {(): sum(p["district"] in "CDE" for p in persons)}, "a public table"),
    )
    check_clipped(tap, server, "SELECT sex, sum(longest) FROM (SELECT p.person_id, p.sex, max(v.days) AS longest FROM clinic.person p "
                  "JOIN clinic.visit v USING (person_id) GROUP BY p.person_id, p.sex) t GROUP BY sex",
                  ((person, (exact.person[person]["sex"],), max(each)) for person, each in days.items()),
                  "a bound chosen privately", "a person's longest visit")
    for sql, expected, name in cases:
        rows, notices = psql(server, sql)
        tap.ok(rows and "were scaled down" not in notices, f"{name}: no word of clipping", notices)
        errors = [abs(float(row[-1]) - expected[row[:-1]]) for row in rows]
        tap.ok(errors and max(errors) <= FAR * half_width(notices), f"{name}: near the exact answer", f"{notices}\n{rows}\n{expected}")


def check_windows(tap, server, exact):
    """The first visit of each person: a condition on a window leaves rows that are clipped all the same."""
    first = {}
    for v in exact.visits():
        key = (v["day"], v["ward"], v["days"])
        if v["person_id"] not in first or key < first[v["person_id"]][0]:
            first[v["person_id"]] = (key, v)
    check_clipped(tap, server, "SELECT ward, count(*) FROM (SELECT ward, row_number() OVER (PARTITION BY person_id ORDER BY day, ward, "
                  "days) AS place FROM clinic.visit) t WHERE place = 1 GROUP BY ward",
                  ((person, (v["ward"],), 1) for person, (_, v) in first.items()), "a bound chosen privately", "a window")


def check_explain_and_repeat(tap, server, store):
    sql = "SELECT v.ward, count(*) FROM clinic.person p JOIN clinic.visit v USING (person_id) WHERE p.born > 1950 GROUP BY v.ward"
    before = spent(store)
    rows, _ = psql(server, "EXPLAIN " + sql)
    text = "\n".join(row[0] for row in rows)
    tap.ok("for each 1 that one person may count for; that bound is chosen privately, and told with the answer" in text,
           "EXPLAIN says that the bound is yet to come", text)
    tap.ok("Price: epsilon 1 at delta" in text and "1950" not in text.split("In the public log:")[1],
           "and the price, and the public text without the constant", text)
    tap.equal(spent(store), before, "EXPLAIN is free")
    answer, _ = psql(server, sql)
    after = spent(store)
    tap.ok(after != before, "asking is not")
    again, notices = psql(server, "SELECT x.ward, count(*) AS n FROM clinic.visit x, clinic.person y WHERE 1950 < y.born AND "
                          "x.person_id = y.person_id GROUP BY 1")
    tap.ok("Asked before" not in notices, "the tables in another order are another question", notices)
    after = spent(store)
    again, notices = psql(server, "SELECT ward AS w, count(*) FROM clinic.person, clinic.visit WHERE clinic.visit.person_id = "
                          "clinic.person.person_id AND 1950 < born GROUP BY w ORDER BY ward")
    tap.equal(again, answer, "other words get the same answer")
    tap.ok("Asked before" in notices, "and are told so", notices)
    rows, _ = psql(server, "EXPLAIN " + sql)
    tap.ok("Asked before: the stored answer would be given, free" in rows[0][0], "EXPLAIN afterwards says so too", rows)
    tap.equal(spent(store), after, "a repeat is free")


def check_orphans(tap, folder, said, store, records):
    tap.ok("2 of them lead to nobody and are in no answer" in said["clinic.visit"], "orphans are reported", said)
    tap.ok("1 of them leads to nobody" in said["clinic.bill"], "also those of an orphan", said)
    tap.ok("nobody" not in said["clinic.trip"], "where there are none, none are", said)
    bad = folder / "twice.csv"
    bad.write_text("visit_no,person_id,ward,days,day,town\n1,1,east,3,2026-01-01,Alm\n1,2,east,3,2026-01-01,Alm\n", encoding="utf-8")
    done = run("load", store, "clinic.visit", bad)
    tap.ok(done.returncode == 1 and "visit_no" in done.stderr, "a KEY twice is refused", done.stderr)


def check_growth(tap, folder, store):
    """Whoever comes later brings the rows that led to nobody: the question is a new one, and that of other tables is not."""
    sql = "SELECT count(*) FROM clinic.bill b JOIN clinic.visit v USING (visit_no) WHERE v.days < 99"
    cards = "SELECT count(*) FROM clinic.card WHERE colour = 'red'"
    with Server(store) as server:
        before, _ = psql(server, sql)
        red, _ = psql(server, cards)
    more = folder / "more.csv"
    more.write_text("person_id,name,born,sex,district,town\n900001,N,1970,F,A,Alm\n900002,N,1970,F,A,Alm\n", encoding="utf-8")
    done = must(run("load", store, "clinic.person", more, "--append"))
    tap.ok("clinic.visit, which leads to its people through it: " in done.stdout and "nobody" not in done.stdout,
           "the tables that lead through it are made anew, without orphans", done.stdout)
    with Server(store) as server:
        _, notices = psql(server, sql)
        tap.ok(before and "Asked before" not in notices, "a question of them is a new one", notices)
        again, notices = psql(server, cards)
        tap.ok("Asked before" in notices and again == red, "one of other tables is the old one", notices)


def check_parameters(tap, server):
    sql = ("SELECT count(*) FROM clinic.person p WHERE p.born < {} AND EXISTS (SELECT 1 FROM clinic.visit v WHERE v.person_id = p.person_id AND "
           "v.days > {})")
    plain, _ = psql(server, sql.format(1960, 7))
    with server.client(purpose="reports") as client:
        bound = client.query_with(sql.format("$1", "$2"), ["1960", "7"])
    tap.equal(bound.rows, plain, "parameters within a subquery are the constants they stand for")


def main(tap):
    with Folder() as folder:
        records = make_records()
        for number in (900001, 900002):
            records["clinic.visit"].append({"visit_no": number, "person_id": number, "ward": "east", "days": 30,
                                            "day": "2026-01-01", "town": "Alm"})
        records["clinic.bill"].append({"visit_no": 900001, "amount": "500.00"})
        store, said = make_store(folder / "clinic", records)
        check_orphans(tap, folder, said, store, records)
        exact = Exact(records)
        with Server(store) as server:
            check_joins(tap, server, exact)
            check_per_person(tap, server, exact)
            check_windows(tap, server, exact)
            check_explain_and_repeat(tap, server, store)
            check_parameters(tap, server)
            questions = spent(store)["dataset clinic"][2]
        done = run("verify", store)
        tap.ok(done.returncode == 0 and f"questions   {questions}, all paid for" in done.stdout, "the store verifies",
               done.stdout + done.stderr)
        check_growth(tap, folder, store)


if __name__ == "__main__":
    with Tap() as results:
        main(results)

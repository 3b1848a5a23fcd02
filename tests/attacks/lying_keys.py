#!/usr/bin/env python3
"""Foreign keys that are empty, lead nowhere, or lead to another person than the rest of the row says: a row is the person's that
its path leads to, and a join pairs rows of one person alone."""
from attack import answer, half_width, loud, run_attack


def lie(records):
    visits, trips = records["clinic.visit"], records["clinic.trip"]
    owner = visits[0]["person_id"]
    for number, person in ((700001, 999999), (700002, -1), (700003, 0), (700004, "")):
        visits.append({"visit_no": number, "person_id": person, "ward": "east", "days": 30, "day": "2026-01-01", "town": "Nowhere"})
        records["clinic.bill"].append({"visit_no": number, "amount": "500.00"})
    records["clinic.bill"].append({"visit_no": 800000, "amount": "500.00"})
    records["clinic.bill"].append({"visit_no": "", "amount": "500.00"})
    trips.append({"person_id": "", "town": "Nowhere", "days": 30})
    trips.append({"person_id": 9223372036854775807, "town": "Nowhere", "days": 30})
    # all five hundred bills of one visit: they are its person's, whoever they were meant for
    records["clinic.bill"] += [{"visit_no": visits[0]["visit_no"], "amount": "1.00"} for _ in range(500)]
    records["owner"] = owner


def near(tap, client, sql, expected, name):
    rows, notices = answer(client, sql)
    tap.ok(abs(float(rows[0][0]) - expected) <= 2.5 * half_width(notices) + 1, name, f"{expected}: {rows} {notices}")
    return notices


def attack(tap, server, records):
    people = {row["person_id"] for row in records["clinic.person"]}
    visits = {row["visit_no"]: row for row in records["clinic.visit"] if row["person_id"] in people}
    bills = [row for row in records["clinic.bill"] if row["visit_no"] in visits]
    with loud(server) as client:
        near(tap, client, "SELECT count(*) FROM clinic.visit WHERE town = 'Nowhere'", 0, "rows that lead to nobody are in no answer")
        near(tap, client, "SELECT count(*) FROM clinic.trip WHERE town = 'Nowhere'", 0, "nor are those of an empty key")
        near(tap, client, "SELECT count(*) FROM clinic.person p JOIN clinic.visit v USING (person_id) WHERE v.days = 30 AND v.town = 'Nowhere'", 0,
             "nor joined")
        near(tap, client, "SELECT count(DISTINCT person_id) FROM clinic.bill b JOIN clinic.visit v USING (visit_no)",
             len({visits[row["visit_no"]]["person_id"] for row in bills}), "a bill is of the person of its visit")
        near(tap, client, "SELECT count(*) FROM clinic.person p WHERE p.person_id NOT IN (SELECT person_id FROM clinic.visit)",
             len(people - {row["person_id"] for row in visits.values()}), "an empty key within NOT IN drops nobody")
        notices = near(tap, client, "SELECT count(*) FROM (SELECT v.person_id, count(*) AS n FROM clinic.bill b JOIN clinic.visit v USING "
                       "(visit_no) GROUP BY v.person_id) t WHERE n > 400", 1, "five hundred bills of one visit are one person's")
        tap.ok("scaled down" not in notices, "who has one row in it", notices)


def setup(records):
    lie(records)
    records.pop("owner")


if __name__ == "__main__":
    run_attack(attack, change=setup)

#!/usr/bin/env python3
"""Pairs of different persons: a self-join, or a join of two tables of persons, on anything but the person."""
from attack import answer, half_width, loud, refused, run_attack

QUESTIONS = {
    "by a shared town": "SELECT count(*) FROM clinic.person a JOIN clinic.person b ON a.town = b.town",
    "by different keys": "SELECT count(*) FROM clinic.person a JOIN clinic.person b ON a.person_id <> b.person_id",
    "by ordered keys": "SELECT count(*) FROM clinic.person a, clinic.person b WHERE a.person_id < b.person_id",
    "of all with all": "SELECT count(*) FROM clinic.person a, clinic.person b",
    "of all with all, by CROSS JOIN": "SELECT count(*) FROM clinic.person a CROSS JOIN clinic.visit b",
    "by a left join": "SELECT count(*) FROM clinic.person a LEFT JOIN clinic.person b ON a.town = b.town",
    "by a left join on nothing": "SELECT count(*) FROM clinic.person a LEFT JOIN clinic.person b ON TRUE",
    "with the equality left to WHERE of a left join": "SELECT count(*) FROM clinic.person a LEFT JOIN clinic.visit b ON b.days > 3 WHERE "
                                                      "a.person_id = b.person_id",
    "with the equality in HAVING": "SELECT a.town, count(*) FROM clinic.person a, clinic.person b GROUP BY a.town HAVING count(*) > 3",
    "within a derived table": "SELECT count(*) FROM (SELECT a.town FROM clinic.person a, clinic.visit b) t",
    "of three, the last left out": "SELECT count(*) FROM clinic.person a JOIN clinic.visit b USING (person_id) JOIN clinic.trip c ON "
                                   "c.town = b.town",
    "of rows by a column that looks like a key": "SELECT count(*) FROM clinic.visit v JOIN clinic.trip t ON v.days = t.days AND v.town = t.town",
}


def attack(tap, server, records):
    refused(tap, server, QUESTIONS)
    with loud(server) as client:
        rows, notices = answer(client, "SELECT count(*) FROM clinic.person a JOIN clinic.person b ON a.person_id = b.person_id AND a.town = "
                               "b.town")
        tap.ok(abs(int(rows[0][0]) - len(records["clinic.person"])) <= 2.5 * half_width(notices) + 1,
               "joined on the person it pairs nobody with another", f"{rows} {notices}")


if __name__ == "__main__":
    run_attack(attack)

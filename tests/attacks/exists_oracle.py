#!/usr/bin/env python3
"""EXISTS, IN and their opposites as an oracle: rows that hang on whether another person is there."""
from attack import answer, half_width, loud, refused, run_attack

P, V = "clinic.person p", "clinic.visit v"
QUESTIONS = {
    "anybody at all": f"SELECT count(*) FROM {P} WHERE EXISTS (SELECT 1 FROM {V} WHERE v.days = 30)",
    "nobody at all": f"SELECT count(*) FROM {P} WHERE NOT EXISTS (SELECT 1 FROM {V} WHERE v.days = 30)",
    "another of my town": f"SELECT count(*) FROM {P} WHERE EXISTS (SELECT 1 FROM clinic.person q WHERE q.town = p.town AND q.born < p.born)",
    "no other of my town": f"SELECT count(*) FROM {P} WHERE NOT EXISTS (SELECT 1 FROM clinic.person q WHERE q.town = p.town)",
    "a key that differs": f"SELECT count(*) FROM {P} WHERE EXISTS (SELECT 1 FROM clinic.person q WHERE q.person_id <> p.person_id)",
    "my town in all towns": f"SELECT count(*) FROM {P} WHERE p.town IN (SELECT town FROM {V})",
    "my town not in all towns": f"SELECT count(*) FROM {P} WHERE p.town NOT IN (SELECT town FROM {V})",
    "a group that appears": f"SELECT count(*) FROM {P} WHERE p.town IN (SELECT town FROM {V} GROUP BY town HAVING count(*) > 3)",
    "a single value": f"SELECT count(*) FROM {P} WHERE p.born = (SELECT born FROM clinic.person WHERE town = 'Alm')",
    "the extreme of all": f"SELECT count(*) FROM {P} WHERE p.born >= ALL (SELECT born FROM clinic.person)",
    "any of all": f"SELECT count(*) FROM {P} WHERE p.born > ANY (SELECT days FROM {V})",
    "within OR": f"SELECT count(*) FROM {P} WHERE p.born > 1 OR EXISTS (SELECT 1 FROM {V} WHERE v.days = 30)",
    "in the list of columns": f"SELECT EXISTS (SELECT 1 FROM {V} WHERE v.days = 30), count(*) FROM {P}",
    "by itself": f"SELECT EXISTS (SELECT 1 FROM {V} WHERE v.days = 30)",
    "of public rows": f"SELECT count(*) FROM public.district WHERE EXISTS (SELECT 1 FROM {V} WHERE v.days = 30)",
    "an empty FROM": f"SELECT 1 WHERE EXISTS (SELECT 1 FROM {V})",
    "an aggregate, which is always there": f"SELECT count(*) FROM {P} WHERE EXISTS (SELECT count(*) FROM {V} WHERE v.person_id = p.person_id)",
    "two levels": f"SELECT count(*) FROM {P} WHERE EXISTS (SELECT 1 FROM {V} WHERE v.person_id = p.person_id AND EXISTS (SELECT 1 FROM "
                  "clinic.trip t WHERE t.town = v.town))",
    "two levels, back to the first": f"SELECT count(*) FROM {P} WHERE EXISTS (SELECT 1 FROM {V} WHERE v.person_id = p.person_id AND NOT EXISTS "
                                     "(SELECT 1 FROM clinic.trip t WHERE t.person_id = p.person_id))",
}


def attack(tap, server, records):
    refused(tap, server, QUESTIONS)
    visited = {row["person_id"] for row in records["clinic.visit"]}
    with loud(server) as client:
        for word, expected in (("EXISTS", len(visited)), ("NOT EXISTS", len(records["clinic.person"]) - len(visited))):
            rows, notices = answer(client, f"SELECT count(*) FROM {P} WHERE {word} (SELECT 1 FROM {V} WHERE v.person_id = p.person_id)")
            tap.ok(abs(int(rows[0][0]) - expected) <= 2.5 * half_width(notices) + 1, f"{word} of a person's own rows is answered", notices)
            tap.ok(half_width(notices) < 3, "and each counts once", notices)


if __name__ == "__main__":
    run_attack(attack)

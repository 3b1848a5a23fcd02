#!/usr/bin/env python3
"""From one person to another over a public table, and public rows that a person's being there makes or unmakes."""
from attack import answer, bound_of, half_width, loud, refused, run_attack

D = "public.district d"
QUESTIONS = {
    "two persons of one district": f"SELECT count(*) FROM clinic.person a JOIN {D} ON d.code = a.district JOIN clinic.person b ON b.district = "
                                   "d.code",
    "by commas": f"SELECT count(*) FROM clinic.person a, {D}, clinic.person b WHERE a.district = d.code AND d.code = b.district",
    "over a CTE of public rows": "WITH d AS (SELECT code FROM public.district) SELECT count(*) FROM clinic.person a JOIN d ON d.code = a.district "
                                 "JOIN clinic.visit v ON v.town = d.code",
    "public rows with a person": f"SELECT count(*) FROM {D} WHERE EXISTS (SELECT 1 FROM clinic.person p WHERE p.district = d.code)",
    "public rows without one": f"SELECT code FROM {D} WHERE NOT EXISTS (SELECT 1 FROM clinic.person p WHERE p.district = d.code AND p.born = 1950)",
    "public rows by IN": f"SELECT code FROM {D} WHERE code IN (SELECT district FROM clinic.person)",
    "public rows by NOT IN": f"SELECT count(*) FROM {D} WHERE code NOT IN (SELECT district FROM clinic.person)",
    "public rows kept by a left join": f"SELECT d.code, count(*) FROM {D} LEFT JOIN clinic.person p ON p.district = d.code GROUP BY d.code",
    "public rows kept by a right join": f"SELECT d.code, count(*) FROM clinic.person p RIGHT JOIN {D} ON p.district = d.code GROUP BY d.code",
    "public rows of one or the other": f"SELECT count(*) FROM {D} FULL JOIN clinic.person p ON p.district = d.code",
    "public rows beside a person's": "SELECT count(*) FROM (SELECT code FROM public.district UNION ALL SELECT town FROM clinic.person) t",
    "a public table's minimum over persons": f"SELECT min(d.area) FROM {D} JOIN clinic.person p ON p.district = d.code",
}


def attack(tap, server, records):
    refused(tap, server, QUESTIONS)
    people = len(records["clinic.person"])
    with loud(server) as client:
        for sql, times in ((f"SELECT count(*) FROM clinic.person p JOIN {D} ON d.code = p.district", 1),
                           (f"SELECT count(*) FROM clinic.person p, {D}", 5),
                           ("SELECT count(*) FROM clinic.person p JOIN (SELECT code FROM public.district UNION ALL SELECT code FROM "
                            "public.district) d ON d.code = p.district", 2),
                           (f"SELECT count(*) FROM clinic.person p JOIN (SELECT d.code FROM {D}, public.district e) d ON d.code = p.district", 5)):
            rows, notices = answer(client, sql)
            tap.ok(abs(int(rows[0][0]) - times * people) <= 2.5 * half_width(notices) + 1, f"a person {times} times counts so", notices)
            tap.ok(times == 1 or bound_of(notices) >= times or "scaled down" in notices, "and is bounded, not trusted to be one row", notices)


if __name__ == "__main__":
    run_attack(attack)

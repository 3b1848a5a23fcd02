#!/usr/bin/env python3
"""Names and literals of an analyst, chosen to be a person's, are nowhere in the folder that is published."""
from attack import ServerError, answer, loud, run_attack

SECRETS = ("john_smith_1950", "John Smith", "smith@example.org", "19500317")
QUESTIONS = [
    "SELECT count(*) AS john_smith_1950 FROM clinic.person john_smith_1950 WHERE town = 'John Smith'",
    "WITH john_smith_1950 AS (SELECT * FROM clinic.visit WHERE days = 3) SELECT count(*) FROM john_smith_1950",
    "WITH t (john_smith_1950) AS (SELECT town FROM clinic.visit) SELECT john_smith_1950, count(*) FROM t GROUP BY john_smith_1950",
    "SELECT count(*) FROM (SELECT days AS john_smith_1950 FROM clinic.visit) AS \"John Smith\" WHERE john_smith_1950 > 19500317",
    "SELECT count(*) FROM (SELECT person_id, max(days) AS john_smith_1950 FROM clinic.visit GROUP BY person_id HAVING max(days) <> 19500317) "
    "AS t WHERE t.john_smith_1950 <> 19500317",
    "SELECT count(*) FROM (SELECT lag(days, 19500317) OVER (PARTITION BY person_id ORDER BY day) AS john_smith_1950 FROM clinic.visit) t "
    "WHERE john_smith_1950 IS NULL",
    "SELECT count(*) FROM (SELECT town AS john_smith_1950 FROM clinic.visit UNION ALL SELECT town FROM clinic.trip) t WHERE john_smith_1950 = "
    "'smith@example.org'",
    "SELECT count(*) FROM clinic.person p WHERE EXISTS (SELECT 19500317 AS john_smith_1950 FROM clinic.visit john_smith_1950 WHERE "
    "john_smith_1950.person_id = p.person_id AND john_smith_1950.town LIKE '%smith@example.org%')",
    "SELECT count(*) FROM clinic.person JOIN (SELECT code AS john_smith_1950 FROM public.district ORDER BY area LIMIT 19500317) d ON "
    "john_smith_1950 = district",
    "SELECT CASE WHEN born = 1950 THEN 'John Smith' ELSE 'smith@example.org' END AS john_smith_1950, count(*) FROM clinic.person GROUP BY 1",
    "SELECT count(*) /* john_smith_1950 */ FROM clinic.person -- smith@example.org\n WHERE sex = 'M'",
    "EXPLAIN SELECT count(*) FROM clinic.person WHERE town = 'John Smith'",
]
REFUSED = [
    "SELECT john_smith_1950 FROM clinic.person",
    "SELECT count(*) FROM john_smith_1950",
    "SELECT john_smith_1950('John Smith') FROM clinic.person",
    "SELECT count(*) FROM clinic.person WHERE name = 'John Smith'",
    "SET application_name = 'john_smith_1950'",
]


def attack(tap, server, records):
    with loud(server) as client:
        client.query("SET weir.epsilon = 1")
        for sql in QUESTIONS:
            rows, _ = answer(client, sql)
            tap.ok(rows is not None, sql.replace("\n", " "))
        client.query_with("SELECT count(*) FROM clinic.person WHERE town = $1 AND born > $2", ["John Smith", "19500317"])
        for sql in REFUSED:
            try:
                client.query(sql)
            except ServerError:
                pass
    public = b"".join(path.read_bytes() for path in sorted((server.store / "log").rglob("*")) if path.is_file())
    tap.ok(b"clinic.visit" in public, "the log shows the questions")
    for secret in SECRETS:
        tap.ok(secret.lower().encode() not in public.lower(), f"and not {secret!r}")
    values = {row["name"] for row in records["clinic.person"]}
    tap.ok(not any(value.encode() in public for value in values), "nor a name of the records")


if __name__ == "__main__":
    run_attack(attack)

#!/usr/bin/env python3
"""A window whose partition reaches over persons would make one person's rank depend on another."""
from attack import refused, run_attack

INNER = {
    "no partition": "row_number() OVER (ORDER BY days)",
    "nothing at all": "count(*) OVER ()",
    "a partition of many persons": "rank() OVER (PARTITION BY town ORDER BY days)",
    "the neighbour before": "lag(days) OVER (ORDER BY person_id)",
    "a person's key as the order": "row_number() OVER (PARTITION BY person_id ORDER BY visit_no)",
    "a person's key as the argument": "first_value(person_id) OVER (PARTITION BY person_id)",
    "a row's key as the argument": "max(visit_no) OVER (PARTITION BY person_id)",
    "a key in an expression of the partition": "rank() OVER (PARTITION BY person_id % 2)",
    "a constant partition": "sum(days) OVER (PARTITION BY 1)",
    "a key as the distance": "lag(days, visit_no) OVER (PARTITION BY person_id ORDER BY day)",
    "a frame": "sum(days) OVER (PARTITION BY person_id ORDER BY day ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)",
    "a default beyond the end": "lag(days, 1, 99) OVER (PARTITION BY person_id ORDER BY day)",
    "a window function that is not known": "ntile(4) OVER (PARTITION BY person_id ORDER BY day)",
    "a filter": "count(*) FILTER (WHERE days > 3) OVER (PARTITION BY person_id)",
}
QUESTIONS = {name: f"SELECT x, count(*) FROM (SELECT {window} AS x FROM clinic.visit) t GROUP BY x" for name, window in INNER.items()}
QUESTIONS.update({
    "rows with a window": "SELECT row_number() OVER (PARTITION BY person_id ORDER BY day) FROM clinic.visit",
    "a window in WHERE": "SELECT count(*) FROM clinic.visit WHERE row_number() OVER (PARTITION BY person_id) = 1",
    "a window within an aggregate": "SELECT sum(rank() OVER (PARTITION BY person_id)) FROM clinic.visit",
    "a named window": "SELECT count(*) FROM (SELECT rank() OVER w FROM clinic.visit WINDOW w AS (PARTITION BY town)) t",
})


def attack(tap, server, records):
    refused(tap, server, QUESTIONS)


if __name__ == "__main__":
    run_attack(attack)

"""Qrlew: rewrites the question into SQL that adds its own noise; the SQL runs in DuckDB, as one would without its
PostgreSQL. Only the schema and the number of rows go through SQLite, from which Qrlew reads them."""
import duckdb
import pyqrlew
import sqlalchemy

from task import serve

TYPES = {"BIGINT": "INTEGER", "INTEGER": "INTEGER", "VARCHAR": "VARCHAR"}


def prepare(task):
    connection = duckdb.connect()
    columns = [task["unit"], task["group"], task["value"]]
    connection.execute(f"CREATE TABLE t AS SELECT {', '.join(columns)} FROM '{task['file']}'")
    types = {name: TYPES.get(kind, "DOUBLE PRECISION") for name, kind, *_ in connection.execute("DESCRIBE t").fetchall()}
    engine = sqlalchemy.create_engine("sqlite://", poolclass=sqlalchemy.pool.StaticPool)
    with engine.begin() as schema:
        schema.execute(sqlalchemy.text(f"CREATE TABLE t ({', '.join(f'{n} {k}' for n, k in types.items())})"))
        # Qrlew bounds a count by the table's size, which it takes to be public.
        schema.execute(sqlalchemy.text("INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                                       f"WHERE i < {task['rows']}) SELECT i, 1, 1 FROM n"))
    dataset = pyqrlew.Dataset.from_database("bench", engine, None)
    dataset = dataset.with_range(None, "t", task["value"], float(task["low"]), float(task["high"]))
    if task["groups"] is not None and types[task["group"]] == "VARCHAR":
        dataset = dataset.with_possible_values(None, "t", task["group"], task["groups"])
    text = f"SELECT {task['group']}, count(*) AS n, sum({task['value']}) AS s FROM t GROUP BY {task['group']}"

    def answer():
        private = dataset.relation(text).rewrite_with_differential_privacy(
            dataset=dataset, privacy_unit=[("t", [], task["unit"])],
            epsilon_delta={"epsilon": task["epsilon"], "delta": task["delta"]},
            max_multiplicity=float(task["unit_rows"]), max_multiplicity_share=1.0)
        rows = connection.execute(private.relation().to_query(pyqrlew.Dialect.PostgreSql)).fetchall()
        return {row[0]: row[1:] for row in rows}
    return answer


serve(prepare)

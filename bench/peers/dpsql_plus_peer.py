"""DPSQL+ over DuckDB. It is in no registry: DPSQL_PLUS names a checkout. Its Spark backend, which it imports but which is
not used here, finds an empty pyspark."""
import os
import sys
import types

import duckdb

from task import serve


class Absent(types.ModuleType):
    """A module whose every name is an empty class."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


for module in ("pyspark", "pyspark.sql", "pyspark.sql.functions", "pyspark.sql.types", "pyspark.sql.window"):
    sys.modules[module] = Absent(module)
sys.path.insert(0, os.path.join(os.environ["DPSQL_PLUS"], "src"))
from dpsql.accountant import RenyiAccountant  # noqa: E402
from dpsql.backend import DuckDBBackend  # noqa: E402
from dpsql.dp_params import DPParams  # noqa: E402
from dpsql.engine import Engine  # noqa: E402
from dpsql.validator import Validator  # noqa: E402


def prepare(task):
    connection = duckdb.connect()
    columns = f"{task['unit']}, {task['group']}, {task['value']}::DOUBLE AS {task['value']}"
    connection.execute(f"CREATE TABLE t AS SELECT {columns} FROM '{task['file']}'")
    text = f"SELECT {task['group']}, count(*), sum({task['value']}) FROM t GROUP BY {task['group']}"

    def answer():
        engine = Engine(RenyiAccountant(task["epsilon"], task["delta"]), DuckDBBackend(connection), Validator())
        engine.register_database(privacy_unit_columns={"t": task["unit"]})
        rows = engine.execute_query(text, DPParams(
            contribution_bound=task["unit_rows"], clipping_thresholds=[None, [(task["low"], task["high"])]],
            epsilon=task["epsilon"], delta=task["delta"]))
        return {key[0] if isinstance(key, tuple) else key: list(row) for key, row in zip(rows.index, rows.values)}
    return answer


serve(prepare)

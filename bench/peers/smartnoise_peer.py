"""SmartNoise SQL over a pandas frame. It charges epsilon for each number, so epsilon is divided by what it says it costs."""
import pandas
import snsql

from task import serve

TYPES = {"i": "int", "f": "float", "O": "string"}


def prepare(task):
    columns = [task["unit"], task["group"], task["value"]]
    frame = pandas.read_parquet(task["file"], columns=columns)
    if frame[task["value"]].dtype.kind == "O":
        frame[task["value"]] = frame[task["value"]].astype(float)
    table = {"row_privacy": False, "rows": len(frame), "max_ids": task["unit_rows"], "sample_max_ids": True,
             "censor_dims": task["groups"] is None,
             task["unit"]: {"type": "int", "private_id": True},
             task["group"]: {"type": TYPES.get(frame[task["group"]].dtype.kind, "string")},
             task["value"]: {"type": TYPES[frame[task["value"]].dtype.kind], "lower": task["low"],
                             "upper": task["high"]}}
    metadata = {"": {"s": {"t": table}}}
    text = f"SELECT {task['group']}, COUNT(*) AS n, SUM({task['value']}) AS s FROM s.t GROUP BY {task['group']}"
    delta = task["delta"]
    asked = snsql.from_df(frame, privacy=snsql.Privacy(epsilon=1.0, delta=delta), metadata=metadata)
    cost = asked.get_privacy_cost(text)[0]
    privacy = snsql.Privacy(epsilon=task["epsilon"] / cost, delta=delta)

    def answer():
        reader = snsql.from_df(frame, privacy=privacy, metadata=metadata)
        return {row[0]: row[1:] for row in reader.execute(text)[1:]}
    return answer


serve(prepare)

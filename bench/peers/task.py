"""What every peer's program shares: it gets one task (JSON) as its argument, answers it some times, prints JSON.

A task is SELECT group, count(*), sum(value) GROUP BY group over one Parquet file, with the unit of privacy, the largest
number of rows and groups that a unit has, the range of the values, the groups where they are declared, epsilon and delta.
"""
import json
import sys
import time
import warnings


def serve(prepare):
    """prepare(task) reads the data and returns a function without arguments, which answers once: {group: [count, sum]}."""
    warnings.filterwarnings("ignore")
    task = json.loads(sys.argv[1])
    answer = prepare(task)
    seconds, answers = [], []
    started = time.perf_counter()
    for _ in range(task["runs"]):
        start = time.perf_counter()
        rows = answer()
        seconds.append(time.perf_counter() - start)
        answers.append({str(group): [float(number) for number in numbers] for group, numbers in rows.items()})
        if time.perf_counter() - started > task["patience"]:
            break
    print(json.dumps({"seconds": seconds, "answers": answers}))

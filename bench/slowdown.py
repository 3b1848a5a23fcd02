"""Part A. How many times longer a protected answer takes than the unprotected one: TPC-H Q1, Q5, Q6, Q14 and Q19.

The texts are TPC-H's, with this adaptation, on both sides alike: joins are written as JOIN ... ON, persons first (in Q19
the join condition, which each of its three branches repeats, is written once); dates are constants; only the columns of
bench/tpch.weir are stored (no comments). Each run draws new substitution parameters, by TPC-H's rules and in the same way
each time, so that no answer comes from the store of answers.
"""
import datetime
import random
import statistics

import data
import weirstore
from plain import Plain

RUNS = 5
# question: the most it may cost (ours to meet), and what cwida/privacy published (user-bounded DP in DuckDB, SF30)
TARGETS = {"Q1": (3, 11.2), "Q5": (1.5, 1.76), "Q6": (1.5, 2.83), "Q14": (2, 3.07), "Q19": (1.5, 1.85)}
CONTAINERS = {"SM": "'SM CASE', 'SM BOX', 'SM PACK', 'SM PKG'", "MED": "'MED BAG', 'MED BOX', 'MED PKG', 'MED PACK'",
              "LG": "'LG CASE', 'LG BOX', 'LG PACK', 'LG PKG'"}


def q1(draw):
    last = datetime.date(1998, 12, 1) - datetime.timedelta(days=draw.randint(60, 120))
    return f"""
SELECT l_returnflag, l_linestatus, sum(l_quantity) AS sum_qty, sum(l_extendedprice) AS sum_base_price,
  sum(l_extendedprice * (1 - l_discount)) AS sum_disc_price,
  sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) AS sum_charge,
  avg(l_quantity) AS avg_qty, avg(l_extendedprice) AS avg_price, avg(l_discount) AS avg_disc, count(*) AS count_order
FROM tpch.lineitem
WHERE l_shipdate <= date '{last}'
GROUP BY l_returnflag, l_linestatus
ORDER BY l_returnflag, l_linestatus"""


def q5(draw):
    region = draw.choice(["AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST"])
    year = draw.randint(1993, 1997)
    return f"""
SELECT n_name, sum(l_extendedprice * (1 - l_discount)) AS revenue
FROM tpch.customer
  JOIN tpch.orders ON c_custkey = o_custkey
  JOIN tpch.lineitem ON l_orderkey = o_orderkey
  JOIN public.supplier ON l_suppkey = s_suppkey AND c_nationkey = s_nationkey
  JOIN public.nation ON s_nationkey = n_nationkey
  JOIN public.region ON n_regionkey = r_regionkey
WHERE r_name = '{region}' AND o_orderdate >= date '{year}-01-01' AND o_orderdate < date '{year + 1}-01-01'
GROUP BY n_name
ORDER BY revenue DESC"""


def q6(draw):
    year, discount, quantity = draw.randint(1993, 1997), draw.randint(2, 9), draw.randint(24, 25)
    return f"""
SELECT sum(l_extendedprice * l_discount) AS revenue
FROM tpch.lineitem
WHERE l_shipdate >= date '{year}-01-01' AND l_shipdate < date '{year + 1}-01-01'
  AND l_discount BETWEEN {(discount - 1) / 100} AND {(discount + 1) / 100} AND l_quantity < {quantity}"""


def q14(draw):
    first = datetime.date(draw.randint(1993, 1997), draw.randint(1, 12), 1)
    end = (first + datetime.timedelta(days=31)).replace(day=1)
    return f"""
SELECT 100.00 * sum(CASE WHEN p_type LIKE 'PROMO%' THEN l_extendedprice * (1 - l_discount) ELSE 0 END)
  / sum(l_extendedprice * (1 - l_discount)) AS promo_revenue
FROM tpch.lineitem JOIN public.part ON l_partkey = p_partkey
WHERE l_shipdate >= date '{first}' AND l_shipdate < date '{end}'"""


def q19(draw):
    def branch(size, low, most):
        brand = f"Brand#{draw.randint(1, 5)}{draw.randint(1, 5)}"
        return (f"(p_brand = '{brand}' AND p_container IN ({CONTAINERS[size]}) AND l_quantity >= {low} "
                f"AND l_quantity <= {low + 10} AND p_size BETWEEN 1 AND {most})")
    branches = [branch("SM", draw.randint(1, 10), 5), branch("MED", draw.randint(10, 20), 10),
                branch("LG", draw.randint(20, 30), 15)]
    return f"""
SELECT sum(l_extendedprice * (1 - l_discount)) AS revenue
FROM tpch.lineitem JOIN public.part ON p_partkey = l_partkey
WHERE l_shipmode IN ('AIR', 'AIR REG') AND l_shipinstruct = 'DELIVER IN PERSON' AND (
  {(chr(10) + '  OR ').join(branches)})"""


QUESTIONS = {"Q1": q1, "Q5": q5, "Q6": q6, "Q14": q14, "Q19": q19}
COMPARED = {"Q1": 2, "Q5": 1, "Q6": 0, "Q14": 0, "Q19": 0}  # the column whose total shows that the answer is one


def texts(question, runs):
    """That many different texts of one question."""
    draw, distinct = random.Random(1), {}
    while len(distinct) < runs:
        distinct.setdefault(question(draw))
    return list(distinct)


def total(rows, column):
    return sum(float(row[column] or 0) for row in rows)


def one_question(name, plain, asked):
    """The sides alternate; the first text of each warms up and is not counted."""
    protected, unprotected, differences = [], [], []
    for text in texts(QUESTIONS[name], RUNS + 1):
        seconds, exact = plain.timed(text)
        unprotected.append(seconds)
        seconds, noisy = asked.timed(text)
        protected.append(seconds)
        differences.append(abs(total(noisy, COMPARED[name]) / total(exact, COMPARED[name]) - 1))
    target, published = TARGETS[name]
    seconds = statistics.median(protected[1:]), statistics.median(unprotected[1:])
    return {"question": name, "protected": seconds[0], "unprotected": seconds[1],
            "slowdown": seconds[0] / seconds[1], "difference": statistics.median(differences), "target": target,
            "published": published}


def measure(options):
    """One row a question; a row that could not be measured says why."""
    rows = []
    store = weirstore.loaded("tpch.weir", data.tpch(options.scale))
    with Plain(store) as plain, weirstore.Asked(store) as asked:
        asked.check_bounded("SELECT count(*) FROM tpch.lineitem", 2)  # customers have more lines than one
        for name in QUESTIONS:
            try:
                row = one_question(name, plain, asked)
            except weirstore.ServerError as problem:
                row = {"question": name, "failed": str(problem)}
            rows.append(row)
            print("  ", *(f"{key} {value}" for key, value in row.items()), flush=True)
    return {"scale": options.scale, "rows": rows}

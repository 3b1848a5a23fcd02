"""Part C. How far answers are from the truth where a person has many rows, beside R2T, at the same epsilon.

The questions are the one-owner questions of R2T's evaluation (hkustDB/Race-to-the-Top), each under a policy that protects
what R2T protects in it. Weir's answers are (epsilon, delta)-DP at the delta of the policies, R2T's epsilon-DP; both take
out one owner with all rows. Weir's policies state no bound on an owner's rows. Each asking carries another harmless
condition, so that no answer comes from the store of answers.
"""
import collections
import statistics

import data
import r2t
import weirstore
from plain import Plain

ANSWERS = 100
# value: the aggregate; harmless: a column that is never negative; owner: whose rows they are;
# published: R2T's relative error at epsilon 0.8 and SF1 (Result/TPCH)
Question = collections.namedtuple("Question", "name policy value rows where harmless owner published")
LINES_OF_CUSTOMERS = ("tpch.customer JOIN tpch.orders ON o_custkey = c_custkey "
                      "JOIN tpch.lineitem ON l_orderkey = o_orderkey")
QUESTIONS = [
    Question("Q3", "tpch.weir", "count(*)", LINES_OF_CUSTOMERS,
             "o_orderdate < date '1997-01-01' AND l_shipdate > date '1994-01-01'", "l_linenumber", "c_custkey",
             7338.62 / 2888656),
    Question("Q12", "orders.weir", "count(*)", "tpch.orders JOIN tpch.lineitem ON l_orderkey = o_orderkey", "TRUE",
             "l_linenumber", "o_orderkey", 1372.98 / 6001215),
    Question("Q20", "supplier.weir", "count(*)",
             "tpch.supplier JOIN tpch.partsupp ON ps_suppkey = s_suppkey "
             "JOIN tpch.lineitem ON l_suppkey = ps_suppkey AND l_partkey = ps_partkey "
             "JOIN public.nation ON n_nationkey = s_nationkey", "TRUE", "l_linenumber", "s_suppkey",
             34725.64 / 6001215),
    Question("Q10", "tpch.weir", "count(*)",
             "tpch.customer JOIN tpch.orders ON o_custkey = c_custkey JOIN public.nation ON n_nationkey = c_nationkey",
             "TRUE", "o_shippriority", "c_custkey", 2615.49 / 1500000),
    Question("Q11", "supplier.weir", "sum(ps_supplycost * ps_availqty / 1000000)",
             "tpch.supplier JOIN tpch.partsupp ON ps_suppkey = s_suppkey "
             "JOIN public.nation ON n_nationkey = s_nationkey", "TRUE", "ps_availqty", "s_suppkey",
             36438.30 / 2003609.409),
    Question("Q18", "tpch.weir", "sum(l_quantity)", LINES_OF_CUSTOMERS, "TRUE", "l_linenumber", "c_custkey",
             201957.53 / 153078795),
]
UNEQUAL = [Question(name, "zipf.weir", value, "zipf.visit", "TRUE", "cost", "person_id", None)
           for name, value in [("visits", "count(*)"), ("cost", "sum(cost)")]]
ALPHAS = (1.1, 2.0)


def text(question, value, number=1):
    where = "" if question.where == "TRUE" else f"{question.where} AND "
    return f"SELECT {value} FROM {question.rows} WHERE {where}{question.harmless} > -{number}"


def summary(errors):
    errors = [float(error) for error in errors]
    return {"median": statistics.median(errors), "mean": statistics.fmean(errors)}


def one_question(question, plain, asked):
    owners = plain.column(text(question, question.value) + f" GROUP BY {question.owner}")
    owners = owners.astype(float)
    truth = float(owners.sum())
    asked.check_bounded(text(question, question.value), owners.max())
    noisy = [float(asked.ask(text(question, question.value, number))[0][0]) for number in range(1, ANSWERS + 1)]
    return {"question": question.name, "truth": truth, "owners": len(owners), "largest": float(owners.max()),
            "ours": summary(abs(answer / truth - 1) for answer in noisy),
            "r2t": summary(r2t.errors(owners, weirstore.EPSILON, ANSWERS)), "published": question.published}


def ask_all(questions, store, label=""):
    rows = []
    with Plain(store) as plain, weirstore.Asked(store) as asked:
        for question in questions:
            try:
                row = one_question(question, plain, asked)
            except weirstore.ServerError as problem:
                row = {"question": question.name, "failed": str(problem)}
            row["question"] += label
            rows.append(row)
            print("  ", *(f"{key} {value}" for key, value in row.items()), flush=True)
    return rows


def measure(_options):
    rows, unequal = [], []
    for policy in dict.fromkeys(question.policy for question in QUESTIONS):
        store = weirstore.loaded(policy, data.tpch(1))
        rows += ask_all([question for question in QUESTIONS if question.policy == policy], store)
    for alpha in ALPHAS:
        store = weirstore.loaded("zipf.weir", data.zipf(alpha))
        unequal += ask_all(UNEQUAL, store, f", alpha {alpha}")
    return {"rows": rows, "unequal": unequal}

"""The command line of the benchmark: which parts to measure, what came out, and whether the targets were met."""
import argparse
import importlib
import json
import pathlib
import sys
import traceback

PARTS = {
    "slowdown": ("slowdown", "A  protected against unprotected TPC-H queries, same engine and file: ratios"),
    "bounding": ("bounding", "B  the bounding operator against a plain GROUP BY: ratios"),
    "error": ("error", "C  relative error where a person has many rows, beside R2T's"),
    "peers": ("peers", "D  the same questions to OpenDP, SmartNoise SQL, Qrlew and DPSQL+"),
}
RESULTS = pathlib.Path(__file__).resolve().parent.parent / "build/bench/results.json"


def read_options():
    parser = argparse.ArgumentParser(
        prog="bench/run", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measures Weir beside other systems on this machine and prints ratios, medians of 5 runs.\n\n"
                    + "\n".join(f"  {name:9} {said}" for name, (_, said) in PARTS.items())
                    + "\n\nBuild first (make). Needs Python 3.11 with venv, the package registries for the first run, 15 "
                      "GB of disk\n(SF1), and nothing else running. Everything is kept under build/bench. Exit status: "
                      "0 all measured and\nevery target met, 1 not.",
        epilog="Environment: WEIR_BINARY (build/weir), WEIR_SHARED_DATA (a folder with adult.csv; ../shared/data), "
               "DPSQL_PLUS\n(a checkout of lycorp-jp/DPSQL_Plus, which is in no registry).")
    parser.add_argument("parts", nargs="*", metavar="PART", help="slowdown, bounding, error, peers (default: all)")
    parser.add_argument("--scale", type=int, default=1, choices=[1, 10], help="TPC-H scale of part A (default 1)")
    parser.add_argument("--write", action="store_true",
                        help="write docs/performance.md and its plot, from this run and the latest of the other parts")
    parser.add_argument("--only-write", action="store_true", help="measure nothing, write from the latest results")
    options = parser.parse_args()
    unknown = [part for part in options.parts if part not in PARTS]
    if unknown:
        parser.error(f"no part is called {unknown[0]}")
    options.parts = options.parts or list(PARTS)
    return options


def measured(part, options):
    print(f"== {PARTS[part][1]}", flush=True)
    try:
        return importlib.import_module(PARTS[part][0]).measure(options)
    except Exception as problem:  # pylint: disable=broad-except  # one part must not cost the others
        traceback.print_exc()
        return {"failed": f"{type(problem).__name__}: {problem}".splitlines()[0]}


def main():
    options = read_options()
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    if not options.only_write:
        for part in options.parts:
            name = f"{part}-sf{options.scale}" if part == "slowdown" else part
            results[name] = measured(part, options)
            RESULTS.parent.mkdir(parents=True, exist_ok=True)
            RESULTS.write_text(json.dumps(results, indent=1))
    report = importlib.import_module("report")
    page, missed = report.page(results)
    print(page)
    for line in missed:
        print(f"MISSED: {line}")
    if options.write or options.only_write:
        report.write(page, results)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()

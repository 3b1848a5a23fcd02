"""Part B. The bounding operator alone against a plain GROUP BY in the same engine: the C program bench_bound."""
import subprocess

from data import SOURCE

PROGRAM = "bench/bound/bench_bound"


def measure(_options):
    build = SOURCE / "build"
    made = subprocess.run(["ninja", "-C", build, PROGRAM], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        return {"failed": f"{PROGRAM} cannot be built: {(made.stderr or made.stdout).strip().splitlines()[-1]}"}
    done = subprocess.run([build / PROGRAM, "--runs", "5"], capture_output=True, text=True, check=False)
    print(done.stdout, end="", flush=True)
    if done.returncode != 0:
        return {"failed": f"{PROGRAM} ended with {done.returncode}: {done.stderr.strip()}"}
    return {"said": done.stdout.strip()}

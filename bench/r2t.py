"""R2T for rows that belong to one owner, written from the paper (Dong, Fang, Yi, Tao, Machanavajjhala: R2T,
Instance-optimal Truncation for Differentially Private Query Evaluation with Foreign Keys. SIGMOD 2022, section 5).

With one owner a row, truncation needs no linear program: each owner's total is cut at tau. R2T asks for the total cut at
tau = base^1 .. base^L, up to the global sensitivity; each gets Laplace noise of scale L tau / epsilon, is lowered by what
that noise may exceed with probability beta / L, and the largest wins. It is epsilon-DP.
"""
import math

import numpy

GLOBAL_SENSITIVITY = 1e6  # as in the paper's experiments on TPC-H
BETA = 0.1                # likewise
BASES = (2, 5.5)          # the paper's, and the one of its authors' experiments


def answers(totals, epsilon, runs, base, random):
    """That many noisy answers to the sum of the owners' totals."""
    levels = max(2, int(math.log(GLOBAL_SENSITIVITY, base)))
    taus = float(base) ** numpy.arange(1, levels + 1)
    cut = numpy.array([numpy.minimum(totals, tau).sum() for tau in taus])
    noise = random.laplace(scale=levels * taus / epsilon, size=(runs, levels))
    lowered = levels * taus / epsilon * math.log(levels / BETA)
    return numpy.maximum(0, cut + noise - lowered).max(axis=1)


def errors(totals, epsilon, runs):
    """Relative errors with the base that does better here, which R2T could not know: in its favour."""
    random = numpy.random.default_rng(1)
    totals = numpy.asarray(totals, dtype=float)
    each = [numpy.abs(answers(totals, epsilon, runs, base, random) / totals.sum() - 1) for base in BASES]
    return min(each, key=lambda errors_of_base: float(errors_of_base.mean()))

"""Weight, mean and spread of numbers, merged without loss of precision.

Formula: T. Chan, G. Golub, R. LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances",
1979. A state is ``[weight, mean, m2]``, where ``m2`` is the weighted sum of squared distances to the mean.
"""

from __future__ import annotations

import math

import numpy as np

from gristmill.engine.weighted_summary import Table

__all__ = ["Moments", "merge_moments", "moments_of", "no_moments", "standard_deviation"]

Moments = list[float]


def no_moments() -> Moments:
    """The state of no numbers at all."""
    return [0.0, 0.0, 0.0]


def moments_of(table: Table) -> Moments:
    """The state of a table of values and weights. Infinite values give an infinite or undefined mean."""
    values, weights = table
    total = float(weights.sum())
    if total == 0:
        return no_moments()
    # Plain sums: a dot product would go to a BLAS library, whose threads fight with those of the engine.
    with np.errstate(invalid="ignore", over="ignore"):
        mean = float((values * weights).sum()) / total
        return [total, mean, float((np.square(values - mean) * weights).sum())]


def merge_moments(a: Moments, b: Moments) -> Moments:
    """The state of both."""
    if a[0] == 0:
        return b
    if b[0] == 0:
        return a
    total = a[0] + b[0]
    if not (math.isfinite(a[1]) and math.isfinite(b[1])):
        return [total, a[1] + b[1], math.nan]  # as in moments_of, however the values were cut
    delta = b[1] - a[1]
    mean = a[1] + delta * (b[0] / total)
    return [total, mean, a[2] + b[2] + delta * delta * (a[0] * b[0] / total)]


def standard_deviation(moments: Moments) -> float:
    """The population standard deviation; 0.0 of no numbers, NaN with infinite ones."""
    total, _, squares = moments
    if total == 0:
        return 0.0
    return math.nan if math.isnan(squares) else math.sqrt(squares / total)

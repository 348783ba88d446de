"""Rules between the published results that a protocol computes again and the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tmsmeta.errors import Issue
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.review.checks.table_names import Names, each_must, must
from tmsmeta.review.protocol import Protocol, PublishedPool
from tmsmeta.review.protocol_faults import FILE

Cells = Mapping[str, str]


def published_issues(protocol: Protocol, names: Names) -> Iterator[Issue]:
    """Faults of the published pools and networks that the protocol names."""
    results = {row.get("result_id", ""): row for row in names.rows("published")}
    for pool in protocol.published.pools:
        key = f"published.pools.{pool.result}"
        yield from must(f"{key}.result", pool.result, results, "a result_id of published.csv")
        yield from _choices(key, pool)
        yield from each_must(f"{key}.of", pool.of, results, "a result_id of published.csv")
        if pool.selection:
            known = protocol.selection_names
            yield from must(f"{key}.selection", pool.selection, known, "a selection of this protocol")
        if pool.result in results:
            yield from _ratio(f"{key}.result", pool.result, results[pool.result])
            yield from _parts(key, pool, results)
        if pool.subset:
            yield from _subset(key, pool, results.get(pool.result, {}), names)
    reviews, lumpings = names.values(("published", "review")), {*protocol.network.lumpings, "none"}
    for review in protocol.published.networks:
        key = f"published.networks.{review.review}"
        yield from must(f"{key}.review", review.review, reviews, "a review of published.csv")
        yield from each_must(f"{key}.lumpings", tuple(review.lumpings.values()), lumpings, "a lumping of this protocol")


def _choices(key: str, pool: PublishedPool) -> Iterator[Issue]:
    if not pool.estimators:
        yield Issue(None, f"{key}.estimators", [], "must hold at least one estimator of tau2.", FILE)
    yield from each_must(f"{key}.estimators", pool.estimators, ESTIMATORS, "an estimator of tau2")
    if pool.decimals < 0:
        yield Issue(None, f"{key}.decimals", pool.decimals, "must be a whole number, 0 or more.", FILE)


def _ratio(key: str, result: str, row: Cells) -> Iterator[Issue]:
    """Only a ratio with its interval can be computed again, or be pooled."""
    if row.get("measure") == "percent":
        message = "is printed as percent; only a ratio with its interval can be computed again."
        yield Issue(None, key, result, message, FILE)
    elif not all(row.get(name) for name in ("estimate", "ci_low", "ci_high")):
        message = "has no ratio with both limits in published.csv, so that it cannot be computed again."
        yield Issue(None, key, result, message, FILE)


def _parts(key: str, pool: PublishedPool, results: Mapping[str, Cells]) -> Iterator[Issue]:
    """Results that are pooled: at least two, none twice, on one outcome and measure."""
    if pool.of and len(pool.of) < 2:
        yield Issue(None, f"{key}.of", list(pool.of), "must hold at least two results.", FILE)
    whole = results[pool.result]
    for place, name in enumerate(pool.of):
        if name == pool.result:
            yield Issue(None, f"{key}.of", name, "is the pool itself.", FILE)
        elif name in pool.of[:place]:
            yield Issue(None, f"{key}.of", name, "stands here already; once is enough.", FILE)
        elif name in results:
            yield from _ratio(f"{key}.of", name, results[name])
            for column in ("outcome", "measure"):
                ours, theirs = whole.get(column, ""), results[name].get(column, "")
                if ours != theirs:
                    message = f"has the {column} {theirs}, while the pool has {ours}."
                    yield Issue(None, f"{key}.of", name, message, FILE)


def _subset(key: str, pool: PublishedPool, row: Cells, names: Names) -> Iterator[Issue]:
    """A subset that the tables have, with ratios on the outcome and measure of the published row."""
    subsets = names.values(("contrasts", "subset"))
    yield from must(f"{key}.subset", pool.subset, subsets, "a subset of contrasts.csv")
    same = ("outcome", "measure")
    found = [r for r in names.rows("contrasts") if r.get("subset") == pool.subset]
    alike = [r for r in found if all(r.get(name) == row.get(name) for name in same)]
    if row and found and len(alike) < 2:
        message = f"must have at least two ratios on {row.get('outcome')} as {row.get('measure')} in contrasts.csv."
        yield Issue(None, f"{key}.subset", pool.subset, message, FILE)

"""The results as files that are text: a run writes them, and the page carries the same ones."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PooledEffect
from tmsmeta.report.citation import citation_bibtex
from tmsmeta.report.python_script import python_script
from tmsmeta.report.summary import summary
from tmsmeta.review.analyses import Analysis, estimates_table
from tmsmeta.review.export import to_bibtex, trials_by_source
from tmsmeta.tables.csv_write import csv_text, guarded_in
from tmsmeta.words.markdown import markdown_text

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.review.run import ReviewRun

WHAT: Mapping[str, str] = {
    "results.json": "every number of every analysis, with its choices",
    "summary.md": "what came out, on a page or two",
    "sources.bib": "the sources of the numbers, for a reference manager",
    "citation.bib": "how to cite these results",
    "analyses.R": "the main analyses in R, with their data",
    "analyses.py": "the main analyses in Python, with their data",
    "tables/estimates.csv": "every analysis: outcome, selection, measure",
    "tables/summary_of_findings.csv": "every outcome on one line: absolute and relative effect, certainty",
    "tables/trials.csv": "the trials of the main analyses, with weights and sources",
    "tables/left_out.csv": "rows that were left out, with reasons",
    "tables/joint.csv": "outcomes pooled together",
    "tables/joint_ranking.csv": "treatments ranked on outcomes together",
    "tables/joint_network_between.csv": "how far trials of the joint network lie apart",
    "tables/published.csv": "published pools recomputed",
    "tables/published_networks.csv": "published network estimates beside these",
    "tables/ranking.csv": "rankings of all networks",
    "tables/claims.csv": "quoted figures with their verdicts",
}
"""What each file holds."""


def result_files(result: ReviewRun) -> dict[str, str]:
    """Every file that is text, by its path in the folder of results."""
    evidence = result.evidence
    data = json.dumps(result.to_dict(), indent=1, ensure_ascii=False, allow_nan=False, sort_keys=False)
    tables = {f"tables/{name}.csv": csv_text(frame) for name, frame in tables_of(result).items()}
    remark = guarded_in(tables)
    return {
        "results.json": data + "\n",
        "summary.md": summary(result) + (f"\nIn `tables/`, {markdown_text(remark)}\n" if remark else ""),
        "sources.bib": to_bibtex(evidence.all_sources(), trials_by_source(evidence)),
        "citation.bib": citation_bibtex(evidence),
        "analyses.R": _r_script(result),
        "analyses.py": python_script(result),
        **tables,
    }


def packed(files: Mapping[str, str]) -> str:
    """The files in one text for a page: JSON, compressed, in base 64; the same bytes each time."""
    data = json.dumps(dict(files), ensure_ascii=False, separators=(",", ":")).encode()
    return base64.b64encode(gzip.compress(data, mtime=0)).decode("ascii")


def _r_script(result: ReviewRun) -> str:
    """The scripts of the main analyses, one after the other; each could stand alone."""
    nets = [net.net for outcome in result.networks if not isinstance(net := result.network(outcome), NotAssessable)]
    return "\n".join(found.to_r() for found in (*result.main_pools().values(), *nets))


def tables_of(result: ReviewRun) -> dict[str, pd.DataFrame]:
    """Every table by file name: estimates, summary_of_findings, trials, joint, published, ranking, claims ..."""
    import pandas as pd

    mains = [result.main(outcome) for outcome in result.outcomes]
    tables: dict[str, pd.DataFrame] = {
        "estimates": estimates_table(result.analyses),
        "summary_of_findings": result.summary_of_findings().to_frame(),
        "trials": pd.concat([_weighted(a) for a in mains], ignore_index=True),
        "left_out": pd.concat(
            [a.chosen.left_out.assign(outcome=a.outcome, selection=a.name) for a in result.analyses],
            ignore_index=True,
        ),
    }
    if not isinstance(result.joint, NotAssessable):
        tables["joint"] = result.joint.to_frame()
    if not isinstance(result.joint_network, NotAssessable):
        tables["joint_ranking"] = result.joint_network.ranking
        tables["joint_network_between"] = result.joint_network.between
    if not isinstance(result.published, NotAssessable):
        tables["published"] = pd.DataFrame([check.row() for check in result.published])
    if not isinstance(result.published_networks, NotAssessable):
        tables["published_networks"] = result.published_networks
    rankings = [
        pair.ranking.to_frame().assign(outcome=outcome, lumping=lumping)
        for outcome, found in result.networks.items()
        for lumping, pair in found.items()
        if not isinstance(pair, NotAssessable)
    ]
    if rankings:
        tables["ranking"] = pd.concat(rankings, ignore_index=True)
    if not isinstance(result.ledger, NotAssessable):
        tables["claims"] = result.ledger.to_frame()
    return tables


def _weighted(analysis: Analysis) -> pd.DataFrame:
    """The trials of an analysis with their ratio and weight."""
    chosen, pooled = analysis.chosen, analysis.pooled
    trials = chosen.trials.assign(outcome=analysis.outcome)
    if not isinstance(pooled, PooledEffect):
        return trials
    columns = ["study", *pooled.effects.columns, "weight"]
    return trials.merge(pooled.to_frame()[columns], on="study", how="left")

"""Write the evidence in the formats of other tools into one folder, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from tmsmeta.report.folder import Contents, file_name, write_texts
from tmsmeta.review.evidence import Evidence
from tmsmeta.review.export import cinema_table, metapsy_csv, to_bibtex, trials_by_source
from tmsmeta.review.selecting.apply import select_arms
from tmsmeta.tables.csv_write import csv_text

EXPORTS = Contents(
    marker="metapsy.csv",
    files=("metapsy.csv", "sources.bib", "arms_*.csv", "contrasts_*.csv", "left_out_*.csv", "cinema_*.csv"),
)
"""What an export writes."""


def write_exports(evidence: Evidence, out: str | Path) -> list[Path]:
    """Write arms and comparisons of every outcome: tidy CSV, CINeMA, Metapsy, and the sources as BibTeX.

    The selection is the main analysis; rows that it leaves out are listed with their reason.

    Args:
        evidence: the tables.
        out: a new or empty folder, or one that an earlier export wrote.

    Returns:
        The files, in the order written.

    Raises:
        OutputError: the folder cannot be written, or holds other files.
    """
    selections = {outcome: select_arms(evidence, evidence.selection(outcome)) for outcome in evidence.outcome_names}
    texts: dict[str, str] = {}
    for outcome, chosen in selections.items():
        name = file_name(outcome)
        texts[f"arms_{name}.csv"] = csv_text(chosen.arms)
        texts[f"contrasts_{name}.csv"] = csv_text(chosen.contrasts)
        texts[f"left_out_{name}.csv"] = csv_text(chosen.left_out)
        texts[f"cinema_{name}.csv"] = csv_text(cinema_table(chosen))
    texts["metapsy.csv"] = metapsy_csv(selections.values())
    texts["sources.bib"] = to_bibtex(evidence.all_sources(), trials_by_source(evidence))
    write_texts(Path(out), texts, earlier=EXPORTS)
    return [Path(out) / name for name in texts]

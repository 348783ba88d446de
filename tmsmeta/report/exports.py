"""Write the evidence in the formats of other tools into one folder, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from tmsmeta.errors import check_kind
from tmsmeta.report.folder import Contents, file_name, write_texts
from tmsmeta.review.evidence import Evidence
from tmsmeta.review.export import cinema_table, metapsy_csv, to_bibtex, trials_by_source
from tmsmeta.review.export_effects import netmeta_table, revman_ratios, revman_table
from tmsmeta.review.network_spec import ReviewNetworkSpec
from tmsmeta.review.review import Review
from tmsmeta.review.selecting.apply import select, select_arms
from tmsmeta.tables.csv_write import csv_text, guarded_in
from tmsmeta.words.arguments import answerable
from tmsmeta.words.markdown import markdown_text

EXPORTS = Contents(
    marker="metapsy.csv",
    files=(
        "README.md",
        "metapsy.csv",
        "sources.bib",
        "arms_*.csv",
        "contrasts_*.csv",
        "left_out_*.csv",
        "cinema_*.csv",
        "revman_*.csv",
        "netmeta_*.csv",
    ),
)
"""What an export writes."""
README = """\
# Tables for other programs

- `arms_*.csv`, `contrasts_*.csv`: arms and printed comparisons as they stand in the main analysis
- `left_out_*.csv`: the rows that it leaves out, with their reasons
- `cinema_*.csv`: arms for CINeMA
- `revman_*.csv`: active treatment against the control for RevMan; trials known by a ratio only in `revman_ratios_*.csv`
- `netmeta_*.csv`: every comparison of every trial as netmeta's pairwise() gives it
- `metapsy.csv`: every outcome by the Metapsy data standard
- `sources.bib`: the sources of the numbers

The evidence has the data version `{version}`.{guarded}
"""


@answerable
def write_exports(review: Review | Evidence, out: str | Path) -> list[Path]:
    """Write a review for other programs: tidy CSV, CINeMA, RevMan, netmeta, Metapsy, and the sources as BibTeX.

    For every outcome: arms and printed comparisons as they stand in the main analysis, with the rows that it leaves out
    and their reasons; ``cinema_*.csv``, arms for CINeMA; ``revman_*.csv``, active treatment against the control for
    RevMan (trials known by a ratio only in ``revman_ratios_*.csv``); ``netmeta_*.csv``, every comparison of every trial
    on the network's measure as netmeta's pairwise() gives it. ``README.md`` says which is which.

    Args:
        review: from :func:`tmsmeta.read_review` or :func:`tmsmeta.load_review`, or its tables.
        out: a new or empty folder, or one that an earlier export wrote.

    Returns:
        The files, in the order written.

    Raises:
        InvalidInputError: neither a review nor evidence.
        OutputError: the folder cannot be written, or holds other files.

    Example:
        >>> import tmsmeta as tm
        >>> files = tm.report.write_exports(tm.read_review("my_evidence"), "exports")
        >>> [file.name for file in files][:3]
        ['arms_response.csv', 'contrasts_response.csv', 'left_out_response.csv']
    """
    check_kind(
        "review", review, (Review, Evidence), "a review, as load_review() and read_review() give, or its evidence"
    )
    evidence = review.evidence if isinstance(review, Review) else review
    selections = {outcome: select_arms(evidence, evidence.selection(outcome)) for outcome in evidence.outcome_names}
    texts: dict[str, str] = {}
    for outcome, chosen in selections.items():
        name = file_name(outcome)
        texts[f"arms_{name}.csv"] = csv_text(chosen.arms)
        texts[f"contrasts_{name}.csv"] = csv_text(chosen.contrasts)
        texts[f"left_out_{name}.csv"] = csv_text(chosen.left_out)
        texts[f"cinema_{name}.csv"] = csv_text(cinema_table(chosen))
        spec = ReviewNetworkSpec(outcome=outcome).filled_in(evidence)
        compared = select(evidence, evidence.selection(outcome))
        texts[f"revman_{name}.csv"] = csv_text(revman_table(compared))
        if len(compared.contrasts):
            texts[f"revman_ratios_{name}.csv"] = csv_text(revman_ratios(compared))
        own = select_arms(evidence, evidence.selection(outcome, measure=spec.measure))
        texts[f"netmeta_{name}.csv"] = csv_text(netmeta_table(own, spec.measure, spec.zero))
    remark = guarded_in(texts)
    texts["metapsy.csv"] = metapsy_csv(selections.values())
    texts["sources.bib"] = to_bibtex(evidence.all_sources(), trials_by_source(evidence))
    texts["README.md"] = README.format(
        version=evidence.data_version.short, guarded=f" {markdown_text(remark)}" if remark else ""
    )
    write_texts(Path(out), texts, earlier=EXPORTS)
    return [Path(out) / name for name in texts]

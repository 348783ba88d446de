"""Where results go: figures, tables, pages and scripts of the formats that were named, refused before anything runs."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
HOSTILE = """study,events_t,n_t,events_c,n_c
=1+1,12,40,6,41
<b>Beta</b> & $x_1$ | 50%,9,30,4,29
Delta,20,60,11,58
"""


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("f.pdf", ["f.pdf"]),
        ("f.png", ["f.png"]),
        ("f.SVG", ["f.SVG"]),
        ("f", ["f.png", "f.svg"]),
        ("figure.2", ["figure.2.png", "figure.2.svg"]),
    ],
)
def test_the_figure_is_the_file_that_was_named_and_it_is_said(
    run: Run, folder: Path, name: str, files: list[str]
) -> None:
    ran = run("pool", "counts.csv", "--figure", name)
    assert ran.code == 0
    assert f"Written: {' and '.join(files)}." in ran.err
    assert {p.name for p in folder.iterdir() if p.suffix != ".csv"} == set(files)


def test_each_format_is_what_its_name_says(run: Run, folder: Path) -> None:
    for name in ("f.pdf", "f.png", "f.svg"):
        run("pool", "counts.csv", "--figure", name)
    assert (folder / "f.pdf").read_bytes().startswith(b"%PDF")
    assert (folder / "f.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (folder / "f.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("width", "inches"), [("single", 85 / 25.4), ("double", 170 / 25.4), ("120", 120 / 25.4), ("120mm", 120 / 25.4)]
)
def test_the_figure_has_the_width_that_was_asked_for(run: Run, folder: Path, width: str, inches: float) -> None:
    assert run("pool", "counts.csv", "--figure", "f.svg", "--width", width).code == 0
    found = re.search(r'<svg [^>]*width="([0-9.]+)pt"', (folder / "f.svg").read_text(encoding="utf-8"))
    assert found is not None
    assert float(found[1]) == pytest.approx(72 * inches, abs=0.01)


def test_a_width_without_a_figure_or_that_none_has_is_refused_with_all_other_faults(run: Run, folder: Path) -> None:
    run("pool", "counts.csv", "--width", "single").fails_with("`--width`: is the width of --figure")
    for width in ("triple", "20", "3 cm"):
        ran = run("pool", "counts.csv", "--figure", "f.png", "--width", width, "--table", "t.doc")
        ran.fails_with("2 faults", "single (85 mm), double (170 mm) or millimetres from 51 to 1016", "--table")


@pytest.mark.parametrize(
    ("option", "name", "allowed"),
    [
        ("--figure", "f.jpg", "one of .png, .svg, .pdf, .eps, .tiff"),
        ("--table", "t.docx", "one of .csv, .xlsx, .md, .tex, .html"),
        ("--table", "t", "one of .csv, .xlsx, .md, .tex, .html"),
        ("--report", "r.pdf", ".html"),
        ("--r-script", "s.txt", ".R"),
    ],
)
def test_another_ending_is_refused_before_the_table_is_read(
    run: Run, folder: Path, option: str, name: str, allowed: str
) -> None:
    ran = run("pool", "nowhere.csv", option, name)
    ran.fails_with(f"`{option}`: must end in {allowed}. Got {name!r}.")
    assert "nowhere" not in ran.err


def test_all_endings_are_judged_at_once(run: Run, folder: Path) -> None:
    run("pool", "counts.csv", "--figure", "f.jpg", "--table", "t.doc").fails_with("2 faults", "--figure", "--table")


@pytest.mark.parametrize("option", ["--table", "--report"])
def test_a_place_below_a_file_is_refused(run: Run, folder: Path, option: str) -> None:
    name = "counts.csv/t.html"
    run("pool", "counts.csv", option, name).fails_with(f"Cannot write {name}: the folder counts.csv cannot be made")


def test_a_csv_has_every_digit_and_says_what_was_compared(run: Run, folder: Path) -> None:
    run("pool", "arms.csv", "--control", "placebo", "--table", "out/t.csv")
    rows = list(csv.DictReader(io.StringIO((folder / "out" / "t.csv").read_text(encoding="utf-8"))))
    plain = run("pool", "arms.csv", "--control", "placebo", "--json").json
    assert float(rows[-1]["yi"]) == plain["estimate"]
    assert [row["study"] for row in rows] == [*plain["studies"], "pooled"]
    assert all(row["comparison"].endswith("against placebo") for row in rows)


def test_texts_that_look_like_formulas_are_made_harmless_and_it_is_said(run: Run, folder: Path) -> None:
    (folder / "hostile.csv").write_text(HOSTILE, encoding="utf-8")
    for name in ("t.csv", "t.xlsx"):
        ran = run("pool", "hostile.csv", "--table", name)
        assert f"{name}: 1 text that a spreadsheet would read as a formula (such as '=1+1')" in ran.err
    assert "\n'=1+1," in (folder / "t.csv").read_text(encoding="utf-8")
    assert "formula" not in run("pool", "counts.csv", "--table", "t.csv").err


def test_a_workbook_holds_numbers_as_numbers_and_says_what_they_are(run: Run, folder: Path) -> None:
    from python_calamine import CalamineWorkbook

    run("pool", "counts.csv", "--table", "t.xlsx")
    book = CalamineWorkbook.from_path(str(folder / "t.xlsx"))
    head, *rows = book.get_sheet_by_name("studies").to_python()
    pooled = dict(zip(head, rows[-1], strict=True))
    assert pooled["yi"] == run("pool", "counts.csv", "--json").json["estimate"]
    about = "\n".join(str(row[0]) for row in book.get_sheet_by_name("about").to_python())
    assert "treated against comparator" in about
    assert "random-effects model" in about


def test_the_same_analysis_gives_the_same_bytes(run: Run, folder: Path) -> None:
    for name in ("a", "b"):
        run("pool", "counts.csv", "--table", f"{name}.xlsx", "--report", f"{name}.html")
    for ending in ("xlsx", "html"):
        assert (folder / f"a.{ending}").read_bytes() == (folder / f"b.{ending}").read_bytes()


def test_names_cannot_inject_markup(run: Run, folder: Path) -> None:
    (folder / "hostile.csv").write_text(HOSTILE, encoding="utf-8")
    for name in ("t.md", "t.tex", "t.html"):
        assert run("pool", "hostile.csv", "--table", name).code == 0
    assert run("pool", "hostile.csv", "--report", "r.html").code == 0
    markdown, tex, html, page = (
        (folder / name).read_text(encoding="utf-8") for name in ("t.md", "t.tex", "t.html", "r.html")
    )
    assert r"&lt;b>Beta&lt;/b> & $x_1$ \| 50%" in markdown
    assert r"\textless{}b\textgreater{}Beta\textless{}/b\textgreater{} \& \$x\_1\$ | 50\%" in tex
    assert "<b>Beta" not in html + page
    assert "&lt;b&gt;Beta&lt;/b&gt; &amp; $x_1$" in html


def test_readers_see_rounded_numbers_with_both_treatments_named(run: Run, folder: Path) -> None:
    run("pool", "arms.csv", "--control", "placebo", "--table", "t.md")
    text = (folder / "t.md").read_text(encoding="utf-8")
    assert "against placebo" in text.splitlines()[0]
    assert re.search(r"\| pooled \|.*\| 1\.\d\d \| 0\.\d\d to \d+\.\d\d \| 100\.0% \|", text)


def test_the_page_holds_sentence_figure_table_methods_and_how_the_table_was_read(run: Run, folder: Path) -> None:
    ran = run("pool", "counts.csv", "--report", "r.html")
    assert "Written: r.html." in ran.err
    page = (folder / "r.html").read_text(encoding="utf-8")
    for part in ("4 studies: pooled risk ratio", "<svg", "<caption>", "random-effects model", "events_t = `events_t`"):
        assert part in page
    assert not re.search(r"<(?:script|img|iframe|link)\b[^>]*\b(?:src|href)=\"(?!data:)", page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_files_leave_json_as_it_is(run: Run, folder: Path) -> None:
    ran = run("pool", "counts.csv", "--json", "--figure", "f.pdf", "--table", "t.csv", "--report", "r.html")
    assert ran.json == run("pool", "counts.csv", "--json").json
    assert "Written: f.pdf, t.csv and r.html." in ran.err


def test_an_r_script_holds_the_data(run: Run, folder: Path) -> None:
    assert run("pool", "counts.csv", "--r-script", "s.R").code == 0
    text = (folder / "s.R").read_text(encoding="utf-8")
    assert "metafor" in text
    assert "Gamma" in text


@pytest.mark.parametrize(
    ("command", "function"),
    [
        (("sensitivity",), "leave1out("),
        (("sensitivity", "--analysis", "cumulative"), "cumul("),
        (("sensitivity", "--analysis", "influence"), "influence("),
        (("smallstudy",), "trimfill("),
    ],
)
def test_checks_of_a_pool_have_an_r_script(run: Run, folder: Path, command: tuple[str, ...], function: str) -> None:
    assert run(*command, "counts.csv", "--r-script", "s.R").code == 0
    text = (folder / "s.R").read_text(encoding="utf-8")
    assert function in text
    assert "Gamma" in text


def test_what_r_cannot_repeat_is_refused_before_anything_is_computed(run: Run, folder: Path) -> None:
    ran = run("sensitivity", "counts.csv", "--analysis", "gosh", "--r-script", "s.R", "--figure", "f.png")
    ran.fails_with("`--r-script`", "has no script for --analysis gosh", "leave it out")
    assert not (folder / "f.png").exists()
    assert not (folder / "s.R").exists()


def test_json_tells_how_the_table_was_read(run: Run, folder: Path) -> None:
    read = run("pool", "counts.csv", "--json").json["input"]
    assert read["mapping"]["events_t"] == "events_t"
    assert read["left_out"] == []
    assert len(read["data_version"]["sha256"]) == 64
    assert json.dumps(read)


@pytest.mark.parametrize("name", ["counts.csv", "sub/../counts.csv", "linked.csv", "hard.csv"])
def test_the_table_that_is_read_is_never_written_over(run: Run, folder: Path, name: str) -> None:
    table = folder / "counts.csv"
    before = table.read_bytes()
    (folder / "sub").mkdir()
    (folder / "linked.csv").symlink_to(table)
    (folder / "hard.csv").hardlink_to(table)
    run("pool", "counts.csv", "--table", name).fails_with("`--table`", name, "would be lost; name another file")
    run("pool", name, "--table", "counts.csv").fails_with("would be lost")
    assert table.read_bytes() == before


def test_a_table_beside_the_one_that_was_named_is_not_written_over_the_input(run: Run, folder: Path) -> None:
    text = "study,treatment,events,n\n" + "".join(f"S{i},A,{4 + i},40\nS{i},B,{9 + i},41\n" for i in range(4))
    (folder / "t_league.csv").write_text(text, encoding="utf-8")
    asked = ("network", "t_league.csv", "--reference", "A", "--better", "lower", "--league", "--table", "t.csv")
    run(*asked).fails_with("t_league.csv", "would be lost")
    assert (folder / "t_league.csv").read_text(encoding="utf-8") == text
    assert not (folder / "t.csv").exists()


def test_a_table_of_the_review_that_is_read_is_never_written_over(run: Run, folder: Path) -> None:
    made = run("new", "review", "--from", "counts.csv", "--better", "higher")
    assert made.code == 0
    before = (folder / "review" / "arms.csv").read_bytes()
    run("pool", "--evidence", "review", "--table", "review/arms.csv").fails_with("would be lost")
    assert (folder / "review" / "arms.csv").read_bytes() == before


def test_two_results_do_not_go_to_one_file(run: Run, folder: Path) -> None:
    asked = ("pool", "counts.csv", "--table", "x.html", "--report", "./x.html")
    run(*asked).fails_with("`--report`", "is the file of --table, too")
    assert not (folder / "x.html").exists()


def test_a_file_that_takes_the_place_of_an_earlier_one_is_said(run: Run, folder: Path) -> None:
    asked = ("pool", "counts.csv", "--table", "t.csv", "--report", "r.html")
    assert "Written: t.csv and r.html." in run(*asked).err
    (folder / "r.html").unlink()
    assert "Written: t.csv (in place of an earlier one) and r.html." in run(*asked).err


RATES = "study,events,time\nA,12,1040\nB,30,2300\nC,25,800\n"


def test_rates_are_shown_per_any_time(run: Run, folder: Path) -> None:
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    shown = run("proportion", "rates.csv", "--per", "1000", "--report", "r.html")
    assert "11.54" in shown.out
    assert "an incidence rate of 17.00 per 1,000 (4.39 to 65.85)" in " ".join(shown.out.split())
    assert "11.54" in (folder / "r.html").read_text(encoding="utf-8")
    plain = run("proportion", "rates.csv", "--json").json
    assert run("proportion", "rates.csv", "--per", "1000", "--json").json == plain  # the numbers for machines stay
    run("proportion", "rates.csv", "--per", "0").fails_with("`per`", "must be a number above 0, such as 1000")


def test_a_page_keeps_intervals_together_and_lists_points(run: Run, folder: Path) -> None:
    ran = run("network", "arms.csv", "--reference", "placebo", "--better", "higher", "--report", "n.html")
    page = (folder / "n.html").read_text(encoding="utf-8")
    assert ".rows tbody .number { white-space: nowrap; }" in page
    points = [line[2:] for line in ran.out.splitlines() if line.startswith("- ")]
    assert points
    assert all(f"<li>{point[:20]}" in page for point in points)
    assert "<p>- " not in page


def test_arms_without_names_are_called_alike_in_table_and_figure(run: Run, folder: Path) -> None:
    assert run("pool", "counts.csv", "--figure", "f.svg").code == 0
    shown, drawn = run("pool", "counts.csv").out, (folder / "f.svg").read_text(encoding="utf-8")
    assert "treated events/n" in " ".join(shown.split())
    assert "Treated" in drawn
    assert "Comparator" in drawn
    assert "Control" not in drawn


def test_options_of_trim_and_fill_are_refused_in_words(run: Run, folder: Path) -> None:
    run("smallstudy", "counts.csv", "--side", "up").fails_with("`--side` argument must be one of 'left', 'right'.")
    run("smallstudy", "counts.csv", "--estimator", "Q0").fails_with("`--estimator`", "'L0', 'R0'")


def test_studies_that_tell_nothing_are_named(run: Run, folder: Path) -> None:
    empty = "study,events_t,n_t,events_c,n_c\nA,0,20,0,20\nB,5,20,2,20\nC,3,30,1,30\nD,7,30,4,31\n"
    (folder / "empty.csv").write_text(empty, encoding="utf-8")
    for model in ("peto", "glmm"):
        said = " ".join(run("pool", "empty.csv", "--measure", "OR", "--model", model).out.split())
        assert "1 study (A) was left out for having no event, or only events, in both arms" in said

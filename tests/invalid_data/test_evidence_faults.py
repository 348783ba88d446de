"""Broken copies of the shipped evidence, one per rule: each fault is found, placed and explained."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tmsmeta.errors import EvidenceError, Issue, OutputError
from tmsmeta.review import Selection, check_evidence, read_evidence
from tmsmeta.review.selecting.apply import select
from tmsmeta.tables.read import read_table

Edit = Callable[["Copy"], object]


class Copy:
    """A copy of the evidence whose cells can be changed by file, line and column."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def rows(self, table: str) -> list[list[str]]:
        with (self.folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))

    def write(self, table: str, rows: list[list[str]]) -> None:
        with (self.folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)

    def line(self, table: str, **cells: str) -> int:
        """The line of the first row with these cells."""
        header, *body = self.rows(table)
        for number, row in enumerate(body, start=2):
            if all(row[header.index(name)] == cell for name, cell in cells.items()):
                return number
        raise AssertionError(f"{table} has no row with {cells}")

    def set(self, table: str, line: int, **cells: str) -> int:
        rows = self.rows(table)
        for name, cell in cells.items():
            rows[line - 1][rows[0].index(name)] = cell
        self.write(table, rows)
        return line

    def repeat(self, table: str, line: int, **cells: str) -> int:
        """Add a copy of a row, with some cells changed, at the end; its line."""
        rows = self.rows(table)
        rows.append(list(rows[line - 1]))
        self.write(table, rows)
        return self.set(table, len(rows), **cells)

    def drop_column(self, table: str, column: str) -> None:
        rows = self.rows(table)
        place = rows[0].index(column)
        self.write(table, [row[:place] + row[place + 1 :] for row in rows])

    def bytes(self, table: str, change: Callable[[bytes], bytes]) -> None:
        path = self.folder / f"{table}.csv"
        path.write_bytes(change(path.read_bytes()))

    def faults(self) -> tuple[Issue, ...]:
        return check_evidence(self.folder)


@pytest.fixture
def copy(tmp_path: Path, checkout: Path) -> Copy:
    shutil.copytree(checkout / "data", tmp_path / "data")
    return Copy(tmp_path / "data")


AVERY_ACTIVE = {"trial_id": "avery2006", "arm": "active", "outcome": "response"}
AVERY_SHAM = {"trial_id": "avery2006", "arm": "sham", "outcome": "response"}

# table, row to change, cells to set, column of the fault, words of the message
CELL_FAULTS = [
    ("arms", AVERY_ACTIVE, {"events": "11.5"}, "events", "whole number, 0 or more"),
    ("arms", AVERY_ACTIVE, {"events": "-1"}, "events", "whole number, 0 or more"),
    ("arms", AVERY_ACTIVE, {"events": "eleven"}, "events", "whole number, 0 or more"),
    ("arms", AVERY_ACTIVE, {"events": "1,1"}, "events", "whole number, 0 or more"),
    ("arms", AVERY_ACTIVE, {"events": "nan"}, "events", "whole number, 0 or more"),
    ("arms", AVERY_ACTIVE, {"events": "\u0661\u0661"}, "events", "whole number, 0 or more"),
    ("arms", AVERY_ACTIVE, {"events": ""}, "events", "must be filled in"),
    ("arms", AVERY_ACTIVE, {"source_id": ""}, "source_id", "must be filled in"),
    ("arms", AVERY_ACTIVE, {"locator": ""}, "locator", "must be filled in"),
    ("arms", AVERY_ACTIVE, {"events": "36"}, "events", "at most `n`, which is 35"),
    ("arms", AVERY_ACTIVE, {"n_randomised": "34"}, "n", "at most `n_randomised`, which is 34"),
    ("arms", AVERY_ACTIVE, {"n": "0", "events": "0"}, "n", "at least 1"),
    ("arms", AVERY_SHAM, {"percent_printed": "6.2"}, "percent_printed", "2 of 33 is 6.061%"),
    ("arms", AVERY_SHAM, {"percent_printed": "160"}, "percent_printed", "percentage from 0 to 100"),
    ("arms", AVERY_SHAM, {"percent_printed": "6.1%"}, "percent_printed", "percentage from 0 to 100"),
    ("arms", AVERY_ACTIVE, {"tier": "F"}, "tier", "must be one of A, B, C, E"),
    ("arms", AVERY_ACTIVE, {"tier": "D"}, "tier", "must be one of A, B, C, E"),
    ("arms", AVERY_ACTIVE, {"flags": "n_inferred;n_infered"}, "flags", "Is 'n_inferred' meant?"),
    ("arms", AVERY_ACTIVE, {"source_id": "avery2006"}, "source_id", "must be a `source_id` of sources.csv"),
    ("arms", AVERY_ACTIVE, {"treatment": "rtms_left"}, "treatment", "must be a `treatment` of treatments.csv"),
    ("arms", AVERY_ACTIVE, {"timepoint": "week 6"}, "timepoint", "share the timepoint"),
    ("arms", AVERY_ACTIVE, {"definition": "HDRS halved"}, "definition", "share the definition"),
    ("trials", {"trial_id": "avery2006"}, {"population_group": "adults"}, "population_group", "populations.csv"),
    ("trials", {"trial_id": "avery2006"}, {"year": "20006"}, "year", "year from 1900 to 2100 or blank"),
    ("trials", {"trial_id": "klein1999"}, {"label": "Avery 2006"}, "label", "only once"),
    ("contrasts", {"trial_id": "oreardon2007"}, {"ci_low": "1.9"}, "ci_low", "at most `estimate`, which is 1.84"),
    ("contrasts", {"trial_id": "oreardon2007"}, {"ci_high": "1.8"}, "estimate", "at most `ci_high`, which is 1.8"),
    ("contrasts", {"trial_id": "oreardon2007"}, {"ci_low": "0"}, "ci_low", "number above 0"),
    ("contrasts", {"trial_id": "oreardon2007"}, {"estimate": "inf"}, "estimate", "number above 0"),
    ("contrasts", {"trial_id": "oreardon2007"}, {"treat1": "sham"}, "treat2", "another treatment"),
    ("contrasts", {"trial_id": "oreardon2007"}, {"tier": "A"}, "tier", "must be one of D, E"),
    ("contrasts", {"trial_id": "oreardon2007"}, {"measure": "HR"}, "measure", "must be one of RR, OR"),
    ("contrasts", {"trial_id": "oreardon2007"}, {"trial_id": "oreardon"}, "trial_id", "Is 'oreardon2007' meant?"),
    ("published", {"result_id": "berlim2013_response"}, {"events_c": "21"}, "percent_c", "21 of 132"),
    ("published", {"result_id": "berlim2013_response"}, {"ci_low": ""}, "ci_low", "filled in where `ci_high` is"),
    ("published", {"result_id": "berlim2013_response"}, {"events_t": "151"}, "events_t", "at most `n_t`"),
    ("rates", {"rate_id": "lerner2019"}, {"printed_rate": "0.80"}, "printed_rate", "24 in 318560 is 0.07534 per 1000"),
    ("rates", {"rate_id": "lerner2019"}, {"unit": "pulses"}, "unit", "must be one of sessions, patients"),
    ("rates", {"rate_id": "taylor2021_sessions"}, {"printed_low": "0.4"}, "printed_low", "at most `printed_rate`"),
    ("cohorts", {"cohort_id": "dunner2014"}, {"events": "76"}, "percent_printed", "76 of 120 is 63.33%"),
    ("cohorts", {"cohort_id": "dunner2014"}, {"events": "121"}, "events", "at most `n`, which is 120"),
    ("claims", {"claim_id": "C05"}, {"evidence": "cohorts:sackeim"}, "evidence", "names no row of cohorts.csv"),
    ("claims", {"claim_id": "C05"}, {"evidence": "trials:avery2006"}, "evidence", "must be keys such as"),
    ("claims", {"claim_id": "C05"}, {"evidence": "arms:recovery"}, "evidence", "names no row of arms.csv"),
    ("claims", {"claim_id": "C05"}, {"check": "vibes"}, "check", "must be one of count, cumulative_product"),
    ("claims", {"claim_id": "C05"}, {"quoted_low": "90"}, "quoted_low", "at most `quoted_high`, which is 83"),
    ("claims", {"claim_id": "C05"}, {"quoted_low": "58 to"}, "quoted_low", "number with a decimal point"),
    ("claims", {"claim_id": "C05"}, {"document_id": "D9"}, "document_id", "must be a `document_id` of documents.csv"),
    ("sources", {"source_id": "avery2006-abstract"}, {"seen_on": "22/11/2026"}, "seen_on", "YYYY-MM-DD"),
    ("sources", {"source_id": "avery2006-abstract"}, {"source_id": "a;b"}, "source_id", "without ; or :"),
    ("outcomes", {"outcome": "response"}, {"better": "more"}, "better", "must be one of higher, lower"),
    ("gaps", {"trial_id": "li2014"}, {"outcome": "recovery"}, "outcome", "must be a `outcome` of outcomes.csv"),
]


@pytest.mark.parametrize(("table", "where", "cells", "column", "words"), CELL_FAULTS)
def test_one_changed_cell_is_found_where_it_stands(
    copy: Copy, table: str, where: dict[str, str], cells: dict[str, str], column: str, words: str
) -> None:
    line = copy.set(table, copy.line(table, **where), **cells)
    found = [i for i in copy.faults() if i.file == f"{table}.csv" and i.row == line and i.column == column]
    assert any(words in issue.message for issue in found), copy.faults()


def test_an_untouched_copy_has_no_fault(copy: Copy) -> None:
    assert copy.faults() == ()


@pytest.mark.parametrize(
    ("flag", "percent", "fits"),
    [
        ("", "6.2", False),
        ("percent_rounding_off_by_0.1", "6.2", True),
        ("percent_rounding_off_by_0.1", "6.3", False),
        ("percent_truncated", "6.0", True),
        ("percent_truncated", "6.2", False),
        ("adjusted_or_imputed", "60", True),
        ("", "6", True),
        ("", "6.06", True),
        ("", "6.060", False),
    ],
)
def test_flags_declare_which_percentages_are_admitted(copy: Copy, flag: str, percent: str, fits: bool) -> None:
    copy.set("arms", copy.line("arms", **AVERY_SHAM), percent_printed=percent, flags=flag)
    assert (copy.faults() == ()) is fits


def test_an_arm_that_stands_twice_is_counted_twice(copy: Copy) -> None:
    line = copy.line("arms", **AVERY_ACTIVE)
    second = copy.repeat("arms", line)
    (issue,) = copy.faults()
    assert (issue.file, issue.row, issue.column) == ("arms.csv", second, "arm")
    assert f"in row {line} already" in issue.message
    assert "alternative_version" in issue.message


def test_a_second_time_point_needs_a_flag(copy: Copy) -> None:
    for where in (AVERY_ACTIVE, AVERY_SHAM):
        copy.repeat("arms", copy.line("arms", **where), timepoint="week 12", percent_printed="")
    assert {(i.column, i.row) for i in copy.faults()} >= {("arm", 113), ("arm", 114)}
    for line in (113, 114):
        copy.set("arms", line, flags="later_time_point")
    assert copy.faults() == ()


def test_flagged_arms_share_their_time_point_too(copy: Copy) -> None:
    rows = copy.rows("arms")
    lines = [n for n, row in enumerate(rows, 1) if row[0] == "cole2022" and "later_time_point" in row[11]]
    copy.set("arms", lines[1], timepoint="week 5")
    (issue,) = copy.faults()
    assert (issue.row, issue.column) == (lines[1], "timepoint")


def test_several_later_time_points_are_no_fault(copy: Copy) -> None:
    for week in ("week 12", "week 24"):
        for where in (AVERY_ACTIVE, AVERY_SHAM):
            line = copy.line("arms", **where)
            copy.repeat("arms", line, timepoint=week, percent_printed="", flags="later_time_point")
    assert copy.faults() == ()


@pytest.mark.parametrize("mark", ["doi", "registry", "source and locator"])
def test_one_trial_under_two_ids_is_found(copy: Copy, mark: str) -> None:
    trial = copy.line("trials", trial_id="kratter2026")
    copy.set("trials", trial, registry="NCT1")
    numbers = {"doi": "", "registry": ""} | ({mark: copy.rows("trials")[trial - 1][3 if mark == "doi" else 4]})
    cells = {name: numbers[name] for name in ("doi", "registry")}
    copy.repeat("trials", trial, trial_id="snt2026", label="SNT 2026", **cells)
    lines = []
    for outcome in ("response", "remission"):
        for name in ("sham", "active_snt"):
            original = copy.line("arms", trial_id="kratter2026", arm=name, outcome=outcome)
            place = "abstract" if mark == "source and locator" else "elsewhere"
            lines.append(copy.repeat("arms", original, trial_id="snt2026", locator=place))
    issues = copy.faults()
    assert [(i.file, i.row, i.column) for i in issues] == [("arms.csv", lines[n], "trial_id") for n in (0, 2)]
    assert all("has the counts of kratter2026" in i.message and f"the same {mark}" in i.message for i in issues)


def test_an_arm_without_a_partner_is_found(copy: Copy) -> None:
    rows = copy.rows("arms")
    copy.write("arms", [row for row in rows if row[:4] != ["kaster2018", "sham", "sham", "remission"]])
    (issue,) = copy.faults()
    assert (issue.file, issue.column, issue.found) == ("arms.csv", "arm", "active")
    assert "the only arm of kaster2018 with rows on remission" in issue.message


def test_faults_of_a_folders_own_dictionary_are_reported(copy: Copy) -> None:
    header = "file,column,type,unit,required,allowed,meaning\n"
    rows = (
        "trials,clinic,words,,always,,where it was done",
        "trials,label,text,,yes,,name",
        "trial,clinic,text,,yes,,where it was done",
        "trials,coils,count,,blank,0 or more,coils",
        "trials,coils,count,,blank,0 or more,coils",
    )
    (copy.folder / "dictionary.csv").write_text(header + "\n".join(rows) + "\n", encoding="utf-8")
    found = {(i.row, i.column): i.message for i in copy.faults() if i.file == "dictionary.csv"}
    assert set(found) == {(2, "type"), (2, "required"), (3, "column"), (4, "file"), (6, "column")}
    assert "must be one of key, key part, unique text, text, count" in found[2, "type"]
    assert "must be one of yes, blank, optional, sourced" in found[2, "required"]
    assert "its rule stands and cannot be changed" in found[3, "column"]
    assert "must be one of trials, arms" in found[4, "file"]
    assert "stands twice" in found[6, "column"]
    copy.drop_column("dictionary", "unit")
    (issue,) = [i for i in copy.faults() if i.file == "dictionary.csv"]
    assert "must have the columns file, column, type, unit" in issue.message


def test_two_experiments_of_one_paper_are_two_trials(copy: Copy) -> None:
    doi = copy.rows("trials")[copy.line("trials", trial_id="jorge2008_exp1") - 1][3]
    copy.set("trials", copy.line("trials", trial_id="jorge2008_exp2"), doi=doi)
    assert copy.faults() == ()


@pytest.mark.parametrize(
    ("table", "key"),
    [("trials", "trial_id"), ("sources", "source_id"), ("rates", "rate_id"), ("cohorts", "cohort_id")],
)
def test_a_key_stands_once(copy: Copy, table: str, key: str) -> None:
    line = copy.repeat(table, 2)
    assert any((i.row, i.column) == (line, key) and "only once" in i.message for i in copy.faults())


def test_a_contrast_stands_once(copy: Copy) -> None:
    line = copy.repeat("contrasts", 2)
    (issue,) = copy.faults()
    assert (issue.row, issue.column, issue.found) == (line, "trial_id", "fitzgerald2006")
    assert "together with treat1, treat2, outcome, measure, subset" in issue.message


@pytest.mark.parametrize("table", ["trials", "arms"])
def test_a_missing_required_file_is_named(copy: Copy, table: str) -> None:
    (copy.folder / f"{table}.csv").rename(copy.folder / f"{table[:-1]}.csv")
    assert any(i.file == f"{table}.csv" and f"Is {table[:-1]}.csv meant?" in i.message for i in copy.faults())


def test_an_optional_file_under_a_mistyped_name_is_not_passed_over(copy: Copy) -> None:
    (copy.folder / "contrasts.csv").rename(copy.folder / "contrast.csv")
    assert any(i.file == "contrasts.csv" and "Is contrast.csv meant?" in i.message for i in copy.faults())


def test_a_file_that_others_name_is_needed(copy: Copy) -> None:
    (copy.folder / "sources.csv").unlink()
    issues = [issue for issue in copy.faults() if issue.file == "sources.csv"]
    assert any("arms.csv names 29 of its source_ids" in issue.message for issue in issues)


def test_unknown_and_missing_columns(copy: Copy) -> None:
    rows = copy.rows("arms")
    rows[0][rows[0].index("events")] = "event"
    copy.write("arms", rows)
    messages = {(i.row, i.column): i.message for i in copy.faults()}
    assert "Is it meant to be `events`?" in messages[1, "event"]
    assert "is missing" in messages[1, "events"]


def test_optional_columns_may_be_missing(copy: Copy) -> None:
    for column in ("n_randomised", "percent_printed", "definition", "note"):
        copy.drop_column("arms", column)
    assert copy.faults() == ()
    assert read_evidence(copy.folder).arms["percent_printed"].isna().all()


BYTE_FAULTS = [
    (lambda data: data.replace(b"Avery 2006", b"Av\xe9ry 2006", 1), 3, "must be UTF-8 text"),
    (lambda data: data.decode().encode("utf-16"), 1, "must be UTF-8 text"),
    (lambda data: data.replace(b"Avery 2006", b"Avery\x00 2006", 1), 3, "without NUL"),
    (lambda data: data.replace(b"Avery 2006", b'"Avery 2006', 1), 3, "close every double quote"),
    (lambda data: data.replace(b"Avery 2006,", b"Avery, 2006,", 1), 3, "must have 7 cells"),
    (lambda data: data.replace(b",", b";"), 1, "separated by commas"),
    (lambda data: b"", None, "has no header"),
    (lambda data: b"\n\n", None, "has no header"),
    (lambda data: data.replace(b"year,doi", b"year,year", 1), 1, "stands twice in the header"),
    (lambda data: data.replace(b"year,doi", b"year,", 1), 1, "column 4 has no name"),
]


@pytest.mark.parametrize(("change", "row", "words"), BYTE_FAULTS)
def test_a_file_that_is_no_good_csv(copy: Copy, change: Callable[[bytes], bytes], row: int | None, words: str) -> None:
    copy.bytes("trials", change)
    assert any(i.file == "trials.csv" and i.row == row and words in i.message for i in copy.faults()), copy.faults()


@pytest.mark.parametrize(("table", "name"), [("trials", b"Avery 2006,"), ("cohorts", b"Dunner 2014,")])
def test_what_a_damaged_row_held_is_not_called_missing_elsewhere(copy: Copy, table: str, name: bytes) -> None:
    copy.bytes(table, lambda data: data.replace(name, name + b"x,", 1))
    copy.set("claims", 12, evidence="cohorts:dunner2014")
    (issue,) = copy.faults()
    assert issue.file == f"{table}.csv"
    assert "cells" in issue.message


def test_all_faults_are_reported_at_once_in_the_order_of_files_and_rows(copy: Copy) -> None:
    active, sham = copy.line("arms", **AVERY_ACTIVE), copy.line("arms", **AVERY_SHAM)
    copy.set("arms", active, events="36", tier="Z", flags="guess")
    copy.set("arms", sham, n="3.5", source_id="nowhere")
    copy.set("trials", 4, population_group="adults")
    copy.set("contrasts", 2, ci_low="7")
    copy.set("claims", 3, evidence="rates:none")
    with pytest.raises(EvidenceError) as error:
        read_evidence(copy.folder)
    issues = error.value.issues
    found = {(issue.file, issue.row, issue.column) for issue in issues}
    assert found == {
        ("arms.csv", active, "events"),
        ("arms.csv", active, "tier"),
        ("arms.csv", active, "flags"),
        ("arms.csv", sham, "n"),
        ("arms.csv", sham, "source_id"),
        ("trials.csv", 4, "population_group"),
        ("contrasts.csv", 2, "ci_low"),
        ("claims.csv", 3, "evidence"),
    }
    assert [issue.file for issue in issues] == sorted(
        (str(issue.file) for issue in issues), key=["trials.csv", "arms.csv", "contrasts.csv", "claims.csv"].index
    )
    text = str(error.value)
    assert f"arms.csv, row {active}, `events`: must be at most `n`, which is 35. Got '36'." in text
    assert "8 faults" in text


def test_text_with_markup_formulas_and_line_breaks_is_text(copy: Copy) -> None:
    text = '<script>alert("x")</script>\n=1+1, "quoted"; \u00e9\u4e2d'
    line = copy.set("arms", copy.line("arms", **AVERY_SHAM), note=text)
    later = copy.line("arms", **AVERY_ACTIVE)
    evidence = read_evidence(copy.folder)
    assert evidence.arms.loc[line, "note"] == text
    # The note takes two lines of the file, so every later row stands one line lower than its number of rows.
    copy.set("arms", later, events="99")
    (issue,) = copy.faults()
    assert issue.row == later + 1
    lines = (copy.folder / "arms.csv").read_text(encoding="utf-8").split("\n")
    assert lines[later + 1 - 1].startswith("avery2006,active,rtms_hf_left,response")


def test_line_ends_byte_order_mark_and_empty_lines_change_nothing(copy: Copy) -> None:
    before = read_evidence(copy.folder)
    for table in ("arms", "trials"):
        copy.bytes(table, lambda data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"))
    after = read_evidence(copy.folder)
    assert after.data_version == before.data_version
    assert after.arms.equals(before.arms)
    copy.bytes("arms", lambda data: data + b"\r\n,,,,,,,,,,,,,,\r\n\r\n")
    assert read_evidence(copy.folder).arms.equals(before.arms)


def test_a_path_that_is_no_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none", __file__):
        with pytest.raises(EvidenceError, match=r"is not a folder; give a folder with trials\.csv and arms\.csv"):
            read_evidence(path)
    (issue,) = check_evidence(tmp_path / "none")
    assert "is not a folder" in issue.message


def test_a_file_that_the_system_refuses_is_named(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    for reader in (read_evidence, check_evidence):
        with pytest.raises(OutputError, match=r"trials\.csv cannot be read \(Permission denied\)"):
            reader(copy.folder)
    with pytest.raises(OutputError, match=r"arms\.csv cannot be read"):
        read_table(copy.folder / "arms.csv")


def test_an_empty_folder_lists_what_it_needs(tmp_path: Path) -> None:
    assert [(i.file, i.message) for i in check_evidence(tmp_path)] == [
        ("trials.csv", "is missing."),
        ("arms.csv", "is missing."),
    ]


def test_one_file_of_a_folder_is_checked_with_its_neighbours(copy: Copy) -> None:
    copy.set("arms", 2, source_id="nowhere")
    copy.set("trials", 4, population_group="adults")
    (issue,) = check_evidence(copy.folder / "arms.csv")
    assert (issue.file, issue.row, issue.column) == ("arms.csv", 2, "source_id")
    (issue,) = check_evidence(copy.folder / "trials.csv")
    assert issue.column == "population_group"


def test_a_small_folder_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "trials.csv").write_text("trial_id,label,year,population_group\nx,X 2020,2020,my patients\n")
    arms = "trial_id,arm,treatment,outcome,timepoint,n,events,tier\nx,a,cbt,recovery,week 8,20,9,A\n"
    (tmp_path / "arms.csv").write_text(arms + "x,b,waitlist,recovery,week 8,21,4,A\n")
    assert check_evidence(tmp_path) == ()
    evidence = read_evidence(tmp_path)
    assert list(evidence.arms["treatment"]) == ["cbt", "waitlist"]
    assert len(evidence.contrasts) == 0
    assert list(evidence.contrasts.columns)[:3] == ["trial_id", "treat1", "treat2"]
    with pytest.raises(ValueError, match="has no direction; state which is better"):
        evidence.better("recovery")


def test_own_flags_stand_beside_the_usual_ones(tmp_path: Path) -> None:
    test_a_small_folder_of_ones_own(tmp_path)
    arms = (
        (tmp_path / "arms.csv")
        .read_text()
        .replace("tier\n", "tier,flags\n")
        .replace(",A\n", ",A,pilot;later_time_point\n")
    )
    (tmp_path / "arms.csv").write_text(arms)
    assert {issue.found for issue in check_evidence(tmp_path)} == {"pilot"}
    (tmp_path / "flags.csv").write_text("flag,effect,meaning\npilot,none,a pilot trial\n")
    assert check_evidence(tmp_path) == ()


def test_the_example_of_the_readme_passes_the_check(copy: Copy) -> None:
    readme = (copy.folder / "README.md").read_text(encoding="utf-8")
    rows = readme.split("```")[1].strip().splitlines()
    assert len(rows) == 4
    for row in rows:
        file, text = row.split(maxsplit=1)
        with (copy.folder / file).open("a", encoding="utf-8") as out:
            out.write(text + "\n")
    assert copy.faults() == ()
    assert "Miller 2027" in set(select(read_evidence(copy.folder), Selection()).trials["label"])

"""Names from a table go through every kind of output as text, whatever they look like."""

from __future__ import annotations

import ast
import csv
import io
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hostile import FORMULAS, NAMES

from tmsmeta.report.folder import file_name
from tmsmeta.tables.csv_text import FORMULA_STARTS
from tmsmeta.words.signs import printable

Run = Callable[..., Any]
STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
IN_FILES = [name for name in NAMES if "\0" not in name]  # a file with such a sign is no text, and refused
PLACE = ("--table", "t.csv", "--figure", "f.svg", "--report", "r.html", "--r-script", "s.R")


def rows(head: str, made: Iterable[Iterable[object]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(head.split(","))
    writer.writerows(made)
    return text.getvalue()


ANALYSES = {
    "studies": (
        ("pool",),
        rows("study,events_t,n_t,events_c,n_c", ([n, 5 + i % 7, 40, 8 + i % 5, 41] for i, n in enumerate(IN_FILES))),
    ),
    "treatments": (
        ("network", "--reference", "old", "--better", "lower"),
        rows(
            "study,treatment,events,n",
            ([f"S{i}", arm, 5 + i % 7 + (arm == "old"), 40] for i, n in enumerate(IN_FILES[:12]) for arm in ("old", n)),
        ),
    ),
}  # fmt: skip


class Tags(HTMLParser):
    """Tags, attributes and addresses of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.addresses = set[str](), set[str](), set[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses |= {str(value) for name, value in attrs if name in ("href", "src")}


def harmless_html(text: str) -> None:
    found = Tags(text)
    assert not found.tags & {"img", "iframe", "object"}
    assert not [name for name in found.attributes if name.startswith("on")]
    assert not [a for a in found.addresses if a.startswith("javascript") or "x.invalid" in a]
    assert "<script>alert" not in text
    assert not STEERING.search(text)


@pytest.mark.parametrize("asked", ANALYSES)
def test_names_are_text_in_every_kind_of_output(
    run: Run, folder: Path, asked: str, recwarn: pytest.WarningsRecorder
) -> None:
    (command, *options), table = ANALYSES[asked]
    (folder / "hostile.csv").write_text(table, encoding="utf-8", newline="")
    before = set(folder.parent.rglob("*"))
    place = PLACE if command == "pool" else PLACE[:6]
    ran = run(command, "hostile.csv", *options, *place)
    assert ran.code == 0, ran.err
    for said in (ran.out, ran.err):  # rich's own markup and codes of terminals stay texts
        assert not STEERING.search(said)
    if command == "pool":
        assert "[bold red]loud[/bold red]" in ran.out
    assert not [w for w in recwarn if STEERING.search(str(w.message))]
    harmless_html((folder / "r.html").read_text(encoding="utf-8"))
    drawn = (folder / "f.svg").read_text(encoding="utf-8")
    assert not [
        e.tag for e in ET.fromstring(drawn).iter() if e.tag.endswith(("script", "image", "foreignObject", "}a"))
    ]
    cells = cells_of(folder / "t.csv")
    assert formulas_in(cells) == []
    if command == "pool":  # a network takes the full-width sign for another spelling of the first treatment
        assert {f"'{name}" for name in FORMULAS} <= {c for c in cells if c.startswith("'")}
        script = (folder / "s.R").read_text(encoding="ascii")
        assert "alert" not in re.sub(r'"(\\.|[^"\\])*"|#.*', "", script)
    new = {p.relative_to(folder).as_posix() for p in set(folder.parent.rglob("*")) - before}
    assert new <= {"f.svg", "r.html", "s.R", *(p.name for p in folder.glob("t*.csv"))}


def cells_of(table: Path) -> list[str]:
    """Every cell of a CSV file, as text."""
    text = io.StringIO(table.read_text(encoding="utf-8"), newline="")
    return [c for r in csv.reader(text, delimiter=";" if table.name == "metapsy.csv" else ",") for c in r]


def formulas_in(cells: Iterable[str]) -> list[str]:
    """Those that a spreadsheet would run."""
    return [cell for cell in cells if cell.startswith(FORMULA_STARTS) and not _number(cell)]


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_names_are_text_in_tables_of_other_formats(run: Run, folder: Path) -> None:
    from python_calamine import CalamineWorkbook

    command, table = ANALYSES["studies"]
    (folder / "hostile.csv").write_text(table, encoding="utf-8", newline="")
    for kind in ("xlsx", "md", "tex", "html"):
        assert run(*command, "hostile.csv", "--table", f"t.{kind}").code == 0
    book = CalamineWorkbook.from_path(str(folder / "t.xlsx"))
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    cells = [cell for sheet in sheets.values() for line in sheet for cell in line]
    assert not [c for c in cells if isinstance(c, str) and c.startswith(FORMULA_STARTS)]
    assert any("that a spreadsheet would read as a formula" in str(line[0]) for line in sheets["about"])
    assert sum(isinstance(c, float) for c in cells) > 5 * len(IN_FILES)
    harmless_html((folder / "t.html").read_text(encoding="utf-8"))
    markdown = (folder / "t.md").read_text(encoding="utf-8")
    assert not STEERING.search(markdown)
    assert not re.search(r"<\w|(?<!\\)\]\(|(?<!\\)`", markdown)
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    widths = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
    assert len(widths) == 1  # no name starts a cell of its own
    tex = (folder / "t.tex").read_text(encoding="utf-8")
    assert not STEERING.search(tex)
    assert not re.search(r"\\(input|write|frac)\b", tex)


def test_names_of_treatments_are_text_in_the_figures_of_a_run_and_its_files(checkout: Path, tmp_path: Path) -> None:
    """A whole review whose title, labels and notes are hostile."""
    import tmsmeta as tm
    from tmsmeta.report.write import RESULTS, write_results

    review = shutil.copytree(checkout / "examples" / "bcg", tmp_path / "review")
    trials = review / "trials.csv"
    with trials.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    for record, name in zip(found, [n for n in IN_FILES if "\n" not in n][::3], strict=False):
        record["label"] = name
    trials.write_text(rows(",".join(found[0]), (r.values() for r in found)), encoding="utf-8", newline="")
    out = write_results(tm.read_review(review).run(), tmp_path / "out")
    assert RESULTS.foreign(out) == []
    harmless_html((out / "report.html").read_text(encoding="utf-8"))
    for drawn in out.glob("*.svg"):
        ET.fromstring(drawn.read_text(encoding="utf-8"))
    ast.parse((out / "analyses.py").read_text(encoding="utf-8"))
    for table in (out / "tables").glob("*.csv"):
        assert formulas_in(cells_of(table)) == []
    assert not STEERING.search((out / "summary.md").read_text(encoding="utf-8"))


ARMS = """study,treatment,events,n,dose
=HYPERLINK("x"),=1+1,5,40,-1.5
=HYPERLINK("x"),old,9,41,-1.5
@SUM(A1),=1+1,6,40,+2
@SUM(A1),old,8,41,+2
'-3,=1+1,7,40,3
'-3,old,12,41,3
"""


@pytest.mark.parametrize("outcomes", [1, 2])
def test_a_label_like_a_formula_is_none_in_any_table_and_the_same_everywhere(
    run: Run, folder: Path, outcomes: int
) -> None:
    """From a table of one's own to a review, its results and exports, and back."""
    import tmsmeta as tm

    lines = ARMS.splitlines()
    several = [f"{lines[0]},outcome", *(f"{line},o{i}" for i in range(outcomes) for line in lines[1:])]
    (folder / "own.csv").write_text("\n".join(several if outcomes > 1 else lines) + "\n", encoding="utf-8")
    made = run("new", "review", "--from", "own.csv", "--better", "lower", "--control", "old")
    assert made.code == 0, made.err
    assert "(such as '=1+1') have an apostrophe in front." in made.out
    assert "keeps a spreadsheet from running a text" in (folder / "review" / "review.toml").read_text(encoding="utf-8")
    assert run("run", "review", "--out", "out").code == 0
    assert run("export", "exports", "--evidence", "review").code == 0
    for table in [t for place in ("review", "out/tables", "exports") for t in (folder / place).glob("*.csv")]:
        assert formulas_in(cells_of(table)) == [], table
    for told in ("out/summary.md", "out/report.html", "exports/README.md"):
        assert "in front." in (folder / told).read_text(encoding="utf-8"), told
    review = tm.read_review(folder / "review")
    assert set(review.evidence.arms["treatment"]) == {"=1+1", "old"}
    assert review.evidence.trials["label"].tolist() == ['=HYPERLINK("x")', "@SUM(A1)", "-3"]
    assert review.evidence.trials["dose"].tolist() == [-1.5, 2, 3]
    for shown in ("report.html", "summary.md", "results.json"):
        text = (folder / "out" / shown).read_text(encoding="utf-8")
        assert "=1+1" in text
        assert "'=1+1" not in re.sub(r"\(such as '=.*?\)", "", text.replace("&#39;", "'")), shown
    with (folder / "out/tables/trials.csv").open(encoding="utf-8", newline="") as file:
        assert "'@SUM(A1)" in [row["study"] for row in csv.DictReader(file)]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_written_table_is_read_back_with_its_labels(run: Run, folder: Path, kind: str) -> None:
    import tmsmeta as tm

    command, table = ANALYSES["studies"]
    (folder / "hostile.csv").write_text(table, encoding="utf-8", newline="")
    assert run(*command, "hostile.csv", "--table", f"t.{kind}").code == 0
    wanted = tm.read_table(folder / "hostile.csv").frame["study"].tolist()
    found = tm.read_table(folder / f"t.{kind}", sheet="studies" if kind == "xlsx" else None).frame["study"].tolist()
    assert [name for name in FORMULAS if name not in found] == []
    assert found[: len(wanted)] == wanted


@pytest.mark.parametrize("name", NAMES)
def test_a_name_gives_a_plain_file_name_within_the_folder(name: str, tmp_path: Path) -> None:
    made = file_name(name)
    assert re.fullmatch(r"[\w-]{1,120}", made)
    assert len(made.encode()) < 200  # of 255, with what stands before and after it
    (tmp_path / f"forest_{made}.svg").write_bytes(b"")  # "forest_con" is no reserved name
    assert [p.name for p in tmp_path.iterdir()] == [f"forest_{made}.svg"]


def test_file_names_of_different_names_differ() -> None:
    names = [*NAMES, "n" * 301, "a b", "a-b", "a_b"]
    assert len({file_name(name).casefold() for name in names}) == len(names)


def test_signs_that_steer_are_shown_as_unknown_and_others_stay() -> None:
    assert printable("\x1b[31mred\x9b\u202e") == "\ufffd[31mred\ufffd\ufffd"
    assert printable("tab\tline\n caf\u00e9 \u4e2d \u0645 -1.5 =1") == "tab\tline\n caf\u00e9 \u4e2d \u0645 -1.5 =1"


RUNS = {"eval", "exec", "compile", "__import__", "breakpoint"}
"""Builtins that run a text, or load a module of any name."""
PICKLES = {
    "pickle",
    "cPickle",
    "_pickle",
    "dill",
    "cloudpickle",
    "shelve",
    "marshal",
    "subprocess",
    "pty",
    "code",
    "runpy",
}
METHODS = {"read_pickle", "to_pickle", "query", "popen", "unsafe_load"}
"""Of pandas, os and yaml; ``query`` of a data frame runs a text."""
DOTTED = {"joblib.load", "os.system", "builtins.compile"}


def running_code(tree: ast.AST) -> Iterable[tuple[int, str]]:
    """Where a module could run a text as Python or as a command, or read a pickle, however it spells that."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in RUNS:
            yield node.lineno, node.id
        if isinstance(node, ast.Attribute) and node.attr in METHODS | RUNS - {"compile"}:
            yield node.lineno, f".{node.attr}"
        if isinstance(node, ast.Attribute) and ast.unparse(node) in DOTTED:
            yield node.lineno, ast.unparse(node)
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names if name.name.split(".")[0] in PICKLES)
        if isinstance(node, ast.ImportFrom) and (
            (node.module or "").split(".")[0] in PICKLES
            or (
                node.module in ("joblib", "os", "builtins")
                and {n.name for n in node.names} & {"load", "system", *RUNS, *METHODS}
            )
        ):
            yield node.lineno, f"from {node.module}"
        if isinstance(node, ast.keyword) and node.arg in ("shell", "allow_pickle"):
            yield node.value.lineno, node.arg


@pytest.mark.parametrize(
    "text",
    ["eval('1')", "x = exec", "import pickle as p", "from pickle import loads", "joblib.load(f)", "df.query('a')",
     "os.system('x')", "np.load(f, allow_pickle=True)", "__import__('os')", "builtins.eval", "from joblib import load",
     "import subprocess", "f(shell=True)", "pd.read_pickle(f)", "compile('1', '', 'eval')"],
)  # fmt: skip
def test_what_runs_a_text_or_reads_a_pickle_is_found(text: str) -> None:
    assert [*running_code(ast.parse(text))]


def test_nothing_is_unpickled_or_evaluated(checkout: Path) -> None:
    """No file is pickled or unpickled, and no text is run as Python.

    What multiprocessing (tmsmeta/report/second_process.py) and joblib send goes between a process and those that it
    started itself, through pipes that nobody else can write to.
    """
    found = {
        f"{path.relative_to(checkout)}, line {line}: {what}"
        for path in (checkout / "tmsmeta").rglob("*.py")
        for line, what in running_code(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert {place for place in found if not place.startswith("tmsmeta/report/second_process.py, ")} == set()
    assert all(place.endswith(": pickle") for place in found)
    sends = {
        path.name
        for path in (checkout / "tmsmeta").rglob("*.py")
        if "multiprocessing" in path.read_text(encoding="utf-8")
    }
    assert sends == {"second_process.py"}


@pytest.mark.slow
def test_latex_sets_the_names(run: Run, folder: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("needs pdflatex")
    command, table = ANALYSES["studies"]
    (folder / "hostile.csv").write_text(table, encoding="utf-8", newline="")
    run(*command, "hostile.csv", "--table", "t.tex")
    (folder / "all.tex").write_text(
        "\\documentclass{article}\\usepackage{booktabs}\\begin{document}\\input{t}\\end{document}", encoding="utf-8"
    )
    subprocess.run(["pdflatex", "-interaction=batchmode", "-no-shell-escape", "all.tex"], check=False)
    assert (folder / "all.pdf").exists()

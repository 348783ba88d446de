"""What the protocol of a review says is what the commands do, and nobody's files are lost."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tmsmeta as tm

Run = Callable[..., Any]


def copy_of(checkout: Path, example: str, into: Path) -> Path:
    """A copy of an example review."""
    return Path(shutil.copytree(checkout / "examples" / example, into / example))


def test_the_network_has_the_tau2_of_the_protocol(run: Run, checkout: Path) -> None:
    shown = run("network", "--evidence", checkout / "examples" / "smoking", "--json").json
    wanted = tm.read_review(checkout / "examples" / "smoking").network().net
    assert shown["network"]["tau2"] == pytest.approx(wanted.tau2, rel=1e-12)
    other = run("network", "--evidence", checkout / "examples" / "smoking", "--tau2", "DL", "--json").json
    assert other["network"]["tau2"] != pytest.approx(wanted.tau2, rel=0.01)


def add_key(folder: Path, table: str, line: str) -> None:
    """Write a key into a table of a protocol that may be there already."""
    path = folder / "review.toml"
    text = path.read_text(encoding="utf-8")
    head = f"[{table}]\n"
    path.write_text(text.replace(head, f"{head}{line}\n") if head in text else f"{text}\n{head}{line}\n", "utf-8")


def test_zero_cells_are_those_of_the_protocol(run: Run, checkout: Path, tmp_path: Path) -> None:
    folder = copy_of(checkout, "bcg", tmp_path)
    before = run("pool", "--evidence", folder, "--json").json["estimate"]
    add_key(folder, "pooling", 'zero_cells = "all"')
    shown = run("pool", "--evidence", folder, "--json").json["estimate"]
    assert shown == pytest.approx(tm.read_review(folder).pool().estimate, rel=1e-12)
    assert shown != pytest.approx(before, rel=1e-6)


def test_the_level_of_the_protocol_stands_at_every_interval(run: Run, checkout: Path, tmp_path: Path) -> None:
    folder = copy_of(checkout, "bcg", tmp_path)
    add_key(folder, "pooling.model", "level = 0.8")
    ran = run("run", folder, "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "80% CI" in ran.out
    assert "95% CI" not in ran.out
    assert "Risk ratio (80% interval)" in re.sub(r"<[^>]+>", "", page)
    assert "| 80% CI |" in (tmp_path / "out" / "summary.md").read_text(encoding="utf-8")


def test_the_margin_of_the_protocol_moves_the_ranking(checkout: Path, tmp_path: Path) -> None:
    folder = copy_of(checkout, "smoking", tmp_path)
    plain = tm.read_review(folder).network().ranking.to_frame().set_index("treatment")["p_score"]
    add_key(folder, "network", "margin = 0.5")
    found = tm.read_review(folder).network()
    moved = found.ranking.to_frame().set_index("treatment")["p_score"]
    assert found.report().ranking is found.ranking
    assert (moved < plain).all()


def test_the_main_result_in_people(checkout: Path) -> None:
    """Of so many people: the risk of the control arms, and that times the pooled ratio."""
    run_ = tm.read_review(checkout / "examples" / "bcg").run()
    found, trials = run_.absolute("tuberculosis"), run_.main("tuberculosis").chosen.trials
    baseline = trials["events_c"].sum() / trials["n_c"].sum()
    ratio = run_.main("tuberculosis").pooled.ratio
    assert found.per == 1000
    assert found.risk.baseline == pytest.approx(1000 * baseline)
    assert found.risk.treated == pytest.approx(1000 * baseline * ratio)
    assert found.sentence().startswith("Of 1,000 people, 9 get tuberculosis with no vaccination (1,510 of 166,283")
    shipped = tm.load_review().run(outcomes=("response",))
    assert "Of 100 people, 14 respond with sham" in shipped.absolute("response").sentence()
    assert "37 with active TMS (95% CI 28 to 50)" in shipped.absolute("response").sentence()


@pytest.mark.parametrize(
    ("arguments", "marker"),
    [(("reproduce", "--out"), "results.json"), (("export",), "metapsy.csv")],
)
@pytest.mark.parametrize("name", ["thesis.txt", "tables/thesis.ods", "forest_plots/mine.png"])
def test_files_of_somebody_else_survive_beside_an_earlier_result(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], marker: str, name: str
) -> None:
    folder = tmp_path / "mine"
    (folder / name).parent.mkdir(parents=True)
    (folder / marker).write_text("{}", encoding="utf-8")
    (folder / name).write_text("mine", encoding="utf-8")
    run(*arguments, folder).fails_with("holds other files", name)
    assert (folder / name).read_text(encoding="utf-8") == "mine"
    assert (folder / marker).read_text(encoding="utf-8") == "{}"


def test_a_latex_folder_is_no_earlier_export(run: Run, tmp_path: Path) -> None:
    (tmp_path / "paper").mkdir()
    for name in ("sources.bib", "thesis.tex"):
        (tmp_path / "paper" / name).write_text("mine", encoding="utf-8")
    run("export", tmp_path / "paper").fails_with("holds other files", "sources.bib and 1 more")
    assert (tmp_path / "paper" / "thesis.tex").is_file()


def test_a_review_of_ratios_alone_runs_in_every_command(run: Run, folder: Path) -> None:
    made = run("new", "review", "--from", "ratios.csv", "--better", "lower", "--outcome", "death")
    assert made.code == 0, made.err
    commands = (("pool", "--outcome", "death", "--evidence"), ("network", "--evidence"), ("check",), ("run",))
    for arguments in commands:
        ran = run(*arguments, "review")
        assert ran.code == 0, (arguments, ran.err)
    assert run("export", "out", "--evidence", "review").code == 0
    assert (folder / "out" / "contrasts_death.csv").is_file()
    assert json.loads((folder / "tmsmeta-results" / "results.json").read_text(encoding="utf-8"))["absolute"]


def test_outcomes_do_not_share_a_file() -> None:
    from tmsmeta.report.folder import file_name

    outcomes = ["a b", "a_b", "a/b", "a-b", "a b_c", "a_b c", "//", "..", "résumé", "response"]
    names = [file_name(outcome) for outcome in outcomes]
    assert len(set(names)) == len(names)
    assert all("/" not in name and name.strip(".") for name in names)
    assert names[-1] == "response"


def test_a_link_is_followed_to_its_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    assert run("export", tmp_path / "link").code == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / "metapsy.csv").is_file()


def test_a_dollar_sign_in_a_name_is_a_dollar_sign(checkout: Path, tmp_path: Path) -> None:
    folder = copy_of(checkout, "bcg", tmp_path)
    add_key(folder, "outcomes.tuberculosis", r'label = "US$ 5 \\frac{ $"')
    out = tm.report.write_results(tm.read_review(folder).run(), tmp_path / "out")
    assert r"US$ 5 \frac{ $" in (out / "forest_tuberculosis.svg").read_text(encoding="utf-8")


def test_a_selection_of_treatments_that_are_not_active_is_refused(run: Run, checkout: Path, tmp_path: Path) -> None:
    """The pool would carry the name of the active ones."""
    folder = copy_of(checkout, "smoking", tmp_path)
    add_key(folder, "comparison", 'active = ["individual"]')
    add_key(folder, "selections.others", 'nodes = ["group"]')
    run("check", folder).fails_with("selections.others.nodes", "comparison.active", "'group'")


def test_a_selection_of_lumps_reaches_the_network(checkout: Path, tmp_path: Path) -> None:
    folder = copy_of(checkout, "smoking", tmp_path)
    line = 'nodes = ["talk"]\nlump = { talk = ["individual", "group"] }'
    add_key(folder, "selections.talking", f"main = true\n{line}")
    net = tm.read_review(folder).network(lumping="none").net
    assert set(net.treatments) == {"no_contact", "individual", "group"}

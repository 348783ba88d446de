"""A review as an object, and what decides in it: protocol and tables, never a name in the code."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import run_command

import tmsmeta as tm
from tmsmeta.errors import InvalidInputError, UnknownOptionError
from tmsmeta.report.methods import methods
from tmsmeta.review import ReviewRun, check_evidence
from tmsmeta.review.protocol_words import protocol_sentences

SMALL = {
    "trials.csv": "trial_id,label,year,population_group\n"
    "a,A 2001,2001,adult\nb,B 2005,2005,late_life\nc,C 2009,2009,adult\n",
    "arms.csv": "trial_id,arm,treatment,outcome,timepoint,n,events,tier\n"
    + "".join(
        f"{trial},{arm},{node},relapse,1 year,{n},{events},A\n"
        for trial, counts in {"a": (6, 40, 11, 41), "b": (9, 60, 15, 58), "c": (3, 30, 9, 33)}.items()
        for arm, node, events, n in (("t", "drug", *counts[:2]), ("c", "pill", *counts[2:]))
    ),
}
FIVE_LINES = """title = "A drug against relapse"
[outcomes.relapse]
better = "lower"
[comparison]
control = "pill"
"""


def written(folder: Path, **further: str) -> Path:
    """A small review; `further` are files by name with an underscore for the dot."""
    folder.mkdir()
    texts = {**SMALL, "review.toml": FIVE_LINES}
    texts |= {"_".join(name.split("_")[:-1]) + "." + name.split("_")[-1]: text for name, text in further.items()}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def change(path: Path, edit: Callable[[dict[str, str]], None]) -> None:
    """Change the rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        edit(row)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def copy(tmp_path: Path, checkout: Path) -> Path:
    """A copy of the shipped review."""
    return shutil.copytree(checkout / "data", tmp_path / "data")


def numbers(value: Any) -> Iterator[float]:
    """Every number in plain values, in their order."""
    if isinstance(value, dict):
        for part in value.values():
            yield from numbers(part)
    elif isinstance(value, list):
        for part in value:
            yield from numbers(part)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield value


class TestReview:
    """The shipped review."""

    review = tm.load_review()

    def test_it_shows_its_title_outcomes_and_data(self) -> None:
        assert self.review.outcomes == ("response", "remission")
        assert repr(self.review).startswith("Review:\n  Magnetic stimulation for depression")
        assert f"{len(self.review.evidence.trials)} trials" in " ".join(repr(self.review).split())

    def test_select_gives_what_the_protocol_or_the_caller_says(self) -> None:
        main = self.review.select()
        assert (main.selection.outcome, main.selection.measure) == ("response", "RR")
        for outcome, chosen in (("response", main), ("remission", self.review.select("remission"))):
            wanted = tm.select(self.review.evidence, tm.Selection(outcome=outcome))  # whose trials are listed by hand
            assert chosen.trials.equals(wanted.trials)
        named, chosen = self.review.select(selection="tier A only"), self.review.select(tiers=("A",))
        assert named.trials.equals(chosen.trials)
        assert set(named.trials["tier"]) == {"A"}

    def test_effects_and_pool_are_those_of_the_selection(self) -> None:
        effects, pooled = self.review.effects("remission"), self.review.pool("remission")
        assert pooled.effects.yi.tolist() == effects.yi.tolist()
        assert pooled.estimate == tm.pool(effects).estimate
        assert self.review.pool("remission", measure="OR").effects.measure == "OR"
        changed = self.review.pool("remission", tau2="DL", ci="z")
        assert (changed.estimate, changed.spec.ci) == (tm.pool(effects, tau2="DL", ci="z").estimate, "z")
        assert self.review.pool(selection="tier A only").k < self.review.pool().k

    def test_network_ledger_and_run_agree_with_each_other(self) -> None:
        result = self.review.run(outcomes=("remission",))
        assert isinstance(result, ReviewRun)
        assert result.outcomes == ("remission",)
        assert result.main("remission").pooled.estimate == self.review.pool("remission").estimate  # type: ignore[union-attr]
        network = result.network("remission")
        assert network.net.estimates.equals(self.review.network("remission").net.estimates)  # type: ignore[union-attr]
        assert list(result.networks["remission"]) == ["coarse", "fine", "theta burst together"]
        assert result.ledger.to_dict() == self.review.ledger().to_dict()  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("ask", "allowed"),
        [
            (lambda r: r.select("mood"), "'response', 'remission'"),
            (lambda r: r.pool(selection="tier B"), "'main (tiers A to C)', 'tier A only'"),
            (lambda r: r.network(lumping="finest"), "'coarse', 'fine'"),
            (lambda r: r.effects(measure="HR"), "'RR', 'OR'"),
            (lambda r: r.pool(tau2="DLL"), "'DL'"),
            (lambda r: r.run(outcomes=("mood",)), "'response', 'remission'"),
        ],
    )
    def test_unknown_names_are_refused_with_those_there_are(self, ask: Callable[[Any], Any], allowed: str) -> None:
        with pytest.raises(UnknownOptionError) as error:
            ask(self.review)
        assert allowed.strip("'").split("', '")[0] in str(error.value)

    def test_a_review_without_claims_has_no_ledger(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidInputError, match="cannot be checked"):
            tm.read_review(written(tmp_path / "small")).ledger()


class TestFiveLines:
    """The smallest protocol."""

    def test_it_runs_and_its_defaults_are_named(self, tmp_path: Path) -> None:
        folder = written(tmp_path / "small")
        assert check_evidence(folder) == ()
        result = tm.read_review(folder).run()
        pooled = result.main("relapse").pooled
        assert pooled.k == 3  # type: ignore[union-attr]
        text = " ".join(protocol_sentences(result.evidence))
        for default in (
            "every other treatment (default)",
            "main (default)",
            "Main measure: RR (default)",
            "zero cells: a correction of studies with a zero cell (default)",
            "tau2 REML (default)",
            "interval Hartung-Knapp (default)",
            "reference pill (default)",
        ):
            assert default in text, text
        assert "Control: pill." in text
        assert "relapse (lower is better)" in text
        assert text in " ".join(sentence for _, sentences in methods(result) for sentence in sentences)


class TestOwnColumns:
    """Columns that a folder's own dictionary describes."""

    DICTIONARY = (
        "file,column,type,unit,required,allowed,meaning\n"
        "trials,dose,number,mg,blank,number or blank,dose\ntrials,centre,text,,yes,,where\n"
    )
    TRIALS = (
        "trial_id,label,year,population_group,dose,centre\n"
        "a,A 2001,2001,adult,10,north\nb,B 2005,2005,late_life,20.5,south\nc,C 2009,2009,adult,30,north\n"
    )

    def test_they_reach_selections_subgroups_and_regressions(self, tmp_path: Path) -> None:
        protocol = 'subgroups = ["centre"]\nregressions = ["~ dose"]\n' + FIVE_LINES
        folder = written(tmp_path / "own", trials_csv=self.TRIALS, dictionary_csv=self.DICTIONARY, review_toml=protocol)
        review = tm.read_review(folder)
        assert review.evidence.trials["dose"].tolist() == [10, 20.5, 30]
        chosen = review.select()
        assert chosen.trials.set_index("trial_id")["dose"].to_dict() == {"a": 10, "b": 20.5, "c": 30}
        assert (
            tm.select_arms(review.evidence, chosen.selection).arms["centre"].tolist()
            == ["north"] * 2 + ["south"] * 2 + ["north"] * 2
        )
        result = review.run()
        split = result.subgroups["relapse"]["centre"]
        assert {name: pool.k for name, pool in split.pools.items()} == {"north": 2, "south": 1}  # type: ignore[union-attr]
        wanted = tm.meta_regression(review.effects(), "~ dose", chosen.trials, ci="hksj")
        assert result.regressions["relapse"]["~ dose"].beta.tolist() == wanted.beta.tolist()  # type: ignore[union-attr]

    def test_without_a_dictionary_they_are_a_fault(self, tmp_path: Path) -> None:
        folder = written(tmp_path / "own", trials_csv=self.TRIALS)
        assert {issue.column for issue in check_evidence(folder)} == {"dose", "centre"}


class TestColumnsDecide:
    """Not lists in the code."""

    def test_a_comparator_of_another_name_gives_the_same_numbers(self, copy: Path) -> None:
        def renamed(row: dict[str, str]) -> None:
            for name in ("treatment", "treat1", "treat2"):
                if row.get(name) == "sham":
                    row[name] = "placebo"

        for table in ("arms", "contrasts", "treatments"):
            change(copy / f"{table}.csv", renamed)
        text = (copy / "review.toml").read_text(encoding="utf-8")
        (copy / "review.toml").write_text(text.replace('"sham"', '"placebo"'), encoding="utf-8")
        ours, theirs = tm.load_review(), tm.read_review(copy)
        assert theirs.evidence.control == "placebo"
        for outcome in ours.outcomes:
            for name in ours.protocol.selection_names:
                one, other = ours.select(outcome, name), theirs.select(outcome, name)
                assert list(numbers(one.trials.to_dict("list"))) == list(numbers(other.trials.to_dict("list")))
            assert theirs.pool(outcome).to_dict() == ours.pool(outcome).to_dict()
            one, other = ours.network(outcome).net, theirs.network(outcome).net
            assert other.estimates.rename(index={"placebo": "sham"}, columns={"placebo": "sham"}).loc[
                list(one.estimates.index), list(one.estimates.columns)
            ].to_numpy() == pytest.approx(one.estimates.to_numpy(), abs=1e-12)  # the order of nodes changes sums

    def test_the_marks_of_populations_and_tiers_decide(self, copy: Path) -> None:
        change(
            copy / "populations.csv",
            lambda row: row.update(main_analysis="yes" if row["population_group"] == "adult" else "no"),
        )
        change(copy / "tiers.csv", lambda row: row.update(main_analysis="yes" if row["tier"] == "A" else "no"))
        chosen = tm.read_review(copy).select("remission")
        assert (chosen.selection.populations, chosen.selection.tiers) == (("adult",), ("A",))
        wanted = tm.load_review().select("remission", populations=("adult",), tiers=("A",))
        assert chosen.trials.equals(wanted.trials)
        assert 0 < chosen.k < tm.load_review().select("remission").k

    def test_a_flag_of_another_name_keeps_its_effect(self, copy: Path) -> None:
        names = {"later_time_point": "weeks_after", "alternative_version": "second_report"}

        def renamed(row: dict[str, str]) -> None:
            for name in ("flags", "flag"):
                if name in row:
                    row[name] = ";".join(names.get(flag, flag) for flag in row[name].split(";"))

        for table in ("arms", "contrasts", "cohorts", "flags"):
            change(copy / f"{table}.csv", renamed)
        assert check_evidence(copy) == ()
        for outcome in ("response", "remission"):
            ours, theirs = tm.load_review().select(outcome), tm.read_review(copy).select(outcome)
            assert ours.trials.drop(columns="flags").equals(theirs.trials.drop(columns="flags"))
        change(copy / "flags.csv", lambda row: row.update(effect="none") if row["flag"] == "weeks_after" else None)
        assert any("stands" in i.message or "already" in i.message for i in check_evidence(copy))

    def test_the_family_decides_what_is_active(self, copy: Path) -> None:
        change(copy / "treatments.csv", lambda row: row.update(family="other") if row["family"] == "dtms" else None)
        text = (copy / "review.toml").read_text(encoding="utf-8")
        (copy / "review.toml").write_text(text.replace('"tbs", "dtms"]', '"tbs"]'), encoding="utf-8")
        gone = set(tm.load_review().select().trials["trial_id"]) - set(tm.read_review(copy).select().trials["trial_id"])
        assert gone == {"levkovitz2015"}


@pytest.mark.parametrize("sham", ["sham", "placebo"])
def test_a_folder_that_check_accepts_runs_in_every_command(
    tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch, sham: str
) -> None:
    """The example of the notebooks with another population and another name of its comparator."""
    folder = shutil.copytree(checkout / "notebooks" / "example" / "my_evidence", tmp_path / "mine")
    (folder / "review.toml").unlink(missing_ok=True)
    change(folder / "trials.csv", lambda row: row.update(population_group="late_life"))
    change(folder / "arms.csv", lambda row: row.update(treatment=sham) if row["arm"] == "control" else None)
    monkeypatch.chdir(tmp_path)
    assert run_command("check", "mine").code == 0
    pooled = run_command("pool", "--evidence", "mine", "--json")
    assert (pooled.code, pooled.json["k"]) == (0, 3)
    # 33/60 v 19/58, 20/41 v 12/42, 59/120 v 41/118 of the example
    assert (
        pooled.json["estimate"]
        == tm.pool(tm.effects.binary("RR", [33, 20, 59], [60, 41, 120], [19, 12, 41], [58, 42, 118])).estimate
    )
    for command in (
        ("network", "--evidence", "mine"),
        ("reproduce", "--evidence", "mine", "--out", "results"),
        ("claims", f"{checkout}/notebooks/example/my_claims.csv", "--evidence", "mine"),
        ("export", "exported", "--evidence", "mine"),
    ):
        ran = run_command(*command)
        assert ran.code == 0, (command, ran.err)
    assert (tmp_path / "results" / "report.html").is_file()
    assert sham in (tmp_path / "exported" / "arms_response.csv").read_text(encoding="utf-8")

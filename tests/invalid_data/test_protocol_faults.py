"""Protocols with faults: every fault of ``review.toml`` at once, each with key, value, and what is allowed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.conftest import run_command

from tmsmeta.errors import EvidenceError, Issue
from tmsmeta.review import check_evidence, read_review

Folder = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path, checkout: Path) -> Folder:
    """Copies the shipped review, with texts of its protocol replaced."""

    def copied(*replaced: tuple[str, str]) -> Path:
        place = tmp_path / "mine"
        shutil.copytree(checkout / "data", place)
        text = (place / "review.toml").read_text(encoding="utf-8")
        for old, new in replaced:
            assert old in text, old
            text = text.replace(old, new, 1)
        (place / "review.toml").write_text(text, encoding="utf-8")
        return place

    return copied


def faults(place: Path) -> tuple[Issue, ...]:
    """The faults with which the review is refused; checking finds the same."""
    with pytest.raises(EvidenceError) as error:
        read_review(place)
    assert set(map(str, check_evidence(place))) == set(map(str, error.value.issues))
    return error.value.issues


# text of the shipped protocol, text instead, key, value found, words of the message
KEYS = [
    ("time_point =", "timepoint =", "timepoint", None, "the keys here are authors, claims, comparison"),
    ("time_point =", "timepoint =", "timepoint", None, "Is it meant to be `time_point`?"),
    ("[outcomes.response]", "[outcomes.response]\nbeter = 'higher'", "outcomes.response.beter", None, "`better`?"),
    ('control = "sham"', 'controls = "sham"', "comparison.controls", None, "`control`?"),
    ('tiers = ["A"]', 'teirs = ["A"]', "selections.tier A only.teirs", None, "Is it meant to be `tiers`?"),
    ('measure = "RR"', 'measures = "RR"', "pooling.measures", None, "Is it meant to be `measure`?"),
    ("[network]", '[pooling.model]\ntau = "DL"\n[network]', "pooling.model.tau", None, "Is it meant to be `tau2`?"),
    ("[network]", "[network.model]\nlevels = 0.9\n[network]", "network.model.levels", None, "meant to be `level`?"),
    ('subset = "Tier 1 / MDD only"', 'subsets = "x"', "published.pools.0.subsets", None, "`subset`?"),
    ("time_point =", '"dict[a]" =', "dict[a]", None, "is not a key of the protocol"),
    ("[outcomes.response]", '[outcomes."dict[a]"]\nbeter = "x"', "outcomes.dict[a].beter", None, "`better`?"),
    ("[report]", "[reports]", "reports", None, "Is it meant to be `report`?"),
]  # fmt: skip

VALUES = [
    ("searched = 2026-11-22", 'searched = "soon"', "searched", "soon", "must be a day, such as 2026-11-22"),
    ('authors = ["The tmsmeta developers"]', 'authors = "me"', "authors", "me", 'a list, such as ["a", "b"]'),
    ("[outcomes.response]", "[outcomes]\nresponse = 1", "outcomes.response", 1, "must be a table of keys"),
    ("[outcomes.response]", "[outcomes.response]\nper = 'ten'", "outcomes.response.per", "ten", "a whole number"),
    ("[outcomes.response]", "[outcomes.response]\nbetter = 'highr'", "outcomes.response.better", "highr",
     "must be one of 'higher', 'lower'. Is 'higher' meant?"),
    ('tiers = ["A"]', 'tiers = "A"', "selections.tier A only.tiers", "A", "must be 'main' or a list"),
    ('tiers = ["A"]', "tiers = [1]", "selections.tier A only.tiers.0", 1, "must be a text in quotes"),
    ("[network]", "[network.model]\ntau2 = []\n[network]", "network.model.tau2", (), "a text in quotes or a number"),
    ('iTBS = ["itbs", "itbs_accelerated"]', '"dict[a]" = "itbs"', "network.lumpings.coarse.dict[a]", "itbs", "a list"),
    ('tiers = ["A"]', 'tiers = ["F"]', "selections.tier A only.tiers", "F", "one of 'A', 'B', 'C', 'D', 'E'"),
    ('tiers = ["A"]', "main = 'yes'", "selections.tier A only.main", "yes", "must be true or false"),
    ('tiers = ["A"]', 'lump = "familly"', "selections.tier A only.lump", "familly",
     "must be 'none' or 'family' or a table of keys. Is 'family' meant?"),
    ('tiers = ["A"]', 'multi_arm = "splt"', "selections.tier A only.multi_arm", "splt", "Is 'split' meant?"),
    ('tiers = ["A"]', "populations = []", "selections.tier A only.populations", (), "at least one value"),
    ('measure = "RR"', 'measure = "HR"', "pooling.measure", "HR", "one of 'RR', 'OR', 'RD', 'AS', 'PETO'"),
    ('measure = "RR"', 'profile = "REVMAN"', "pooling.profile", "REVMAN", "Is 'REVMAN5' meant?"),
    ('measure = "RR"', "zero_cells = 'only'", "pooling.zero_cells", "only", "Is 'only0' meant?"),
    ("[network]", '[pooling.model]\ntau2 = "DLL"\n[network]', "pooling.model.tau2", "DLL", "Is 'DL' meant?"),
    ("[network]", "[pooling.model]\nlevel = 95\n[network]", "pooling.model.level", 95, "between 0 and 1"),
    ("[network]", '[network.model]\ntau2 = "PM"\n[network]', "network.model.tau2", "PM", "'FE', 'DL', 'ML', 'REML'"),
    ("[network]\n", '[network]\nmeasure = "PETO"\n', "network.measure", "PETO", "one of 'OR', 'RR', 'RD', 'AS'"),
    ("[network]\n", '[network]\nmargin = "small"\n', "network.margin", "small", "must be a number"),
    ("[network]\n", '[network]\ncomparator_risk = "seen"\n', "network.comparator_risk", "seen",
     "must be 'observed' or a table of keys"),
    ('iTBS = ["itbs", "itbs_accelerated"]', 'iTBS = "itbs"', "network.lumpings.coarse.iTBS", "itbs", "a list"),
    ('subset = "Tier 1 / MDD only"', "", "published.pools.0.result", "ahrq_t1_mdd", "exactly one of subset, of"),
    ('result = "ahrq_t1_mdd"', "", "published.pools.0.result", None, "must be given"),
    ("[report]", '[report]\nsections = ["claim"]', "report.sections.0", "claim", "Is 'claims' meant?"),
]  # fmt: skip

NAMES = [
    ("[network]", '[pooling.model]\nci = "CR2"\n[network]', "pooling.model.ci", "CR2", "one effect per trial"),
    ("[outcomes.response]", "[outcomes.response]\nbetter = 'lower'", "outcomes.response.better", "lower",
     "must be 'higher', as row 2 of outcomes.csv says; change the one of them that is wrong"),
    ('control = "sham"', 'control = "shame"', "comparison.control", "shame", "Is 'sham' meant?"),
    ('"dtms"]', '"dtmss"]', "comparison.active", "dtmss", "a family of treatments.csv. Is 'dtms' meant?"),
    ('"dtms"]', '"dtms", "sham"]', "comparison.active", "sham", "must not hold the control"),
    ("[outcomes.response]", "[outcomes.recovery]", "outcomes", "recovery", "(remission, response)"),
    ('populations = ["perinatal"]', 'populations = ["perinatl"]', "selections.perinatal, apart.populations",
     "perinatl", "Is 'perinatal' meant?"),
    ('tiers = ["A"]', 'exclude_flags = ["preprints"]', "selections.tier A only.exclude_flags", "preprints",
     "Is 'preprint' meant?"),
    ('tiers = ["A"]', 'exclude_trials = ["avery"]', "selections.tier A only.exclude_trials", "avery",
     "a trial of trials.csv. Is 'avery2006' meant?"),
    ('tiers = ["A"]', 'outcomes = ["responses"]', "selections.tier A only.outcomes", "responses",
     "Is 'response' meant?"),
    ('tiers = ["A"]', 'nodes = ["itms"]', "selections.tier A only.nodes", "itms", "must be a treatment of the tables"),
    ('reference = "sham"', 'reference = "placebo"', "network.reference", "placebo", "of a lumping"),
    ('"dtms_h7"]', '"dtms_h8"]', "network.lumpings.coarse.Deep TMS", "dtms_h8", "Is 'dtms_h7' meant?"),
    ('"dtms_h7"]', '"sham"]', "network.lumpings.coarse.Deep TMS", "sham", "merges the reference 'sham' away"),
    ('"dtms_h7"]', '"itbs"]', "network.lumpings.coarse.Deep TMS", "itbs", "stands in 'iTBS' already"),
    ("regressions = [", 'subgroups = ["clinic"]\nregressions = [', "subgroups", "clinic", "a column of trials.csv"),
    ('["~ year"]', '["~ year + log(dose)"]', "regressions", "dose", "in the formula '~ year + log(dose)'"),
    ('lumping = "fine" ', 'lumping = "finest" ', "claims.lumping", "finest", "Is 'fine' meant?"),
    ('result = "ahrq_t1_mdd"', 'result = "ahrq"', "published.pools.ahrq.result", "ahrq", "a result_id of published"),
    ('subset = "Tier 1 / MDD only"', 'subset = "Tier 1"', "published.pools.ahrq_t1_mdd.subset", "Tier 1",
     "a subset of contrasts.csv"),
    ('subset = "Tier 1 / MDD only"', 'selection = "tier A"', "published.pools.ahrq_t1_mdd.selection", "tier A",
     "Is 'tier A only' meant?"),
    ('review = "Mutz"', 'review = "Mutz 2019"', "published.networks.Mutz 2019.review", "Mutz 2019",
     "a review of published.csv"),
    ('lumpings = { tbs = "theta burst together" }', 'lumpings = { tbs = "together" }',
     "published.networks.Brunoni (network).lumpings", "together", "a lumping of this protocol"),
]  # fmt: skip

POOL = 'result = "ahrq_t1_mdd"\nsubset = "Tier 1 / MDD only"'
OF = 'of = ["ahrq_t1_mdd", "ahrq_t1_mix"]'
TOGETHER = [
    ("[network.lumpings.fine]", '[network.lumpings.fine]\nsham = ["ctbs"]', "network.lumpings.fine.sham", "ctbs",
     "merges 'ctbs' into the control"),
    ('reference = "sham"', 'reference = "rtms_mixed"', "network.lumpings.coarse.rTMS", "rtms_mixed",
     "merges the reference 'rtms_mixed' away"),
    ('tiers = ["A"]', 'lump = { tbs = ["ctbs", "itms"] }', "selections.tier A only.lump.tbs", "itms",
     "a treatment of the tables"),
    ('tiers = ["A"]', 'lump = { tbs = ["ctbs", "sham"] }', "selections.tier A only.lump.tbs", "sham",
     "merges the control 'sham' away"),
    ('[selections."main (tiers A to C)"]', '[selections."main (tiers A to C)"]\noutcomes = ["response"]',
     "selections.main (tiers A to C).outcomes", "remission", "must hold every outcome that the review analyses"),
    ("[outcomes.response]", "[outcomes.response]\nper = 0", "outcomes.response.per", 0, "1 or more"),
    ("[network]\n", "[network]\nmargin = -0.1\n", "network.margin", -0.1, "must be a number, 0 or more"),
    ("[network]\n", "[network]\nmargin = inf\n", "network.margin", float("inf"), "must be a number, 0 or more"),
    ("[network]\n", '[network]\ntiers = ["a"]\n', "network.tiers", "a", "must be a tier (A, B, C, D, E)"),
    ("[network.lumpings.fine]", "[network.lumpings.fine]\nitbs = ['itbs_accelerated']", "network.lumpings.fine.itbs",
     "itbs", "a name of its own"),
    ('tiers = ["A"]\n', 'tiers = ["A"]\nnodes = ["sham"]\n', "selections.tier A only.nodes", "sham",
     "other than the control"),
    ('["~ year"]', '["~ log(year"]', "regressions", "~ log(year", "cannot be read"),
    ('["~ year"]', '["tier ~ year"]', "regressions", "tier ~ year", "must be one-sided"),
    (POOL, f'{POOL}\nestimators = ["DLL"]', "published.pools.ahrq_t1_mdd.estimators", "DLL", "Is 'DL' meant?"),
    (POOL, f"{POOL}\nestimators = []", "published.pools.ahrq_t1_mdd.estimators", (), "at least one estimator"),
    (POOL, f"{POOL}\ndecimals = -1", "published.pools.ahrq_t1_mdd.decimals", -1, "0 or more"),
    (OF, 'of = ["ahrq_t1_mdd", "ahrq_t1_all"]', "published.pools.ahrq_t1_all.of", "ahrq_t1_all", "is the pool itself"),
    (OF, 'of = ["ahrq_t1_mdd", "ahrq_t1_mdd"]', "published.pools.ahrq_t1_all.of", "ahrq_t1_mdd", "once is enough"),
    (OF, 'of = ["ahrq_t1_mdd"]', "published.pools.ahrq_t1_all.of", ("ahrq_t1_mdd",), "at least two results"),
    (OF, 'of = ["ahrq_t1_mdd", "liu2014"]', "published.pools.ahrq_t1_all.of", "liu2014",
     "has the measure OR, while the pool has RR"),
    (OF, 'of = ["ahrq_t1_mdd", "leggett2015_remission"]', "published.pools.ahrq_t1_all.of", "leggett2015_remission",
     "has the outcome remission, while the pool has response"),
    (OF, 'of = ["ahrq_t1_mdd", "vida2023_response"]', "published.pools.ahrq_t1_all.of", "vida2023_response",
     "has no ratio with both limits"),
    (POOL, 'result = "sehatzadeh2019_response"\nselection = "tier A only"',
     "published.pools.sehatzadeh2019_response.result", "sehatzadeh2019_response", "is printed as percent"),
    (POOL, 'result = "leggett2015_remission"\nsubset = "Tier 1 / MDD only"',
     "published.pools.leggett2015_remission.subset", "Tier 1 / MDD only",
     "at least two ratios on remission as RR"),
]  # fmt: skip
"""Choices that do not go together, or that no method allows."""


@pytest.mark.parametrize(("old", "new", "key", "found", "words"), [*KEYS, *VALUES, *NAMES, *TOGETHER])
def test_a_fault_is_told_with_key_value_and_what_is_allowed(
    folder: Folder, old: str, new: str, key: str, found: object, words: str
) -> None:
    issues = [i for i in faults(folder((old, new))) if i.column == key]
    assert issues
    assert {issue.file for issue in issues} == {"review.toml"}
    value = tuple(issues[0].found) if isinstance(issues[0].found, list) else issues[0].found
    assert value == found
    assert any(words in issue.message for issue in issues), issues


def test_all_faults_of_all_kinds_stand_in_one_message(folder: Folder) -> None:
    """A misspelt key, a wrong value, a name that no table holds, and a fault of a table."""
    place = folder(
        ("time_point =", "timepoint ="),
        ('tiers = ["A"]', 'tiers = "A"'),
        ('populations = ["perinatal"]', 'populations = ["perinatl"]'),
        ("[network]\n", '[network.model]\ntau2 = "PM"\n[network]\n'),
        ('"dtms_h7"]', '"sham"]'),
        ('subset = "Tier 1 / MDD only"', 'subset = "Tier 1"'),
        ('result = "ahrq_t1_mix"', "result = 3"),
    )
    arms = (place / "arms.csv").read_text(encoding="utf-8")
    (place / "arms.csv").write_text(arms.replace("avery2006,active,rtms_hf_left", "avery,active,rtms", 1), "utf-8")
    found = faults(place)
    wanted = {
        "timepoint",
        "selections.tier A only.tiers",
        "selections.perinatal, apart.populations",
        "network.model.tau2",
        "network.lumpings.coarse.Deep TMS",
        "published.pools.ahrq_t1_mdd.subset",
        "published.pools.1.result",
    }
    assert {i.column for i in found if i.file == "review.toml"} == wanted
    assert {"trial_id", "treatment"} <= {i.column for i in found if i.file == "arms.csv"}


def test_a_fault_of_the_main_selection_is_told_once(folder: Folder) -> None:
    """The other selections take from it what they leave open."""
    (issue,) = faults(folder(('[selections."main (tiers A to C)"]', '[selections."main"]\ntiers = ["F"]')))
    assert (issue.column, issue.found) == ("selections.main.tiers", "F")


def test_families_keep_the_reference_apart_too(folder: Folder) -> None:
    families = ("[network.lumpings.fine]", '[network.lumpings]\nfamilies = "family"\n[network.lumpings.fine]')
    place = folder(families)
    assert check_evidence(place) == ()
    text = (place / "review.toml").read_text(encoding="utf-8")
    text = text.replace('reference = "sham"', 'reference = "rtms_hf_left"')
    (place / "review.toml").write_text(text, encoding="utf-8")
    issues = {i.column: i.found for i in faults(place)}
    assert issues.pop("network.lumpings.coarse.rTMS") == issues.pop("network.lumpings.families.rtms") == "rtms_hf_left"
    assert not issues


def test_a_comparator_that_is_not_stated_is_kept_apart_too(folder: Folder) -> None:
    """It is the one treatment that is called a control."""
    place = folder(('control = "sham"\n', ""), ('reference = "sham"\n', ""), ('"dtms_h7"]', '"sham"]'))
    (issue,) = faults(place)
    assert (issue.column, issue.found) == ("network.lumpings.coarse.Deep TMS", "sham")


@pytest.mark.parametrize(("table", "part"), [("tiers", "tiers"), ("populations", "populations")])
def test_a_table_that_marks_nothing_for_the_main_analysis(folder: Folder, table: str, part: str) -> None:
    stated = f'[selections."main (tiers A to C)"]\n{part} = ' + ('["A"]' if part == "tiers" else '["adult"]')
    place = folder()
    text = (place / f"{table}.csv").read_text(encoding="utf-8").replace(",yes,", ",no,")
    (place / f"{table}.csv").write_text(text, encoding="utf-8")
    (issue,) = faults(place)
    assert (issue.file, issue.column) == (f"{table}.csv", "main_analysis")
    protocol = (place / "review.toml").read_text(encoding="utf-8")
    protocol = protocol.replace('[selections."main (tiers A to C)"]', stated)
    (place / "review.toml").write_text(protocol, encoding="utf-8")
    assert check_evidence(place) == ()


def test_two_main_selections(folder: Folder) -> None:
    (issue,) = faults(folder(('tiers = ["A"]', "main = true"), ('tiers = ["A", "B"]', "main = true")))
    assert (issue.column, issue.found) == ("selections", "tier A only, tiers A and B")
    assert "must have one main selection" in issue.message


def test_a_profile_and_a_model_contradict_each_other(folder: Folder) -> None:
    model = 'profile = "REVMAN5"\nmodel = { tau2 = "DL" }'
    (issue,) = faults(folder(('measure = "RR"', model)))
    assert issue.column == "pooling.model"
    assert "must be left out, as the profile REVMAN5 sets it" in issue.message


def test_text_that_is_no_toml_has_line_and_column(folder: Folder) -> None:
    (issue,) = faults(folder(("question =", "question ")))
    assert (issue.file, issue.row, issue.column) == ("review.toml", 4, "column 11")
    assert "cannot be read as TOML: expected '=' after a key" in issue.message


def test_text_that_is_not_utf8_has_its_line(folder: Folder) -> None:
    place = folder()
    data = (place / "review.toml").read_bytes()
    (place / "review.toml").write_bytes(data.replace(b"authors", b"# Andr\xe9\nauthors", 1))
    (issue,) = faults(place)
    assert (issue.row, issue.found) == (1 + data[: data.index(b"authors")].count(b"\n"), b"\xe9")
    assert "must be UTF-8 text" in issue.message


def test_a_folder_without_a_protocol_is_offered_one(folder: Folder) -> None:
    place = folder()
    (place / "review.toml").unlink()
    with pytest.raises(EvidenceError) as error:
        read_review(place)
    (issue,) = error.value.issues
    assert issue.file == "review.toml"
    assert f"`tmsmeta new {place}` writes one" in issue.message


def test_a_claim_that_names_a_table_which_is_not_there(folder: Folder) -> None:
    place = folder()
    (place / "rates.csv").unlink()
    found = faults(place)
    assert {(i.file, i.column, i.message) for i in found} == {("claims.csv", "evidence", "names no row of rates.csv.")}
    assert {"rates:lerner2019", "rates:taylor2021_sessions"} <= {i.found for i in found}


@pytest.mark.parametrize(
    "command",
    [
        ("run", "mine", "--out", "out"),
        ("reproduce", "--evidence", "mine", "--out", "out"),
        ("check", "mine"),
        ("pool", "--evidence", "mine", "--figure", "out/plot"),
        ("network", "--evidence", "mine"),
        ("claims", "--evidence", "mine"),
        ("export", "out", "--evidence", "mine"),
    ],
    ids=lambda command: command[0],
)
def test_every_command_refuses_a_faulty_protocol_and_writes_nothing(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    place = folder(("time_point =", "timepoint ="), ('"dtms_h7"]', '"sham"]'))
    monkeypatch.chdir(place.parent)
    before = sorted(place.parent.rglob("*"))
    run_command(*command).fails_with(
        "2 faults",
        "review.toml, `timepoint`: is not a key of the protocol",
        "Is it meant to be `time_point`?",
        "review.toml, `network.lumpings.coarse.Deep TMS`: merges the reference 'sham' away",
    )
    assert sorted(place.parent.rglob("*")) == before


def test_what_a_run_would_ask_and_faults_of_claims_are_told_together(folder: Folder) -> None:
    place = folder(('control = "sham"\n', ""), ('reference = "sham"\n', ""))
    for table, old, new in (
        ("treatments", "sham,Sham", "nothing,Nothing"),
        ("arms", ",sham", ",nothing"),
        ("contrasts", ",sham", ",nothing"),
        ("claims", "arm=active", "arm=actve"),
    ):
        text = (place / f"{table}.csv").read_text(encoding="utf-8")
        assert old in text
        (place / f"{table}.csv").write_text(text.replace(old, new), encoding="utf-8")
    found = {(i.file, i.column) for i in check_evidence(place)}
    assert {("review.toml", "comparison.control"), ("claims.csv", "parameters")} <= found

"""Effects straight from a table: every shape gives what its own function gives, and says what its arms are called."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text

import tmsmeta as tm
from tmsmeta import effects as fx
from tmsmeta.errors import InvalidInputError, UnknownOptionError


@pytest.fixture
def written(tmp_path: Path):  # type: ignore[no-untyped-def]
    def writer(text: str) -> Path:
        path = tmp_path / "mine.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return writer


def same(one: tm.EffectSizes, other: tm.EffectSizes) -> bool:
    return one.measure == other.measure and bool(np.array_equal(one.yi, other.yi) and np.array_equal(one.vi, other.vi))


def test_counts_means_and_rates_of_two_arms(written) -> None:  # type: ignore[no-untyped-def]
    made = fx.from_frame(written("study,ai,n1i,ci,n2i\nA,11,35,2,33\nB,7,35,1,33\n"), measure="OR")
    assert same(made, fx.binary("OR", [11, 7], [35, 35], [2, 1], [33, 33]))
    assert made.study.tolist() == ["A", "B"]
    made = fx.from_frame(written("study,mean.e,sd.e,n.e,mean.c,sd.c,n.c\nA,5,4.7,13,6.5,3.8,13\n"), measure="SMD")
    assert same(made, fx.continuous("SMD", [5], [4.7], [13], [6.5], [3.8], [13]))
    made = fx.from_frame(written("study,x1i,n1i,t1i,x2i,n2i,t2i\nA,3,10,40.5,5,12,50\n"), measure="IRR")
    assert same(made, fx.rate_ratio("IRR", [3], [40.5], [5], [50]))


def test_single_groups_and_estimates(written) -> None:  # type: ignore[no-untyped-def]
    assert same(fx.from_frame(written("study,cases,total\nA,3,40\nB,5,50\n")), fx.proportion("PLO", [3, 5], [40, 50]))
    assert same(fx.from_frame(written("study,xi,ti\nA,3,40\n"), "IR"), fx.rate("IR", [3], [40]))
    assert same(fx.from_frame(written("study,yi,vi\nA,0.5,0.25\n"), "OR"), fx.generic([0.5], vi=[0.25], measure="OR"))
    made = fx.from_frame(written("study,Odds Ratio,Lower 95% CI,Upper 95% CI\nA,2.82,1.57,5.09\n"))
    assert same(made, fx.printed_ratio("OR", [2.82], [1.57], [5.09]))


def test_arms_are_named_and_sums_are_said(written) -> None:  # type: ignore[no-untyped-def]
    rows = "A,low,5,20\nA,high,6,15\nA,placebo,2,33\nB,low,7,35\nB,Placebo,1,33\nC,low,1,9\nC,high,2,9\n"
    text = f"study,treatment,events,n\n{rows}"
    made = fx.from_frame(written(text))
    assert same(made, fx.binary("RR", [11, 7], [35, 35], [2, 1], [33, 33]))
    assert (made.comparator, made.treated) == ("placebo", "")
    assert made.notes == ("Arms were added up to one: low and high in A.", "Left out: C (no placebo arm).")
    assert made.to_dict()["comparator"] == "placebo"
    assert made.subset(np.array([True, False])).notes == made.notes
    pooled = tm.pool(made)
    assert "The comparator was placebo. Arms were added up to one: low and high in A." in pooled.methods_sentence()
    assert pooled.to_dict()["comparator"] == "placebo"
    assert pooled.to_dict()["notes"] == list(made.notes)
    texts = [text.get_text() for text in tm.figures.forest(pooled).figure.findobj(Text)]
    assert any(text.startswith("Placebo\n") for text in texts)
    other = fx.from_frame(written(text), control="low")
    assert other.comparator == "low"
    assert other.study.tolist() == ["A", "B", "C"]


def test_the_direction_is_that_of_the_comparator(written) -> None:  # type: ignore[no-untyped-def]
    """Spelled in three ways, the comparator is still one: 3.55, not 0.28."""
    text = "study,treatment,events,n\nA,drug,11,35\nA,Sham,2,33\nB,drug,9,28\nB,sham,3,29\nC,drug,9,28\nC,SHAM,3,29\n"
    made = fx.from_frame(written(text))
    assert made.comparator.casefold() == "sham"
    assert tm.pool(made, tau2="FE", ci="z").ratio == pytest.approx(3.55, abs=5e-4)


def test_rows_left_out_are_in_the_notes(written) -> None:  # type: ignore[no-untyped-def]
    made = fx.from_frame(written("study,ai,n1i,ci,n2i\nA,11,35,2,33\nB,,35,1,33\n"), missing="drop")
    assert made.notes == ("Left out: row 3 (B), `ai` is missing.",)


def test_a_measure_of_another_kind_is_refused(written) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UnknownOptionError, match="'OR', 'RR', 'RD'"):
        fx.from_frame(written("study,ai,n1i,ci,n2i\nA,11,35,2,33\n"), measure="SMD")


def test_comparisons_are_put_against_the_comparator(written) -> None:  # type: ignore[no-untyped-def]
    header = "study,treat1,treat2,TE,seTE\n"
    made = fx.from_frame(
        written(header + "A,drug,placebo,0.5,0.2\nB,placebo,drug,-0.3,0.3\nC,drug,other,1,0.2\n"), "OR"
    )
    assert same(made, fx.generic([0.5, 0.3], se=[0.2, 0.3], measure="OR"))
    assert (made.treated, made.comparator) == ("drug", "placebo")
    assert made.notes == (
        "1 of 2 comparisons were turned round, so that placebo is the comparator.",
        "Left out: row 4, C (no comparison with placebo).",
    )
    with pytest.raises(InvalidInputError, match="share an arm and are not independent: use a network"):
        fx.from_frame(written(header + "A,x,placebo,0.5,0.2\nA,y,placebo,0.3,0.3\nA,x,y,0.2,0.2\n"))
    with pytest.raises(InvalidInputError, match="which of x, y is the comparator"):
        fx.from_frame(written(header + "A,x,y,0.5,0.2\n"))


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("study,sm,events_t,n_t,events_c,n_c\nA,OR,1,10,2,10\nB,OR,2,10,3,10\n", "OR"),
        ("study,Effect measure,events_t,n_t,events_c,n_c\nA,Risk difference,1,10,2,10\n", "RD"),
        ("study,measure,mean_t,sd_t,n_t,mean_c,sd_c,n_c\nA,SMD,1,2,10,3,2,10\n", "SMD"),
        ("study,sm,events_t,n_t,events_c,n_c\nA,OR,1,10,2,10\nB,RR,2,10,3,10\n", "RR"),  # several: the default
        ("study,sm,events_t,n_t,events_c,n_c\nA,SMD,1,10,2,10\n", "RR"),  # of another kind of table
        ("study,sm,estimate,lower,upper\nA,OR,0.5,0.25,1\nB,OR,0.7,0.35,1.4\n", "OR"),
        ("study,sm,estimate,se\nA,OR,0.5,0.25\nB,OR,0.7,0.35\n", "GEN"),  # logs or not: nothing tells
    ],
)
def test_a_measure_stated_by_a_column_is_taken(tmp_path: Path, text: str, measure: str) -> None:
    (tmp_path / "x.csv").write_text(text)
    table = tm.read_table(tmp_path / "x.csv")
    assert fx.from_frame(table).measure == measure
    assert (f"measure {measure} by `" in table.said) == (table.measure is not None)


def test_the_comparator_stands_in_the_result() -> None:
    """The sentence said 5.19 of what against what only under methods."""
    table = {"study": list("AABBCC"), "treatment": ["rTMS", "Sham", "rTMS", "sham", "rTMS", "SHAM"]}
    table |= {"events": [11, 2, 9, 3, 9, 3], "n": [35, 33, 28, 29, 28, 29]}
    effects = fx.from_frame(table, measure="RR")
    pooled = tm.pool(effects)
    assert pooled.result_sentence().startswith("3 studies, rTMS against sham: pooled risk ratio 3.55 (95% CI")
    assert "rTMS against sham" in repr(pooled)
    split = tm.subgroups(effects, ["a", "a", "b"])
    assert split.result_sentence().startswith("Pooled risk ratio, rTMS against sham, by subgroup: a 3.84")
    plain = tm.effects.binary("RR", [11, 9], [35, 28], [2, 3], [33, 29])
    assert tm.pool(plain).result_sentence().startswith("2 studies: pooled risk ratio")


def test_half_a_character_in_a_label_is_a_fault_of_the_input() -> None:
    """A lone surrogate, as os.fsdecode gives for a byte that is no UTF-8, can be neither written nor shown."""
    label, counts = "na\udcffme", {"events_t": [1], "n_t": [10], "events_c": [2], "n_c": [10]}
    with pytest.raises(InvalidInputError, match="must be a text that UTF-8 can hold"):
        fx.binary("RR", *counts.values(), study=[label])
    with pytest.raises(InvalidInputError, match="must be a text that UTF-8 can hold"):
        fx.from_frame({"study": [label], **counts})


ARMS = """study,treatment,events,n
S1,A,12,40
S1,placebo,6,41
S2,A,9,30
S2,placebo,4,29
S3,B,10,50
S3,placebo,8,50
S4,A,10,50
S4,B,11,50
S4,placebo,8,50
S5,A,10,50
S5,B,8,50
S6,B,10,50
S6,A b,8,50
"""


def test_arms_without_names_are_named(written) -> None:  # type: ignore[no-untyped-def]
    """Names change no number, and stand in sentence, methods, JSON and figure."""
    path = written("trial,ai,n1i,ci,n2i\nA,11,35,2,33\nB,7,35,1,33\nC,9,28,3,29\n")
    plain, made = fx.from_frame(path), fx.from_frame(path, treated="BCG", control="unvaccinated")
    assert same(plain, made)
    assert (made.treated, made.comparator) == ("BCG", "unvaccinated")
    pooled = tm.pool(made)
    assert pooled.estimate == tm.pool(plain).estimate
    assert "BCG against unvaccinated" in pooled.result_sentence()
    assert "BCG was compared with unvaccinated." in pooled.methods_sentence()
    assert pooled.to_dict()["comparator"] == "unvaccinated"
    assert (fx.from_frame(path, control="usual care").comparator, fx.from_frame(path, treated="x").treated) == (
        "usual care",
        "x",
    )
    ratios = written("study,ratio,ci_low,ci_high\nA,1.5,0.9,2.5\nB,2.0,1.1,3.64\n")
    assert fx.from_frame(ratios, "OR", control="sham").comparator == "sham"


def test_one_of_several_treatments_is_compared_alone(written) -> None:  # type: ignore[no-untyped-def]
    made = fx.from_frame(written(ARMS), control="placebo", treated="a")
    assert same(made, fx.binary("RR", [12, 9, 10], [40, 30, 50], [6, 4, 8], [41, 29, 50]))
    assert made.treated == "A"
    assert made.notes == (
        "Arms of B were left out, as one treatment was asked for.",
        "Left out: S3 (no A arm); S5 (no placebo arm); S6 (no placebo arm).",
    )
    together = fx.from_frame(written(ARMS), control="placebo", treated="any drug")
    assert (together.k, together.treated) == (4, "any drug")
    text = "study,treat1,treat2,TE,seTE\nA,A,placebo,0.5,0.2\nB,placebo,B,-0.3,0.3\nC,A,B,1,0.2\n"
    pairs = fx.from_frame(written(text), "OR", treated="B")
    assert same(pairs, fx.generic([0.3], se=[0.3], measure="OR"))
    assert (pairs.treated, pairs.comparator) == ("B", "placebo")
    assert pairs.notes[0].startswith("1 of 1 comparisons were turned round")
    assert pairs.notes[-1] == (
        "Left out: row 2, A (no comparison of B with placebo); row 4, C (no comparison of B with placebo)."
    )


def test_one_treatment_of_rows_with_both_arms(written) -> None:  # type: ignore[no-untyped-def]
    text = "study,treatment_t,events_t,n_t,treatment_c,events_c,n_c\nA,x,11,35,sham,2,33\nB,y,7,35,sham,1,33\n"
    made = fx.from_frame(written(text), treated="X", control="Sham")
    assert same(made, fx.binary("RR", [11], [35], [2], [33]))
    assert (made.treated, made.comparator) == ("x", "sham")
    assert "Left out: row 3, B (y, and x was asked for)." in made.notes


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"treated": "Placebo", "control": "placebo"}, "`treated`: is the comparator"),
        ({"treated": "A c", "control": "placebo"}, r"is none of the treatments A, B, A b\. Is 'A b' meant\?"),
    ],
)
def test_names_of_arms_that_would_mislead_are_refused(written, names, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidInputError, match=message):
        fx.from_frame(written(ARMS), **names)


def test_an_arm_does_not_get_the_name_of_the_columns_of_the_other(written) -> None:  # type: ignore[no-untyped-def]
    path = written("study,bcg_pos,bcg_n,ctl_pos,ctl_n\nA,4,119,11,128\nB,6,300,29,274\n")
    columns = {"events_t": "bcg_pos", "n_t": "bcg_n", "events_c": "ctl_pos", "n_c": "ctl_n"}
    for names in ({"control": "BCG"}, {"treated": "ctl"}):
        with pytest.raises(InvalidInputError, match="name the other arm so, or say --columns"):
            fx.from_frame(tm.read_table(path, columns=columns), **names)
    assert fx.from_frame(tm.read_table(path, columns=columns), treated="BCG", control="ctl").comparator == "ctl"


def test_every_function_of_two_arms_takes_their_names() -> None:
    names = {"treated": "drug", "comparator": "sham"}
    for made in (
        fx.binary("OR", [1, 2], [9, 9], [3, 4], [9, 9], **names),
        fx.binary("OR", [1, None], [9, 9], [3, 4], [9, 9], missing="drop", **names),
        fx.rate_ratio("IRR", [1, 2], [9, 9], [3, 4], [9, 9], **names),
        fx.continuous("SMDH", [1, 2], [1, 1], [9, 9], [3, 4], [1, 1], [9, 9], **names),
        fx.generic([1, 2], vi=[1, 1], **names),
        fx.generic([1, 2], ci=([0, 1], [2, 3]), **names),
        fx.printed_ratio("OR", [1.5], [0.9], [2.5], **names),
        fx.printed_ratio("OR", [1.5], [0.9], [2.5], decimals=1, **names),
    ):
        assert (made.treated, made.comparator) == ("drug", "sham")
    with pytest.raises(InvalidInputError, match="`treated`: is the name of the comparator too"):
        fx.generic([1, 2], vi=[1, 1], treated="Sham", comparator="sham")
    with pytest.raises(InvalidInputError, match="`treated`: must be a text"):
        fx.generic([1, 2], vi=[1, 1], treated=["drug", "drug"])
    split = tm.subgroups(fx.binary("OR", [1, 2, 3], [9, 9, 9], [3, 4, 5], [9, 9, 9], **names), ["a", "a", "b"])
    assert split.pool_of_subgroups.effects.comparator == "sham"

"""Values beside effects find their study by key where they have keys, whatever order they come in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import tmsmeta as tm
from tmsmeta.effects.pairing import paired, paired_table
from tmsmeta.errors import InvalidInputError

LABELS = list("ABCDEF")
X = [1.0, 2.0, 4.0, 3.0, 7.0, 5.0]
Y = [0.1, 0.2, 0.35, 0.3, 0.6, 0.4]
SHUFFLED = [3, 0, 5, 1, 4, 2]


def studies(labels: Any = LABELS) -> tm.EffectSizes:
    return tm.effects.generic(Y, se=[0.1, 0.2, 0.1, 0.2, 0.15, 0.1], study=labels)


def table() -> pd.DataFrame:
    """The moderators in another order than the studies."""
    return pd.DataFrame({"study": LABELS, "x": X}).iloc[SHUFFLED]


def keyed() -> pd.Series[float]:
    return table().set_index("study")["x"]


RIGHT = tm.meta_regression(studies(), "x", {"x": X}).beta  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "data",
    [
        table(),
        table().set_index("study"),
        table().set_index("study").rename_axis(None),
        table().set_index("study", drop=False),
        table().to_dict("records"),
        table().to_records(index=False),
        table().to_dict("list"),
        {"x": keyed()},
        {"x": dict(keyed())},
        {"x": table()},
        pd.DataFrame({"x": X}),
        pd.DataFrame({"x": X}, index=range(2, 8)),
        {"x": X},
        {"x": np.array(X)},
        {"x": pd.Series(X, index=range(2, 8))},
    ],
)
def test_moderators_follow_their_study(data: Any) -> None:
    fit = tm.meta_regression(studies(), "x", data)
    np.testing.assert_allclose(fit.beta, RIGHT, rtol=1e-12)  # type: ignore[union-attr]


def test_sorted_data_leave_the_slope_of_bcg_where_it_is() -> None:
    latitude = [44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33]
    study = [f"trial {i}" for i in range(13)]
    events = (
        [4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27],
        [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29],
    )
    sizes = (
        [123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913],
        [139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854],
    )
    bcg = tm.effects.binary("RR", events[0], sizes[0], events[1], sizes[1], study=study)
    data = pd.DataFrame({"study": study, "ablat": latitude}).sort_values("ablat")
    assert tm.meta_regression(bcg, "ablat", data).beta[1] == pytest.approx(-0.0291, abs=5e-5)  # type: ignore[union-attr]


GROUPS = dict(zip("FEDCBA", "uvuvuv", strict=True))


@pytest.mark.parametrize(
    "by",
    [
        GROUPS,
        pd.Series(GROUPS),
        pd.Series(GROUPS).to_frame("group"),
        pd.Series(GROUPS, name="group").rename_axis("study").reset_index(),
        list("vuvuvu"),
        pd.Series(list("vuvuvu")),
        pd.Series(list("vuvuvu"), index=range(2, 8)),
        (label for label in "vuvuvu"),
    ],
)
def test_subgroups_follow_their_study(by: Any) -> None:
    pools = tm.subgroups(studies(), by).pools
    assert {name: "".join(pool.effects.study) for name, pool in pools.items()} == {"v": "ACE", "u": "BDF"}


def test_orders_follow_their_study() -> None:
    added = tm.cumulative(studies(), keyed())["study"].tolist()
    assert added == tm.cumulative(studies(), X)["study"].tolist() == list("ABDCFE")


def test_a_permutation_test_pairs_like_a_regression() -> None:
    found = tm.permutation_test(studies(), "x", table(), arrangements=50)
    assert found == tm.permutation_test(studies(), "x", {"x": X}, arrangements=50)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"A": 1}, ["B, `v`: has no value", "F, `v`: has no value"]),
        (dict.fromkeys([*"ABCDE", "F."], 1), ["F, `v`: has no value", "F., `v`: is the label of no study"]),
        (dict.fromkeys("ABCDEFG", 1), ["G, `v`: is the label of no study here; leave it out"]),
        (pd.Series(range(7), index=list("ABCDEFF")), ["F, `v`: must stand once", "Got 2"]),
        (pd.Series(range(6), index=list("UVWXYZ")), ["must hold the study labels (A, B, C, ...)", "'U, V, W, ...'"]),
        (pd.Series(range(6), index=range(6)).rename_axis("study"), ["must hold the study labels"]),
        ([1, 2], ["one value per row of `effects`, that is 6, or be keyed by study. Got 2"]),
        ("abcdef", ["that is 6"]),
        (set("ABCDEF"), ["has no order"]),
        (pd.DataFrame({"a": X, "b": X}), ["is a table with 'a' and 'b'; choose one"]),
        (table().assign(y=1), ["is a table with 'x' and 'y'"]),
        (table().to_records(index=False), ["is a table with 'study' and 'x'"]),
        (table().to_dict("records"), ["is a table with 'study' and 'x'"]),
        (np.ones((6, 2)), ["Got (6, 2)"]),
    ],
)
def test_keys_that_disagree_are_all_told(values: Any, said: list[str]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        paired("v", values, LABELS)
    assert [text for text in said if text not in str(caught.value)] == []


def test_a_name_that_is_near_is_asked_for() -> None:
    with pytest.raises(InvalidInputError, match="Is 'Klein 1999' meant"):
        paired("v", {"Avery": 1, "klein 1999": 2}, ["Avery", "Klein 1999"])


def test_whole_number_labels_and_a_default_index() -> None:
    """The default index 0, 1, 2 is no key, unless the studies are called 0, 1, 2 in another order."""
    assert paired("v", pd.Series(list("abc")), ["1", "2", "3"]) == list("abc")
    assert paired("v", pd.Series(list("abc"), index=[3, 1, 2]), ["1", "2", "3"]) == list("bca")
    assert paired("v", pd.Series(list("abc")), ["0", "1", "2"]) == list("abc")
    with pytest.raises(InvalidInputError, match="these labels in another order"):
        paired("v", pd.Series(list("abc")), ["2", "0", "1"])
    with pytest.raises(InvalidInputError, match="disagree"):
        paired("v", pd.Series(list("abc"), index=[2, 3, 4]), ["1", "2", "3"])


def test_labels_that_repeat() -> None:
    """One value per label goes to all its rows; keys that repeat must stand in the order of the rows."""
    study = ["A", "B", "A"]
    assert paired("v", {"B": 2, "A": 1}, study) == [1, 2, 1]
    assert paired("v", pd.Series([5, 6, 7], index=study), study) == [5, 6, 7]
    with pytest.raises(InvalidInputError, match="A, `v`: must stand once"):
        paired("v", pd.Series([5, 6, 7], index=["A", "A", "B"]), study)


def test_effects_without_labels_are_paired_by_position() -> None:
    plain = studies(None)
    fit = tm.meta_regression(plain, "x", pd.DataFrame({"x": X, "study": list("UVWXYZ")}))
    np.testing.assert_allclose(fit.beta, RIGHT, rtol=1e-12)  # type: ignore[union-attr]


def test_a_series_whose_index_names_the_studies_in_another_order_than_study_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="`yi`: must be in the order of `study`"):
        tm.effects.generic(keyed(), se=[0.1] * 6, study=LABELS)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (pd.concat([table(), table()[["x"]]], axis=1), "`data.x`: must be the name of one column only"),
        (pd.DataFrame({"study": list("UVWXYZ"), "x": X}), "`data.study`: must hold the study labels"),
        ({"x": {"A": 1}, "y": [1]}, "`data.y`"),
        (7, "must be a DataFrame"),
    ],
)
def test_tables_that_cannot_be_paired(data: Any, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        paired_table("data", data, LABELS)
    assert said in str(caught.value)


def test_categories_keep_their_order() -> None:
    kinds = pd.Series(pd.Categorical(list("babbaa"), categories=["b", "a"]), index=LABELS).iloc[SHUFFLED]
    for data in ({"kind": kinds}, kinds.to_frame("kind")):
        assert tm.meta_regression(studies(), "kind", data).terms == ("Intercept", "kind[T.a]")  # type: ignore[union-attr]


def test_predictions_keep_the_labels_of_new_studies() -> None:
    fit = tm.meta_regression(studies(), "x", table())
    new = fit.predict(pd.DataFrame({"study": ["new", "newer"], "x": [9.0, 2.0]}))  # type: ignore[union-attr]
    assert new["study"].tolist() == ["new", "newer"]
    with pytest.raises(InvalidInputError, match=r"`new_data\.z`: must be in the order of `new_data\.x`"):
        fit.predict({"x": pd.Series([1, 2], index=[0, 1]), "z": pd.Series([1, 2], index=[1, 0])})  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["Study", "trial", "studlab"])
def test_the_labels_are_keys_under_any_name(name: str) -> None:
    """Rows of a table in another order, with the labels in a column that is not called `study`."""
    wanted = tm.meta_regression(studies(), "~ x", {"x": X}).beta
    frame = table().rename(columns={"study": name})
    for data in (frame, frame.to_dict("list"), frame.to_records(index=False)):
        np.testing.assert_allclose(tm.meta_regression(studies(), "~ x", data).beta, wanted)
    group = frame.assign(x=["high" if x > 3 else "low" for x in frame["x"]])
    by_hand = tm.subgroups(studies(), ["high" if x > 3 else "low" for x in X])
    assert tm.subgroups(studies(), group).p_value == by_hand.p_value
    judged = frame.rename(columns={"x": "D1"}).assign(D1=["low"] * 6)
    tm.figures.forest(tm.pool(studies()), risk_of_bias=judged)


def test_a_category_is_no_key() -> None:
    """Texts that are not the labels, and numbers that have them by chance."""
    data = {"site": list("aabbcc"), "x": X}
    assert paired_table("data", data, LABELS)["x"].tolist() == X
    ranks = {"rank": [2, 1, 3], "x": [1.0, 2.0, 3.0]}
    assert paired_table("data", ranks, ["1", "2", "3"])["x"].tolist() == [1.0, 2.0, 3.0]

"""The network graph: every edge is seen, areas and widths have a key, classes and multi-arm trials are told apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from figure_helpers import named
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from unit.figures.network_checks import by_gid, texts_of
from unit.figures.simulated_networks import simulated

import tmsmeta as tm
from tmsmeta.figures import network_graph


def nodes(ax: Axes) -> dict[str, tuple[np.ndarray, float]]:
    """Centre and radius of each node, in inches."""
    found = {}
    for node in ax.collections:
        gid = str(node.get_gid())
        if gid.startswith("node:"):
            centre = np.asarray(node.get_offsets())[0]
            found[gid.removeprefix("node:")] = (centre, float(np.sqrt(node.get_sizes()[0])) / 2 / 72)
    return found


def edges(ax: Axes) -> dict[tuple[str, str], tuple[np.ndarray, float]]:
    """Points, closely spaced, and half the width of each edge, in inches."""
    found = {}
    for line in ax.lines:
        gid = str(line.get_gid())
        if gid.startswith("edge:"):
            a, b = gid.removeprefix("edge:").split("|")
            xy = np.column_stack([line.get_xdata(), line.get_ydata()])
            steps = np.linspace(0, len(xy) - 1, 400)
            dense = np.column_stack([np.interp(steps, np.arange(len(xy)), xy[:, k]) for k in (0, 1)])
            found[a, b] = dense, line.get_linewidth() / 2 / 72
    return found


@pytest.mark.parametrize("width", ["single", "double"])
@pytest.mark.parametrize("count", [3, 12, 22, 60])
def test_no_edge_hides_under_a_node(count: int, width: str) -> None:
    ax = network_graph(simulated(count), width=width)  # type: ignore[arg-type]
    placed, drawn = nodes(ax), edges(ax)
    assert len(placed) == count
    assert len(drawn) == len(tm.geometry(simulated(count)).edges)
    for (a, b), (points, half) in drawn.items():
        np.testing.assert_allclose([points[0], points[-1]], [placed[a][0], placed[b][0]])
        for treatment, (centre, radius) in placed.items():
            apart = np.hypot(*(points - centre).T)
            if treatment in (a, b):
                continue
            assert apart.min() > radius + half, (a, b, treatment)
        free = (np.hypot(*(points - placed[a][0]).T) > placed[a][1]) & (
            np.hypot(*(points - placed[b][0]).T) > placed[b][1]
        )
        assert free.mean() > 0.25, (a, b)


def test_areas_are_in_proportion_to_patients_and_the_key_says_how() -> None:
    net = simulated(12)
    ax = network_graph(net)
    patients = tm.geometry(net).nodes.set_index("treatment")["patients"]
    areas = {t: radius**2 for t, (_, radius) in nodes(ax).items()}
    per_patient = [areas[t] / patients[t] for t in areas]
    np.testing.assert_allclose(per_patient, per_patient[0])
    signs, words = named(ax, "key node"), texts_of(ax, "key")
    for sign, text in zip(signs, words, strict=False):
        assert sign.get_radius() ** 2 == pytest.approx(per_patient[0] * float(text.replace(",", "")))
    assert texts_of(ax, "key heading") == ["Patients", "Trials that compare two treatments"]
    widths = {int(t): line.get_linewidth() for t, line in zip(words[len(signs) :], named(ax, "key edge"), strict=False)}
    for (a, b), (_, half) in edges(ax).items():
        table = tm.geometry(net).edges.set_index(["treat1", "treat2"])
        trials = int(table.loc[(a, b), "trials"])
        if trials in widths:
            assert 2 * 72 * half == pytest.approx(widths[trials])


def test_nodes_are_sized_by_trials_where_no_patients_are_known() -> None:
    net = tm.network_from_contrasts(
        ["1", "2", "3"], ["a", "a", "b"], ["s", "s", "s"], [0.1, 0.2, 0.3], [0.1, 0.1, 0.1], reference="s",
        better="higher",
    )  # fmt: skip
    ax = network_graph(net)
    assert texts_of(ax, "key heading")[0] == "Trials of a treatment"
    radius = {t: r for t, (_, r) in nodes(ax).items()}
    assert radius["s"] ** 2 / radius["b"] ** 2 == pytest.approx(3)
    assert texts_of(ax, "count") == ["2", "1"]


def test_classes_have_colours_and_stand_beside_each_other() -> None:
    net = simulated(12)
    kinds = {t: ("drug", "device", "talk")[k % 3] for k, t in enumerate(net.treatments) if k != 4}
    ax = network_graph(net, classes=kinds)
    colour = {t: to_hex(by_gid(ax, f"node:{t}").get_facecolors()[0]) for t in net.treatments}
    by_class: dict[str, set[str]] = {}
    for t in net.treatments:
        by_class.setdefault(kinds.get(t, "other"), set()).add(colour[t])
    assert all(len(found) == 1 for found in by_class.values())
    assert len({next(iter(found)) for found in by_class.values()}) == 4
    assert set(texts_of(ax, "key")) >= {"Drug", "Device", "Talk", "Other"}
    faces = [to_hex(node.get_facecolor()) for node in named(ax, "key node")]
    areas = faces[: len(faces) - len(by_class)]
    assert areas
    assert not set(areas) & set(colour.values())  # areas are said in the colour of no class
    angle = {t: np.arctan2(*nodes(ax)[t][0]) % (2 * np.pi) for t in net.treatments}
    around = [kinds.get(t, "other") for t in sorted(angle, key=lambda t: angle[t])]
    assert sum(a != b for a, b in zip(around, around[1:] + around[:1], strict=True)) == 4
    with pytest.raises(tm.InvalidInputError, match="is no treatment of the network"):
        network_graph(net, classes={"x": "drug"})


def test_multi_arm_trials_are_shaded_or_counted() -> None:
    rows = [(s, t, 5, 20) for s, arms in {"1": "abc", "2": "abc", "3": "ad"}.items() for t in arms]
    frame = pd.DataFrame(rows, columns=["study", "treatment", "events", "n"])
    net = tm.network(frame, measure="OR", reference="a", better="higher")
    graph = tm.geometry(net)
    assert graph.multi_arm_designs == ((("a", "b", "c"), 2),)
    assert graph.to_dict()["multi_arm_designs"] == [{"treatments": ["a", "b", "c"], "trials": 2}]
    ax = network_graph(net)
    corners = by_gid(ax, "arms:a|b|c").get_xy()
    assert {tuple(np.round(c, 9)) for c in corners} == {tuple(np.round(nodes(ax)[t][0], 9)) for t in "abc"}
    assert "Trials with three or more arms" in texts_of(ax, "key")
    assert named(network_graph(net, multi_arm=False), "arms:a|b|c") == []
    many = network_graph(simulated(60))
    count = tm.geometry(simulated(60)).multi_arm
    assert f"{count} trials with three or more arms not shaded." in texts_of(many, "notes")


def test_names_give_way_to_numbers_with_a_list() -> None:
    named_ones = network_graph(simulated(12))
    assert any("Treatment 5\n" in t.get_text() for t in named_ones.texts)
    numbered = network_graph(simulated(60), width="single")
    assert texts_of(numbered, "list number") == [str(k) for k in range(1, 61)]
    graph = tm.geometry(simulated(60)).nodes
    order = graph.sort_values("patients", ascending=False)["treatment"].tolist()
    assert order[0] == "Placebo"
    for k, treatment in ((1, "Placebo"), (2, order[1])):
        assert by_gid(numbered, f"label:{treatment}").get_text() == str(k)
        assert texts_of(numbered, f"name:{treatment}")[0] == treatment
    assert "trials, n =" in texts_of(network_graph(simulated(60)), "name:Placebo")[0]


def test_shares_are_stretches_of_the_edge_and_orders_are_checked() -> None:
    net = simulated(3)
    a, b = (str(v) for v in tm.geometry(net).edges[["treat1", "treat2"]].iloc[0])
    ax = network_graph(net, shares={(b, a): {"low": 0.25, "high": 0.75}})
    length = {
        name: float(np.hypot(*np.diff(line.get_xydata()[[0, -1]], axis=0)[0]))
        for name in ("low", "high")
        for line in named(ax, f"edge:{a}|{b}:{name}")
    }
    assert length["high"] == pytest.approx(3 * length["low"])
    with pytest.raises(tm.InvalidInputError, match="each treatment once"):
        network_graph(net, order=("Placebo",))


def test_a_place_too_small_is_refused() -> None:
    figure = Figure(figsize=(9, 8))
    ax = figure.add_subplot()
    assert network_graph(simulated(12), ax=ax) is ax
    with pytest.raises(tm.InvalidInputError, match="`ax`: must be at least"):
        network_graph(simulated(12), ax=Figure(figsize=(1.5, 1.5)).add_axes((0, 0, 1, 1)))

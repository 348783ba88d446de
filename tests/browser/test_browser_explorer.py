"""The explorer in a browser: its numbers against the library, and what happens when things are moved."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import combinations, cycle, product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from scipy import special

import tmsmeta as tm
from tmsmeta.effects.measures import MEASURES
from tmsmeta.errors import DisconnectedNetworkError, NotAssessable
from tmsmeta.pooling.heterogeneity import ESTIMATORS
from tmsmeta.report.explorer import ENGINE, VIEWS, explorer_section, joined
from tmsmeta.report.page import STYLES
from tmsmeta.report.templating import PagePart, asset, json_block, script_hash
from tmsmeta.review.new import NewReview
from tmsmeta.review.new_from_table import review_from_table
from tmsmeta.review.run import ReviewRun, run
from tmsmeta.review.selecting.apply import select
from tmsmeta.review.selecting.effects import effects_of
from tmsmeta.tables.read import read_table

OpenPage = Callable[..., Any]
EXAMPLES = Path(__file__).parents[2] / "examples"
SOURCES = Path(tm.__file__).parent / "report" / "explorer"
NEAR = 1e-9  # both do the same arithmetic in another order; found are differences of about 1e-14
TAU2 = ("FE", "DL", "PM", "REML")
CI = ("z", "hksj", "hksj-adhoc", "t", "hksj-iqwig6")
HARNESS = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline';
 script-src '{hash}'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Explorer</title>
<link rel="icon" href="data:,"><style>{style}</style></head><body><main><h1>Explorer</h1>
{html}</main>
<script type="application/json" id="explorer-data">{data}</script><script>{script}</script></body></html>"""


def page_of(parts: PagePart) -> str:
    """The explorer alone in a page, under the policy of the report."""
    script = asset("address.js") + asset("saving.js") + parts.script
    return HARNESS.format(
        hash=script_hash(script),
        style="".join(map(asset, STYLES)) + parts.css,
        html=parts.html,
        data=json_block(parts.data),
        script=script,
    )


def explored(result: ReviewRun) -> PagePart:
    parts = explorer_section(result)
    assert parts is not None
    return parts


@pytest.fixture(scope="session")
def smoking() -> ReviewRun:
    return tm.read_review(EXAMPLES / "smoking").run()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory, shipped: ReviewRun, smoking: ReviewRun) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("explorer")
    found = {}
    for name, result in (("shipped", shipped), ("smoking", smoking)):
        found[name] = folder / f"{name}.html"
        found[name].write_text(page_of(explored(result)), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def engine(browser: Any) -> Iterator[Any]:
    """A page in which the names of the scripts that compute are global."""
    context = browser.new_context()
    page = context.new_page()
    page.add_script_tag(content=joined((*ENGINE, "words.js", "model.js", "state.js")))
    yield page
    context.close()


FINITE = "(_, x) => typeof x === 'number' && !Number.isFinite(x) ? `<${x}>` : x"


def answer(page: Any, function: str, given: Any) -> Any:
    """What a function of the page gives; as JSON both ways, which a browser takes many times faster than objects."""
    said = page.evaluate(
        f"text => JSON.stringify(({function})(JSON.parse(text)), {FINITE})", json.dumps(given, allow_nan=False)
    )
    return json.loads(re.sub(r'"<(NaN|-?Infinity)>"', r"\1", said))


# --- the numbers ------------------------------------------------------------------------------------------------------


def test_distributions(engine: Any) -> None:
    """Quantiles and tails of the normal, t and chi-square distributions, to 1e-12 of the value."""
    cases: list[tuple[str, list[float], float]] = []
    cases += [("normalQuantile", [p], float(special.ndtri(p))) for p in (1e-300, 1e-9, 0.025, 0.4, 0.5, 0.9, 0.975)]
    cases += [("normalTail", [z], float(special.ndtr(-z))) for z in (-30, -2, -0.1, 0, 0.5, 2.49, 2.51, 8, 30)]
    for df in (1, 2, 3, 7, 16, 59, 300):
        for level in (0.3, 0.9, 0.95, 0.99):
            rest = float(special.betaincinv(df / 2, 0.5, 1 - level))
            cases.append(("tQuantile", [level, df], float(np.sqrt(df * (1 - rest) / rest))))
        cases += [("tTwoTails", [t, df], float(2 * special.stdtr(df, -t))) for t in (0.01, 1, 4, 25)]
        cases += [("chiSquareTail", [x, df], float(special.chdtrc(df, x))) for x in (0.1, df, 2 * df, 5 * df + 10)]
        cases += [("chiSquareQuantile", [p, df], float(special.chdtri(df, p))) for p in (1e-6, 0.025, 0.5, 0.975)]
    found = answer(
        engine,
        "cases => { const known = { normalQuantile, normalTail, tQuantile, tTwoTails,"
        " chiSquareTail, chiSquareQuantile };"
        " return cases.map(([name, given]) => known[name](...given)); }",
        [[name, given] for name, given, _ in cases],
    )
    np.testing.assert_allclose(found, [wanted for _, _, wanted in cases], rtol=1e-12, atol=0)


def tables(rng: np.random.Generator, kind: int) -> tuple[np.ndarray, ...]:
    """Counts of a few trials: plain, with zero cells, far apart, alike (tau2 = 0), one alone, two."""
    k = (int(rng.integers(2, 16)), int(rng.integers(2, 16)), int(rng.integers(3, 12)), 6, 1, 2)[kind]
    n = rng.integers(3, 200, (2, k))
    p = rng.beta(2, 4, (2, k))
    if kind == 1:
        p = rng.beta(0.3, 6, (2, k))
    elif kind == 2:
        p = rng.beta(0.5, 0.5, (2, k))
    elif kind == 3:
        n, p = np.full((2, k), 50 * rng.integers(1, 4)), np.full((2, k), 0.3)
    events = rng.binomial(n, p)
    return events[0], n[0], events[1], n[1]


def pool_cases() -> tuple[list[dict[str, Any]], list[Any]]:
    """500 random tables under every estimator and interval, rules and measures in turn, with what Python says."""
    rng = np.random.default_rng(15)
    cases, wanted = [], []
    for at in range(500):
        a, n, c, m = tables(rng, at % 6)
        measure = ("OR", "RR", "RD", "AS", "PETO")[at % 5]
        rule = {
            "cells": ("only0", "if0all", "all", "none")[at // 5 % 4],
            "add": (0.5, 0.1)[at // 20 % 2],
            "correction": ("constant", "treatment-arm")[at // 40 % 2],
            "drop": bool(at // 80 % 2),
        }
        effects = tm.effects.binary(
            measure, a, n, c, m, zero_cells=rule["cells"], add=rule["add"], correction=rule["correction"],
            drop_double_zero=rule["drop"],
        )  # fmt: skip
        settings = [*product(TAU2, CI[:3]), *zip(ESTIMATORS, cycle(CI), strict=False)]
        for number, (tau2, ci) in enumerate(settings):
            spec = {
                "tau2": tau2,
                "ci": ci,
                "level": (0.95, 0.9)[number % 2],
                "prediction": ("t(k-2)", "t(k-1)", "z", "none")[(at + number) % 4],
                "prediction_se": ("model", "wald")[number % 2],
                "i2": ("tau2", "Q")[(at + number) % 2],
                "q_centre": ("inverse-variance", "mantel-haenszel")[at // 3 % 2],
            }
            table = [[int(x) for x in row] for row in zip(a, n, c, m, strict=True)]
            cases.append({"table": table, "measure": measure, "rule": rule, "spec": {**spec, "measure": measure}})
            wanted.append(tm.pool(effects, **spec) if effects.estimable.any() else None)
    return cases, wanted


POOL = """cases => cases.map(({ table, measure, rule, spec }) => {
  const effects = binaryEffects(measure, table.map(([a, n, c, m]) => ({ a, b: n - a, c, d: m - c })), rule);
  const kept = effects.filter(({ reason }) => !reason);
  return kept.length ? { ...pool(kept, spec), y: kept.map(({ y }) => y), v: kept.map(({ v }) => v) } : null;
})"""
POOLED = {
    "estimate": "estimate", "se": "se", "ci": "ci", "p": "p_value", "tau2": "tau2", "i2": "i2", "q": "q", "qDf": "q_df",
    "qP": "q_p", "prediction": "prediction", "weights": "weights", "k": "k",
}  # fmt: skip


def test_pools_are_those_of_the_library(engine: Any) -> None:
    cases, wanted = pool_cases()
    assert len(cases) > 500 * 20
    tau2 = [w.tau2 for w in wanted if w is not None and not isinstance(w.tau2, NotAssessable)]
    assert sum(t == 0 for t in tau2) > 500  # the boundary is met often
    assert sum(w is not None and bool(w.effects.corrections) for w in wanted) > 500
    numbers: list[tuple[Any, Any]] = []
    intervals: dict[tuple[int, float], Any] = {}
    for case, got, want in zip(cases, answer(engine, POOL, cases), wanted, strict=True):
        if want is None:
            assert got is None
            continue
        made = (id(want.effects), want.spec.level)  # it is the same under every estimator
        if made not in intervals:
            intervals[made] = want.tau2_interval()
        interval = intervals[made]
        pairs = [(got["y"], want.effects.yi), (got["v"], want.effects.vi)]
        pairs += [(got[name], getattr(want, attribute)) for name, attribute in POOLED.items()]
        pairs += [] if isinstance(interval, NotAssessable) else [(got["tau2Interval"], interval.tau2)]
        assert isinstance(got["tau2Interval"], dict) == isinstance(interval, NotAssessable), case
        for ours, theirs in pairs:
            if isinstance(theirs, NotAssessable):
                assert isinstance(ours, dict), case
                assert ours["reason"] == theirs.reason, case
            else:
                numbers += zip(np.atleast_1d(ours), np.atleast_1d(theirs), strict=True)
    found, wanted_numbers = np.array(numbers, float).T
    np.testing.assert_allclose(found, wanted_numbers, rtol=NEAR, atol=NEAR)


def same(got: Any, want: Any, case: Any) -> None:
    """The same numbers to 1e-9, or no number for the same reason."""
    if isinstance(want, NotAssessable):
        assert isinstance(got, dict), case
        assert got["reason"] == want.reason, case
        return
    np.testing.assert_allclose(np.asarray(got, float), np.asarray(want, float), rtol=NEAR, atol=NEAR, err_msg=str(case))


@pytest.mark.parametrize("criterion", ["ML", "REML"])
def test_likelihoods_with_several_maxima(engine: Any, criterion: str) -> None:
    """Made to have two maxima, or one so flat that a search from a start value stops beside it."""
    rng = np.random.default_rng(4)
    cases, wanted = [], []
    for _ in range(150):
        k = int(rng.integers(3, 9))
        v = 10 ** rng.uniform(-4, 2, k)
        y = rng.normal(0, np.sqrt(v + 10 ** rng.uniform(-4, 1)))
        cases.append([{"y": a, "v": b} for a, b in zip(y.tolist(), v.tolist(), strict=True)])
        wanted.append(tm.pool(tm.effects.generic(y, vi=v), tau2=criterion).tau2)
    found = answer(
        engine, "([cases, name]) => cases.map((e) => maximise(meanModel(e, null), name))", [cases, criterion]
    )
    np.testing.assert_allclose(found, wanted, rtol=NEAR, atol=NEAR)


def random_network(rng: np.random.Generator, number: int) -> pd.DataFrame:
    n = int(rng.integers(3, 31)) if number % 4 == 0 else int(rng.integers(3, 8))
    effects, spread = rng.normal(0, 0.5, n), rng.choice([0, 0.1, 0.8])
    rows = []
    for trial in range(int(rng.integers(max(2, n // 2), 2 * n + 3))):
        base = rng.normal(-1, 0.5)
        for arm in rng.choice(n, min(n, int(rng.choice([2, 2, 2, 3, 4]))), replace=False):
            size, logit = int(rng.integers(8, 150)), base + effects[arm] + rng.normal(0, spread)
            rows.append((f"S{trial}", f"T{arm:02d}", int(rng.binomial(size, 1 / (1 + np.exp(-logit)))), size))
    return pd.DataFrame(rows, columns=["study", "treatment", "events", "n"])


def test_networks_are_those_of_the_library(engine: Any) -> None:
    """200 random networks of 3 to 30 treatments with multi-arm trials; some of them in parts."""
    from tmsmeta.networks import network_data

    rng = np.random.default_rng(16)
    cases, wanted = [], []
    for number in range(200):
        arms = random_network(rng, number)
        spec = {"tau2": ("DL", "REML", "FE", "ML")[number % 4], "ci": ("z", "t")[number // 4 % 2], "level": 0.95}
        spec |= {"better": ("higher", "lower")[number % 2], "margin": (0.0, 0.1)[number // 8 % 2]}
        asked = {"measure": ("OR", "RR", "RD")[number % 3], "reference": arms["treatment"][0], "better": spec["better"]}
        data = network_data(arms, **asked)
        trials: list[dict[str, Any]] = [{"arms": [], "n": [], "pairs": []} for _ in data.studies]
        for study, treatment, n in zip(data.arms.study, data.arms.treatment, data.arms.n, strict=True):
            trials[study]["arms"].append(int(treatment))
            trials[study]["n"].append(float(n))
        for study, i, j, y, v in zip(*data.pairs, strict=True):
            trials[study]["pairs"].append([int(i), int(j), float(y), float(v)])
        cases.append([trials, data.treatments.index(asked["reference"]), spec])
        try:
            wanted.append(tm.network(arms, **asked, tau2=spec["tau2"], ci=spec["ci"]))
        except DisconnectedNetworkError:
            wanted.append(data.parts)
    assert sum(isinstance(w, tuple) for w in wanted) > 2
    found = answer(engine, "cases => cases.map((c) => networkFit(...c))", cases)
    for got, want, (_, _, spec) in zip(found, wanted, cases, strict=True):
        if isinstance(want, tuple):
            assert "do not link" in got["reason"]
            assert sorted(map(len, got["parts"])) == sorted(map(len, want))
            continue
        trials_of, people = want.data.trials_of()
        pairs = {
            "theta": want.theta, "se": want.se_matrix, "effects": want.effect_matrix, "tau2": want.tau2, "q": want.q,
            "qDf": want.q_df, "qP": want.q_p, "i2": want.i2, "quantile": want.quantile, "direct": want.direct_trials,
            "share": want.direct_share.to_numpy(), "count": trials_of, "people": people,
            "pScores": tm.rank(want, margin=spec["margin"], draws=1).p_score,
        }  # fmt: skip
        for name, value in pairs.items():
            same(got[name], value, name)


def test_numbers_print_as_in_the_library(engine: Any) -> None:
    rng = np.random.default_rng(3)
    cases, wanted = [], []
    for number in range(2000):
        measure = ("OR", "RR", "RD")[number % 3]
        y = float(rng.normal(0, rng.choice([0.001, 0.1, 1, 4]))) / (1 + 3 * (measure == "RD"))
        half = float(abs(rng.normal(0, rng.choice([0.001, 0.1, 1, 4]))))
        cases.append([measure, y, [y - half, y + half]])
        shown = [float(np.exp(x)) if measure != "RD" else x for x in (y, y - half, y + half)]
        wanted.append(MEASURES[measure].text(shown[0], (shown[1], shown[2])).replace("-", "\N{MINUS SIGN}"))
    assert answer(engine, "cases => cases.map((c) => estimateText(...c))", cases) == wanted


def test_every_choice_of_tiers_and_populations_selects_as_the_library_does(engine: Any, shipped: ReviewRun) -> None:
    data = json.loads(explored(shipped).data)
    evidence = shipped.evidence
    asked, wanted = [], []
    for outcome in data["outcomes"]:
        groups = sorted({trial["pop"] for trial in outcome["trials"]})
        choices = [c for size in range(1, 6) for c in combinations("ABCDE", size)]
        for number, (tiers, measure) in enumerate(product(choices, ("RR", "OR"))):
            pops = groups if number % 2 else groups[:2]
            selection = evidence.selection(outcome["id"], measure=measure, tiers=tiers, populations=tuple(pops))
            chosen = select(evidence, selection)
            effects = effects_of(chosen, measure) if chosen.k else None
            state = {"tiers": "".join(tiers), "measure": measure, "pops": pops, "zero": "only0", "drop": False}
            asked.append([outcome["id"], state])
            wanted.append(sorted(zip(effects.study.tolist(), effects.yi.tolist(), effects.vi.tolist(), strict=True))
                          if effects else [])  # fmt: skip
    script = """([data, asked]) => { DATA = data; return asked.map(([id, state]) =>
        rowsOf(DATA.outcomes.find((o) => o.id === id), { ...state, out: new Set() })
        .map(({ row, effect }) => [row.study, effect.y, effect.v])); }"""
    for got, want, case in zip(answer(engine, script, [data, asked]), wanted, asked, strict=True):
        assert sorted(name for name, _, _ in got) == [name for name, _, _ in want], case
        same([x[1:] for x in sorted(got)], [x[1:] for x in want], case)


def test_the_script_is_plain() -> None:
    """ASCII, strict, no name defined twice, nothing that fetches, evaluates text or writes markup, nothing global."""
    script = joined((*ENGINE, *VIEWS))
    assert script.isascii()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|\beval\b|new Function|fetch\(|XMLHttp|import\(|https?://(?!www\.w3)",
                         script)  # fmt: skip
    names = re.findall(
        r"^(?:function|class|const|let) (\w+)", "".join((SOURCES / n).read_text() for n in (*ENGINE, *VIEWS)), re.M
    )
    assert len(names) == len(set(names))
    assert {path.name for path in SOURCES.glob("*.js")} == {*ENGINE, *VIEWS}


# --- the page ---------------------------------------------------------------------------------------------------------


def words(page: Any, panel: int = 0) -> str:
    return str(page.locator(".xp-words").nth(panel).text_content())


def shown_main(result: ReviewRun, outcome: str) -> str:
    pooled = result.main(outcome).pooled
    return str(pooled.effects.natural.text(pooled.estimate, pooled.ci))


def test_it_starts_with_the_main_analysis(open_page: OpenPage, pages: dict[str, Path], shipped: ReviewRun) -> None:
    page = open_page(path=pages["shipped"])
    for outcome in shipped.outcomes:
        page.locator(".xp-top select").select_option(label=shipped.evidence.outcome_title(outcome))
        assert page.locator(".xp-big").text_content() == shown_main(shipped, outcome)
        assert page.locator(".xp-forest tbody input:checked").count() == shipped.main(outcome).pooled.k
        assert words(page).startswith("This is the main analysis: ")
        assert page.locator(".xp-ranking tbody tr").count() == len(shipped.network(outcome).net.treatments)
    assert "[object" not in page.locator("main").inner_text()


def test_a_box_per_trial_moves_the_pool_and_says_why(
    open_page: OpenPage, pages: dict[str, Path], shipped: ReviewRun
) -> None:
    page = open_page(path=pages["shipped"])
    main = shipped.main(shipped.outcomes[0]).pooled
    left = str(main.effects.study[-3])
    without = tm.pool(
        main.effects.subset(main.effects.study != left), **{k: getattr(shipped.spec, k) for k in ("tau2", "ci")}
    )
    after, before = (x.effects.natural.texts(x.estimate, x.ci) for x in (without, main))
    page.locator(".xp-forest tbody tr", has_text=left).locator("input[type=checkbox]").uncheck()
    assert page.locator(".xp-big").text_content() == without.effects.natural.text(without.estimate, without.ci)
    assert words(page) == (
        f"Without {left}: {after[0]} instead of {before[0]}; interval {' to '.join(after[1:])} instead of "
        f"{' to '.join(before[1:])}; {without.k} trials instead of {main.k}."
    )
    assert page.locator(".xp-words").first.get_attribute("aria-live") == "polite"
    assert page.locator(".xp-was").text_content() == f"main analysis {shown_main(shipped, shipped.outcomes[0])}"


def test_intervals_have_the_level_of_the_review(open_page: OpenPage, tmp_path: Path) -> None:
    spec = tm.PoolingSpec(tau2="DL", ci="z", level=0.8, prediction="z")
    result = run(tm.read_evidence(EXAMPLES / "bcg"), spec=spec)
    path = tmp_path / "page.html"
    path.write_text(page_of(explored(result)), encoding="utf-8")
    page, pooled = open_page(path=path), result.main(result.outcomes[0]).pooled
    assert page.locator(".xp-big").text_content() == pooled.effects.natural.text(pooled.estimate, pooled.ci)
    assert page.get_by_label("DerSimonian-Laird").is_checked()
    page.get_by_label("Risk difference").check(force=True)
    page.get_by_label("Risk ratio").check(force=True)
    lines = {line["study"]: line for line in pooled.to_frame().to_dict("records")}
    for row in page.locator(".xp-forest tbody tr").all():
        line = lines[row.locator("label").inner_text().strip()]
        ratio, low, high = (line[name] for name in pooled.effects.columns)
        assert row.locator(".xp-effect").text_content() == pooled.effects.info.text(ratio, (low, high))


def test_it_says_when_an_interval_reaches_no_effect(open_page: OpenPage, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(page_of(explored(run(tm.read_evidence(EXAMPLES / "bcg")))), encoding="utf-8")
    page = open_page(path=path, hash_="#explorer?x-measure=RD")
    assert words(page).startswith("The main analysis as risk difference: ")
    box = page.locator(".xp-forest tbody input").first
    box.uncheck()
    assert words(page).startswith("As risk difference, without Aronson 1948: ")
    assert words(page).endswith(" The interval now includes no effect.")
    box.check()
    page.get_by_label("z (Wald)").check(force=True)
    assert "no effect" not in words(page)


def test_undo_and_the_history_of_the_browser(open_page: OpenPage, pages: dict[str, Path]) -> None:
    page = open_page(path=pages["smoking"])
    undo, start = page.locator("button", has_text="Undo"), words(page)
    assert undo.is_disabled()
    box = page.locator(".xp-forest tbody input").first
    box.uncheck()
    first = words(page)
    page.get_by_label("DerSimonian-Laird").first.check(force=True)
    second = words(page)
    assert len({start, first, second}) == 3
    page.go_back()
    assert words(page) == first
    page.go_back()
    assert words(page) == start
    assert box.is_checked()
    page.go_forward()
    assert words(page) == first
    undo.click()
    assert words(page) == start
    box.uncheck()
    page.locator("button", has_text="Main analysis").click()
    assert words(page) == start
    undo.click()
    assert words(page) == first


def test_the_address_holds_the_state(open_page: OpenPage, pages: dict[str, Path]) -> None:
    page = open_page(path=pages["shipped"])
    page.get_by_label("Odds ratio").check(force=True)
    page.get_by_label("Paule-Mandel").check(force=True)
    page.get_by_role("checkbox", name="Bipolar").check(force=True)
    page.locator(".xp-forest tbody input").nth(2).uncheck()
    page.locator(".xp-trials input").nth(1).uncheck()
    page.get_by_label("Fine", exact=True).check(force=True)
    page.locator(".xp-trials input").nth(3).uncheck()
    address, said = page.evaluate("location.hash"), page.locator(".xp-words").all_text_contents()
    assert address.startswith("#explorer?x-measure=OR&x-tau2=PM&")
    again = open_page(path=pages["shipped"], hash_=address)
    assert again.locator(".xp-words").all_text_contents() == said
    assert again.evaluate("location.hash") == address
    assert again.evaluate("document.getElementById('explorer').getBoundingClientRect().top") < 80  # below the contents


@pytest.mark.parametrize(
    "address", ["#explorer?", "#explorer?x-outcome=none&x-tau2=X&without=%E0%A4%A,a&x-tiers=&x-lumping=z", "#other"]
)
def test_an_address_that_asks_for_what_is_not_there(open_page: OpenPage, pages: dict[str, Path], address: str) -> None:
    page = open_page(path=pages["smoking"], hash_=address)
    assert page.locator(".xp-words").count() == 2


def test_keyboard_alone(open_page: OpenPage, pages: dict[str, Path]) -> None:
    page = open_page(path=pages["smoking"])
    start = words(page)
    page.locator(".xp-top button").last.focus()  # disabled: the Tab goes on from here
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "REML":
            break
    page.keyboard.press("ArrowRight")
    assert "By DerSimonian-Laird" in words(page)
    assert page.evaluate("document.activeElement.value") == "DL"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("!!document.activeElement.closest('.xp-forest tbody')"):
            break
    page.keyboard.press("Space")
    assert words(page).startswith("Without ")
    assert page.evaluate("!!document.activeElement.closest('.xp-forest tbody')")  # where the reader was
    page.locator("button", has_text="Undo").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert words(page) == start


CLICK_EACH = """([all, which]) => {
  const shown = () => [document.querySelector(".xp-big").textContent, document.querySelector("main").innerText];
  if (!all) return [shown()];
  return [...document.querySelectorAll(all)].map((_, i) => {
    const box = document.querySelectorAll(all)[i];
    if (box && box.matches(which)) box.click();
    return shown();
  });
}"""


def test_every_choice_gives_a_result_or_a_reason(open_page: OpenPage, pages: dict[str, Path]) -> None:
    page = open_page(path=pages["shipped"])
    page.locator("summary", has_text="Zero cells").click()
    page.locator("summary", has_text="How this number").click()
    page.locator("summary", has_text="League").click()
    shown = page.evaluate(CLICK_EACH, [".xp-bar input", ".xp-bar input"])
    for value in ("none", "if0all", "all"):
        page.get_by_label("Zero cells").select_option(value)
        shown += page.evaluate(CLICK_EACH, ["", ""])
    shown += page.evaluate(CLICK_EACH, [".xp-forest tbody input", ".xp-forest tbody input:checked"])
    assert len(shown) > 25
    for big, text in shown:
        assert big
        assert not re.search(r"NaN|undefined|Infinity|\[object", text)
    assert page.locator(".xp-forest tbody input:checked").count() == 0
    assert page.locator(".xp-big").text_content() == "No result"
    assert "no trial with an estimate is left" in words(page)


def test_the_selections_of_the_protocol(open_page: OpenPage, pages: dict[str, Path], shipped: ReviewRun) -> None:
    page = open_page(path=pages["shipped"])
    page.locator("summary", has_text="Zero cells and selections").click()
    for analysis in (a for a in shipped.analyses if a.outcome == shipped.outcomes[0]):
        page.get_by_label("A selection of the protocol").select_option(label=analysis.name)
        pooled = analysis.pooled
        shown = page.locator(".xp-big").text_content()
        wanted = (
            "No result"
            if isinstance(pooled, NotAssessable)
            else pooled.effects.natural.text(pooled.estimate, pooled.ci)
        )
        assert shown.partition(" (")[0] == wanted.partition(" (")[0], analysis.name


def test_step_by_step_ends_at_the_result(open_page: OpenPage, pages: dict[str, Path]) -> None:
    page = open_page(path=pages["smoking"])
    page.locator("summary", has_text="How this number").click()
    steps = page.locator("[aria-label^='The computation']")
    for label, said in (("DerSimonian-Laird", "C = sum of w"), ("Common effect", "takes \u03c4\u00b2 = 0"),
                        ("Paule-Mandel", "its degrees of freedom"), ("REML", "likelihood is highest")):  # fmt: skip
        page.get_by_label(label, exact=True).first.check(force=True)
        text = steps.inner_text()
        assert said in text
        assert page.locator(".xp-big").text_content().partition(" (")[0] in text
        assert steps.locator("tbody tr").count() == page.locator(".xp-forest tbody input:checked").count()


def test_a_network_falls_apart(open_page: OpenPage, pages: dict[str, Path], smoking: ReviewRun) -> None:
    net = next(n for n in json.loads(explored(smoking).data)["outcomes"][0]["networks"] if len(n["treatments"]) == 4)
    reference, names = net["reference"], net["inside"]
    others = [t for t in range(4) if t != reference]
    friend = others[0]
    kept = [t for t in net["trials"] if set(t["arms"]) in ({reference, friend}, set(others[1:]))]
    assert len({frozenset(t["arms"]) for t in kept}) == 2
    out = ",".join(t["id"] for t in net["trials"] if t not in kept)
    page = open_page(path=pages["smoking"], hash_=f"#explorer?x-lumping={net['lumping']}&x-network-without={out}")
    said = words(page, 1)
    assert "nothing links" in said
    assert "the network falls apart" in said
    assert all(name in said for name in names)
    assert "No ranking" in page.locator(".xp-ranking").inner_text()
    assert page.locator(".xp-alone").count() == 2
    rest = ",".join(t["id"] for t in net["trials"] if reference in t["arms"])
    page = open_page(path=pages["smoking"], hash_=f"#explorer?x-lumping={net['lumping']}&x-network-without={rest}")
    assert f"no trial with {names[reference]} is left" in words(page, 1)


def test_a_comparison_that_is_lost_is_named(open_page: OpenPage, pages: dict[str, Path], shipped: ReviewRun) -> None:
    net = json.loads(explored(shipped).data)["outcomes"][0]["networks"][0]
    trial = next(t for t in net["trials"] if net["reference"] not in t["arms"])
    a, b = (net["inside"][t] for t in sorted(trial["arms"]))
    page = open_page(path=pages["shipped"])
    page.locator(".xp-trials label", has_text=trial["label"]).locator("input").uncheck()
    said = words(page, 1)
    assert said.startswith(f"Without {trial['label']}: ")
    assert f"Nothing links {a} to {b} directly any more" in said
    assert page.locator(".xp-lost").count() == 1


# --- files ------------------------------------------------------------------------------------------------------------


def files(page: Any, panel: int, folder: Path) -> dict[str, Path]:
    found = {}
    for button in page.locator(".xp-files").nth(panel).locator("button").all():
        with page.expect_download() as waiting:
            button.click()
        name = waiting.value.suggested_filename
        found[name.rpartition(".")[2]] = folder / name
        waiting.value.save_as(folder / name)
    return found


ADDRESSES = (
    "", "#explorer?x-tau2=DL&x-ci=hksj-adhoc&x-tiers=ABCD&x-zero=all", "#explorer?x-measure=RD&x-tau2=PM&x-ci=z",
)  # fmt: skip


@pytest.fixture(scope="module")
def metafor() -> bool:
    asked = ["Rscript", "-e", 'cat(requireNamespace("metafor", quietly = TRUE))']
    return bool(shutil.which("Rscript")) and "TRUE" in ran(asked)


def test_files_repeat_the_state(open_page: OpenPage, pages: dict[str, Path], tmp_path: Path, metafor: bool) -> None:
    scripts, wanted = [], []
    for number, address in enumerate(ADDRESSES):
        page = open_page(path=pages["shipped"], hash_=address)
        folder = tmp_path / str(number)
        folder.mkdir()
        found = files(page, 0, folder)
        told = json.loads(found["json"].read_text())
        result = told["result"]
        rows = pd.read_csv(found["csv"])
        assert (rows["used"] == "yes").sum() == result["k"], address
        assert rows["yi"].iloc[-1] == pytest.approx(result["estimate"]), address
        script = found["py"].read_text() + "\nprint(repr([result.estimate, *result.ci, result.tau2, result.k]))\n"
        same(json.loads(printed(script).splitlines()[-1]),
             [result["estimate"], *result["ci"], result["tau2"], result["k"]], address)  # fmt: skip
        drawing = ElementTree.fromstring(found["svg"].read_text())
        texts = ["".join(node.itertext()) for node in drawing.iter("{http://www.w3.org/2000/svg}text")]
        assert page.locator(".xp-big").text_content() in texts, address
        assert found["png"].read_bytes().startswith(b"\x89PNG"), address
        log = told["state"]["measure"] != "RD"
        said = f"c(result$beta, result$ci.lb, result$ci.ub, {'log(prediction)' if log else 'prediction'})"
        scripts.append(found["R"].read_text() + f"\ncat(sprintf('%.10f', {said}))\n")
        wanted.append([result["estimate"], *result["ci"], *result["prediction"]])
    if metafor:
        code = "\n".join(f"local({{\n{script}\ncat('\\n@@\\n')\n}})" for script in scripts)
        said = ran(["Rscript", "-e", code], tmp_path).split("\n@@\n")
        values = [[float(x) for x in part.splitlines()[-1].split()] for part in said[: len(wanted)]]
        np.testing.assert_allclose(values, wanted, rtol=1e-7)


def test_network_files_repeat_the_state(open_page: OpenPage, pages: dict[str, Path], tmp_path: Path) -> None:
    page = open_page(path=pages["smoking"])
    page.locator(".xp-trials input").nth(4).uncheck()
    found = files(page, 1, tmp_path)
    result = json.loads(found["json"].read_text())["result"]
    script = found["py"].read_text() + "\nprint(repr([float(x) for x in net.theta]), repr(net.tau2), sep='|')\n"
    theta, tau2 = printed(script).splitlines()[-1].split("|")
    # three decimals of standard errors are rounded on the way through comparisons of multi-arm trials
    np.testing.assert_allclose(json.loads(theta), result["theta"], rtol=1e-7, atol=1e-7)
    assert float(tau2) == pytest.approx(result["tau2"], rel=1e-6)
    table = pd.read_csv(found["csv"])
    assert len(table) == 4 * 3
    code = found["R"].read_text()
    assert "netmeta(" in code
    if shutil.which("Rscript"):
        bare = f"requireNamespace <- function(...) FALSE\n{code}"
        said = subprocess.run(["Rscript", "-e", bare], capture_output=True, text=True, check=False)
        assert "Error: This script needs the R package netmeta, which is not there." in said.stderr
    drawing = ElementTree.fromstring(found["svg"].read_text())
    shown = ["".join(node.itertext()) for node in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert shown == page.locator(".xp-graph text").all_text_contents()
    assert found["png"].read_bytes().startswith(b"\x89PNG")


def printed(script: str) -> str:
    """What a Python script prints."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(script, "explorer.py", "exec"), {})
    return said.getvalue()


def ran(command: list[str], folder: Path | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


# --- names, screens ---------------------------------------------------------------------------------------------------

HOSTILE = (
    "</script><script>document.title='x'</script>",
    "=1+1",
    '"><img src=x onerror="document.title=1">',
    "\u05e9\u05dc\u05d5\u05dd \u202e",
    "\U0001f9e0 " * 20,
    "n" * 200,
    'a"\\b',
    "{{7*7}} ${1}",
)


def hostile(data: dict[str, Any]) -> dict[str, Any]:
    outcome = data["outcomes"][0]
    outcome["label"] = data["title"] = HOSTILE[0]
    for trial, name in zip(outcome["trials"], HOSTILE, strict=False):
        trial["label"] = name
        for rows in trial["by"].values():
            rows[0].update(study=name, note=name, locator=name, sources=[[name, ""]])
    for net in outcome["networks"]:
        for at, name in enumerate(HOSTILE[: len(net["treatments"])]):
            net["treatments"][at] = net["inside"][at] = net["nodes"][at] = name
        for trial, name in zip(net["trials"], HOSTILE, strict=False):
            trial["label"] = name
    return data


def test_hostile_names_stay_text(open_page: OpenPage, smoking: ReviewRun, tmp_path: Path) -> None:
    parts = explored(smoking)
    text = json.dumps(hostile(json.loads(parts.data)))
    path = tmp_path / "hostile.html"
    path.write_text(page_of(replace(parts, data=text)), encoding="utf-8")
    page = open_page(path=path, width=375)
    assert page.title() == "Explorer"
    assert page.locator("img").count() == 0
    shown = page.locator("main").inner_text()
    assert all(name.strip() in shown for name in HOSTILE[:4])
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    found = files(page, 0, tmp_path)
    script = found["py"].read_text() + "\nprint(ascii(list(effects.study[:2])))\n"
    said = printed(script)
    assert HOSTILE[0].replace("'", "\\'") in said or HOSTILE[0] in said
    assert "'=1+1" in found["csv"].read_text()
    ElementTree.fromstring(found["svg"].read_text())
    net = files(page, 1, tmp_path)
    assert printed(net["py"].read_text())


def test_the_script_cannot_end_its_element_and_is_small(shipped: ReviewRun) -> None:
    parts = explored(shipped)
    assert "</script" not in parts.script.lower()
    assert parts.html.count("<section") == 1
    assert len(parts.script) < 100_000


@pytest.mark.parametrize(("width", "scheme"), [(375, "light"), (768, "dark"), (1440, "light")])
def test_screens(open_page: OpenPage, pages: dict[str, Path], axe: str, width: int, scheme: str) -> None:
    """axe finds nothing, nothing lies beyond the screen, and no text is below 12 px."""
    page = open_page(path=pages["shipped"], width=width, scheme=scheme)
    page.eval_on_selector_all("#explorer details:not(.xp-source)", "all => all.forEach(d => { d.open = true; })")
    page.locator(".xp-forest tbody input").first.uncheck()
    page.locator(".xp-trials input").first.uncheck()
    assert page.locator(".xp-steps, .xp-league").count() == 2  # written when they are opened
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.eval_on_selector_all(
        "#explorer *",
        "all => all.filter(e => e.getClientRects().length &&"
        " [...e.childNodes].some(c => c.nodeType === 3 && c.data.trim()))"
        ".map(e => { const svg = e.ownerSVGElement, scale = svg && svg.viewBox.baseVal.width"
        " ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;"
        " return parseFloat(getComputedStyle(e).fontSize) * scale; })",
    )
    assert min(sizes) >= 12
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    assert [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]] == []


def test_nothing_slides_where_motion_is_unwanted(browser: Any, pages: dict[str, Path]) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(pages["smoking"].as_uri())
    moves = page.eval_on_selector_all("#explorer *", "all => all.map(e => getComputedStyle(e).transitionDuration)")
    context.close()
    assert set(moves) == {"0s"}


def test_touch(browser: Any, pages: dict[str, Path]) -> None:
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 375, "height": 700})
    page = context.new_page()
    page.goto(pages["smoking"].as_uri())
    start = words(page)
    page.locator(".xp-forest tbody label").first.tap()
    assert words(page) != start
    page.eval_on_selector_all("details.fold", "all => all.forEach(d => { d.open = true; })")
    heights = page.eval_on_selector_all(
        ".xp-bar label, #explorer button", "all => all.map(e => e.getBoundingClientRect().height)"
    )
    context.close()
    assert min(heights) >= 24


def test_a_review_made_from_a_table(open_page: OpenPage, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from tmsmeta.cli.app import app

    table = tmp_path / "own.csv"
    table.write_text(
        "study,events_t,n_t,events_c,n_c\nA 2001,4,20,2,21\nB 2002,9,30,0,28\nC 2003,7,25,5,24\n", encoding="utf-8"
    )
    done = CliRunner().invoke(app, ["new", str(tmp_path / "mine"), "--from", str(table), "--better", "higher"])
    assert done.exit_code == 0, done.output
    result = tm.read_review(tmp_path / "mine").run()
    path = tmp_path / "page.html"
    path.write_text(page_of(explored(result)), encoding="utf-8")
    page = open_page(path=path, width=375)
    pooled = result.main(result.outcomes[0]).pooled
    assert page.locator(".xp-big").text_content() == pooled.effects.natural.text(pooled.estimate, pooled.ci)
    assert page.locator(".xp-panel").count() == 1
    page.locator(".xp-forest tbody input").first.uncheck()
    assert words(page).startswith("Without A 2001: ")


def page_of_table(table: str, folder: Path) -> Path:
    """The explorer of a review of deaths that is made from this table."""
    (folder / "t.csv").write_text(table, encoding="utf-8")
    spec = NewReview(better="lower", outcome="death")
    review = review_from_table(read_table(folder / "t.csv"), spec, name="t.csv", read_on=date(2026, 3, 1))
    for name, text in review.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    path = folder / "page.html"
    path.write_text(page_of(explored(tm.read_review(folder).run())), encoding="utf-8")
    return path


def test_trials_without_events_are_said_to_tell_nothing(open_page: OpenPage, tmp_path: Path) -> None:
    table = "study,events_t,n_t,events_c,n_c\nA,0,20,0,21\nB,0,30,0,28\nC,4,25,1,24\n"
    page = open_page(path=page_of_table(table, tmp_path))
    assert "single event" not in words(page)
    page.locator(".xp-forest tbody input").nth(2).uncheck()
    assert words(page).startswith(
        "No arm of these trials has a single event, so they cannot tell the treatments apart; the number comes from"
        " what the rule for zero cells adds to them. Without C: "
    )
    page.get_by_label("Risk difference").check(force=True)
    assert words(page).startswith(
        "No arm of these trials has a single event, so they cannot tell the treatments apart. "
    )


def test_people_of_printed_ratios_are_not_stated_rather_than_none(browser: Any, tmp_path: Path) -> None:
    table = "study,ratio,ci_low,ci_high\nA,0.8,0.6,1.07\nB,0.7,0.5,0.98\nC,0.95,0.7,1.29\n"
    page = browser.new_page()
    page.goto(page_of_table(table, tmp_path).as_uri())
    assert page.locator(".xp-facts div", has_text="People").inner_text().split("\n")[-1] == "not stated"
    page.close()

"""Scripts of ``to_r`` run by R with metafor, over all data sets and many settings: R's numbers against ours.

Scripts of networks call netmeta. Here they run on ``netmeta_definition.R``, the functions that they call by their
definitions, so that what they hold and where they read a result is tried too; netmeta's own numbers are compared in
``test_reference_network.py``.

All scripts are run by one call of Rscript. Where R or metafor is not installed the tests are skipped.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from conftest import REFERENCE, numbers, reference, same

from tmsmeta import (
    begg,
    deeks,
    effects,
    egger,
    glmm,
    harbord,
    mantel_haenszel,
    meta_regression,
    network,
    network_from_contrasts,
    peters,
    peto,
    pool,
    subgroups,
    trim_and_fill,
)
from tmsmeta.effects import EffectSizes
from tmsmeta.models.counts import glmm_proportion, glmm_rate
from tmsmeta.networks import ZeroRule
from tmsmeta.pooling.heterogeneity import ESTIMATORS
from tmsmeta.pooling.profiles import PROFILES
from tmsmeta.robustness.sensitivity.r_script import cumulative_in_r, influence_in_r, leave_one_out_in_r
from tmsmeta.robustness.smallstudy import thompson_sharp
from tmsmeta.robustness.smallstudy.r_script import small_study_in_r

PAIRWISE = ("bcg", "nielweise2007", "hine1989", "collins1985b_pre", "li2007")
CLOSED = 1e-6  # asked of every number; rma's iterations are run to 1e-12, what is left is the rounding of both
SEARCH = 1e-4  # the optimiser of lme4 stops there (see test_reference_counts.py)
# Fits that lme4 leaves further off, and its standard errors of UM.RS, which come from finite differences.
EARLY = {"UM.FS li2007": 1e-3, "UM.FS nielweise2007": 1e-3, "UM.FS collins1985b_pre": 2e-4}
EARLY |= {"UM.RS bcg": 5e-3, "UM.RS collins1985b_pre": 5e-3, "UM.RS li2007": 1e-2}
# What a search finds; test statistic, p value and ratio follow from these.
FITTED = ("estimate", "standard error", "interval, lower limit", "interval, upper limit", "tau2")
HAS = ["Rscript", "-e", 'quit(status = !requireNamespace("clubSandwich", quietly = TRUE))']
CLUB_SANDWICH = shutil.which("Rscript") is not None and subprocess.run(HAS, capture_output=True).returncode == 0
LABELS = ['Émile "2001"', "back\\slash", "line\nend; stop()", "); quit()", "東京 \U0001f600", "#'", "$(x) `y`", "%d"]


def counts(name: str) -> dict[str, Any]:
    d = reference(f"pairwise_{name}")["data"]
    columns = {"events_t": "ai", "n_t": "n1i", "events_c": "ci", "n_c": "n2i"}
    return {ours: numbers(d[r]) for ours, r in columns.items()} | {"study": [str(s) for s in d["study"]]}


def binary(name: str, measure: str, **options: Any) -> EffectSizes:
    return effects.binary(measure, **counts(name), **options)


def continuous(measure: str) -> EffectSizes:
    d = reference("continuous_normand1999")["data"]
    return effects.continuous(measure, *(d[c] for c in ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")))


def one_arm(measure: str) -> EffectSizes:
    d = reference("proportion_debruin2009")["data"]
    return effects.proportion(measure, d["xi"], d["ni"])


def rates(measure: str) -> EffectSizes:
    d = reference("rate_hart1999")["data"]
    if measure in ("IRR", "IRD"):
        return effects.rate_ratio(measure, *(d[c] for c in ("x1", "t1", "x2", "t2")))
    return effects.rate(measure, d["x1"], d["t1"])


def bcg() -> tuple[EffectSizes, pd.DataFrame]:
    d = reference("metareg_bcg")["data"]
    study = [f"{label} & co" for label in range(len(d["yi"]))]
    return effects.generic(d["yi"], vi=d["vi"], measure="RR", study=study), pd.DataFrame(d)


def with_labels() -> EffectSizes:
    events = np.arange(1.0, 9.0)
    return effects.binary("RR", events, 20 * events, events + 2, 21 * events, study=LABELS)


def arms(name: str, **options: Any) -> Any:
    r = reference(f"network_{name}")
    chosen = {"measure": r["sm"], "reference": r["reference"], "better": "higher"} | options
    return network(r["arms"], **chosen)


def contrasts(name: str, **options: Any) -> Any:
    r = reference(f"network_{name}")
    columns = (r["data"][c] for c in ("study", "treat1", "treat2", "TE", "seTE"))
    return network_from_contrasts(*columns, reference=r["reference"], measure=r["sm"], better="lower", **options)


def labelled_network() -> Any:
    a, b, c, d = LABELS[:4]
    study = [LABELS[4], LABELS[4], LABELS[5], LABELS[5], "x", "x", "y", "y", "z", "z", "w", "w"]
    treatment = [a, b, a, b, b, c, a, c, a, d, a, d]
    events, n = [5, 7, 3, 9, 4, 8, 6, 6, 2, 5, 3, 8], [20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31]
    table = {"study": study, "treatment": treatment, "events": events, "n": n}
    return network(table, measure="OR", reference=a, better="lower", tau2=0.1)


def cases() -> dict[str, tuple[Callable[[], Any], float]]:
    """Name of each script, what makes the result, and how closely R must agree."""
    found: dict[str, tuple[Callable[[], Any], float]] = {}

    def case(name: str, make: Callable[[], Any], tolerance: float = CLOSED) -> None:
        found[name] = (make, tolerance)

    for name in PAIRWISE:
        for measure in ("OR", "RR", "RD", "AS"):
            case(f"{measure} {name}", lambda n=name, m=measure: pool(binary(n, m), prediction="t(k-1)"))
        case(f"PETO {name}", lambda n=name: pool(binary(n, "PETO", zero_cells="none"), tau2="DL", ci="z"))
        for profile in PROFILES:
            case(f"{profile} {name}", lambda n=name, p=profile: pool(binary(n, "OR"), profile=p))
        for rule in ("if0all", "all"):
            case(f"{rule} {name}", lambda n=name, r=rule: pool(binary(n, "RR", zero_cells=r, add=0.25)))
        for measure in ("OR", "RR", "RD"):
            case(f"MH {measure} {name}", lambda n=name, m=measure: mantel_haenszel(m, **counts(n)))
        for rule in ("only0", "if0all", "all"):
            case(
                f"MH {rule} {name}",
                lambda n=name, r=rule: mantel_haenszel("OR", **counts(n), correction=r, double_zero="drop", level=0.9),
            )
        case(f"Peto {name}", lambda n=name: peto(**counts(n)))
        for model in ("UM.FS", "UM.RS", "CM.AL"):
            tolerance = EARLY.get(f"{model} {name}", SEARCH)
            case(f"{model} {name}", lambda n=name, m=model: glmm(**counts(n), model=m), tolerance)
    for tau2 in ("FE", "DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM"):
        for ci in ("z", "t", "hksj", "hksj-adhoc", "hksj-iqwig6"):
            for name in ("bcg", "nielweise2007"):
                make = lambda n=name, t=tau2, c=ci: pool(binary(n, "RR"), tau2=t, ci=c, level=0.9)  # noqa: E731
                case(f"{tau2} {ci} {name}", make)
        for ci in ("z", "t", "hksj", "hksj-adhoc"):
            for formula in (
                "~ ablat",
                "~ ablat + year",
                "~ C(alloc)",
                "~ 0 + C(alloc)",
                "~ 1",
                "~ ablat + I(ablat**2)",
            ):
                case(
                    f"{formula} {tau2} {ci}",
                    lambda f=formula, t=tau2, c=ci: meta_regression(bcg()[0], f, bcg()[1], tau2=t, ci=c, level=0.99),
                )
        for common in (False, True):
            case(
                f"subgroups {tau2} {common}",
                lambda t=tau2, c=common: subgroups(
                    binary("bcg", "RR"), bcg()[1]["alloc"], tau2=t, ci="z", common_tau2=c
                ),
            )
    outer, (rows, data) = [i // 2 for i in range(13)], bcg()
    for kind in ("CR0", "CR1", *(("CR2",) if CLUB_SANDWICH else ())):
        case(f"pool {kind}", lambda k=kind: pool(rows, cluster=outer, robust=k))
        case(f"pool DL {kind}", lambda k=kind: pool(rows, tau2="DL", cluster=outer, robust=k, prediction="t(k-1)"))
        for formula in ("~ ablat", "~ C(alloc)"):
            make = lambda k=kind, f=formula: meta_regression(rows, f, data, cluster=outer, robust=k)  # noqa: E731
            case(f"{formula} {kind}", make)
        case(f"subgroups {kind}", lambda k=kind: subgroups(rows, data["alloc"], cluster=outer, robust=k))
    for ci in ("z", "t", "hksj", "hksj-adhoc", "hksj-iqwig6"):
        case(f"subgroups {ci}", lambda c=ci: subgroups(binary("bcg", "RR"), bcg()[1]["alloc"], ci=c))
    for prediction in ("z", "t(k-1)", "t(k-2)", "none"):
        for ci in ("z", "hksj"):
            for se in ("model", "wald"):
                case(
                    f"prediction {prediction} {ci} {se}",
                    lambda p=prediction, c=ci, s=se: pool(binary("bcg", "OR"), ci=c, prediction=p, prediction_se=s),
                )
    for measure in ("MD", "SMD", "SMDH", "ROM"):
        case(measure, lambda m=measure: pool(continuous(m)))
        case(f"{measure} PM", lambda m=measure: pool(continuous(m), tau2="PM", ci="z"))
    for measure in ("PR", "PLN", "PLO", "PAS", "PFT"):
        case(measure, lambda m=measure: pool(one_arm(m), ci="z"))
    for measure in ("IRR", "IRD", "IR", "IRLN", "IRS", "IRFT"):
        case(measure, lambda m=measure: pool(rates(m), tau2="PM"))
    for tau2 in ("FE", "DL", "ML", "REML", 0.07):
        # rma.mv ends its search where the likelihood changes by less than 1e-10, which leaves tau2 about 1e-6 off
        tolerance = 1e-5 if tau2 in ("ML", "REML") else CLOSED
        for name in ("linde2015_response_OR", "smoking_OR", "smoking_RR"):
            case(f"network {name} {tau2}", lambda n=name, t=tau2: arms(n, tau2=t), tolerance)
        case(f"network senn2013 {tau2}", lambda t=tau2: contrasts("senn2013", tau2=t), tolerance)
    for prediction in ("t(df-1)", "t(df)", "z"):
        case(f"network {prediction}", lambda p=prediction: contrasts("senn2013", ci="t", level=0.9, prediction=p))
    for measure in ("RD", "AS"):
        case(f"network {measure}", lambda m=measure: arms("smoking_OR", measure=m))
    case("network zero rule", lambda: arms("smoking_OR", zero=ZeroRule(apply="all", add=0.1)))
    case("network labels", labelled_network)
    case("GEN", lambda: pool(effects.generic([0.1, 0.3, 0.35, 0.65], se=[0.02, 0.3, 0.1, 0.2])))
    case("equal", lambda: pool(effects.generic([0.1, 0.1, 0.1], se=[0.02, 0.3, 0.1])))
    case("one study", lambda: pool(binary("bcg", "RR").subset(np.array([3])), ci="z"))
    case("labels", lambda: pool(with_labels()))
    case("labels of groups", lambda: subgroups(with_labels(), LABELS[:2] * 2 + LABELS[2:4] * 2))
    case("single groups", lambda: subgroups(with_labels(), ["a", "a", "a", "b", "c", "c", "c", "c"]))
    case(
        "single groups, common tau2",
        lambda: subgroups(with_labels(), ["a", "a", "a", "b", "c", "c", "c", "c"], common_tau2=True),
    )
    case(
        "treatment arm", lambda: pool(binary("nielweise2007", "OR", correction="treatment-arm", drop_double_zero=True))
    )
    case(
        "fractions",
        lambda: pool(effects.binary("RR", [3.5, 4, 9], [20, 30, 40], [6, 7.5, 8], [22, 31, 39], allow_fractional=True)),
    )
    case("given and counted", _combined)
    case(
        "a part of the studies",
        lambda: pool(binary("nielweise2007", "OR", zero_cells="if0all").subset(np.arange(4, 7))),
    )
    case("no estimate", lambda: pool(binary("nielweise2007", "OR", zero_cells="none")))
    case(
        "large tau2",
        lambda: pool(effects.generic([100.0, 4000.0, -900.0, 20.0], se=[30.0, 60.0, 50.0, 80.0]), tau2="PM"),
    )
    case("held tau2", lambda: subgroups(binary("bcg", "RR"), bcg()[1]["alloc"], common_tau2=True).pools["random"])
    robustness_cases(case)
    d = reference("proportion_debruin2009")["data"]
    case("PLO model", lambda: glmm_proportion(d["xi"], d["ni"]), SEARCH)
    h = reference("rate_hart1999")["data"]
    case("IRLN model", lambda: glmm_rate(h["x1"], h["t1"], ci="t"), SEARCH)
    return found


class Written(NamedTuple):
    """A script that is there already, for analyses whose result is a table."""

    script: str

    def to_r(self) -> str:
        """The script."""
        return self.script


def robustness_cases(case: Callable[..., None]) -> None:
    """Analyses of sensitivity and of small-study effects, by the spec of the pool behind them."""
    year = bcg()[1]["year"].tolist()
    specs: dict[str, dict[str, Any]] = {f"{t} hksj": {"tau2": t, "ci": "hksj"} for t in ESTIMATORS}
    specs |= {"FE z": {"tau2": "FE", "ci": "z"}, "PM z": {"tau2": "PM", "ci": "z"}}
    specs |= {c: {"ci": c} for c in ("t", "hksj-adhoc", "hksj-iqwig6")} | {"CR1": {"ci": "CR1"}}
    specs |= {name: {"profile": profile} for name, profile in PROFILES.items()}
    for label, spec in specs.items():
        rows = binary("bcg", "RR")
        if label == "CR1":
            rows = replace(rows, cluster=np.array([str(i // 2) for i in range(13)]))
        else:
            case(f"trim and fill {label}", lambda s=spec: trim_and_fill(binary("bcg", "RR"), side="right", **s))
        case(f"leave one out {label}", lambda e=rows, s=spec: Written(leave_one_out_in_r(e, **s)))
        case(f"cumulative {label}", lambda e=rows, s=spec: Written(cumulative_in_r(e, **s)))
        case(f"influence {label}", lambda e=rows, s=spec: Written(influence_in_r(e, **s)))
    for side in (None, "left", "right"):
        case(f"trim and fill {side}", lambda d=side: trim_and_fill(binary("nielweise2007", "OR"), side=d, level=0.9))
    case("cumulative by year", lambda: Written(cumulative_in_r(binary("bcg", "RR"), year, level=0.9)))
    # tau2 of the first three is much larger than that of all, where a search that is held to the latter ends nowhere
    wide = effects.generic([1.5, -0.8, 0.2, *[-0.09, 0.29] * 15], se=[0.5, 0.4, 0.6, *[0.2] * 30])
    case("cumulative with a small tau2 in the end", lambda: Written(cumulative_in_r(wide)))
    case("leave one of two out", lambda: Written(leave_one_out_in_r(binary("bcg", "RR").subset([0, 1]), ci="z")))
    for ci in ("z", "hksj-iqwig6"):
        case(
            f"a series of one study {ci}", lambda c=ci: Written(cumulative_in_r(binary("bcg", "RR").subset([0]), ci=c))
        )
    for name in PAIRWISE:
        for measure in ("OR", "RR"):
            for test in (egger, begg, harbord, peters, deeks):
                case(f"{test.__name__} {measure} {name}", lambda f=test, n=name, m=measure: f(binary(n, m)))
            case(
                f"R0 {measure} {name}", lambda n=name, m=measure: trim_and_fill(binary(n, m), estimator="R0", tau2="DL")
            )
        for tau2, ci in (("FE", "z"), ("REML", "z"), ("REML", "hksj"), ("DL", "t")):
            make = lambda n=name, t=tau2, c=ci: egger(binary(n, "OR"), "mixed", tau2=t, ci=c)  # noqa: E731
            case(f"mixed {tau2} {ci} {name}", make)
        case(f"Thompson {name}", lambda n=name: thompson_sharp(binary(n, "OR")))
        case(f"small studies {name}", lambda n=name: Written(_small_studies(binary(n, "RR"))))
    case("SMD egger", lambda: egger(continuous("SMD")))
    case("SMD leave one out", lambda: Written(leave_one_out_in_r(continuous("SMD"))))


def _small_studies(rows: EffectSizes) -> str:
    return small_study_in_r([test(rows) for test in (egger, begg, harbord, peters, deeks)], trim_and_fill(rows))


def _combined() -> Any:
    known = effects.generic([0.2, -0.4], se=[0.3, 0.2], measure="OR", study=["x", "y"])
    return pool(effects.combine(binary("nielweise2007", "OR"), known))


CASES = cases()

DRIVER = """
folder <- commandArgs(trailingOnly = TRUE)
suppressPackageStartupMessages(base::library(metafor))
sys.source(file.path(folder, "netmeta.txt"), envir = stand_in <- new.env())
for (file in list.files(folder, pattern = "[.]R$", full.names = TRUE)) {
    own <- new.env(parent = stand_in)
    failed <- tryCatch({
        utils::capture.output(suppressWarnings(source(file, local = own, encoding = "ASCII")))
        ""
    }, error = function(e) conditionMessage(e))
    out <- if (nzchar(failed)) data.frame(quantity = failed, tmsmeta = NA, R = NA, difference = NA) else own$comparison
    out$quantity <- gsub("[^ -~]", "?", enc2utf8(out$quantity), perl = TRUE)
    out[-1] <- lapply(out[-1], function(x) sprintf("%.17g", as.numeric(x)))
    utils::write.csv(out, sub("R$", "csv", file), row.names = FALSE)
}
"""


@pytest.fixture(scope="module")
def r_numbers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, str]]]:
    """The comparison that each script made, by the name of its case."""
    folder = tmp_path_factory.mktemp("scripts")
    if not metafor_is_there():
        pytest.skip("R with metafor and lme4 is not installed")
    definition = (REFERENCE / "netmeta_definition.R").read_text(encoding="ascii")
    there = "library <- function(...) NULL\nrequireNamespace <- function(...) TRUE"  # netmeta need not be
    (folder / "netmeta.txt").write_text(f"{there}\n{definition}", encoding="ascii")
    (folder / "driver.txt").write_text(DRIVER, encoding="ascii")
    for place, (make, _) in enumerate(CASES.values()):
        (folder / f"{place:04d}.R").write_text(make().to_r(), encoding="ascii")
    done = subprocess.run(
        ["Rscript", "--vanilla", str(folder / "driver.txt"), str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {name: _read(folder / f"{place:04d}.csv") for place, name in enumerate(CASES)}


def metafor_is_there() -> bool:
    if shutil.which("Rscript") is None:
        return False
    ask = "q(status = !all(c('metafor', 'lme4') %in% rownames(installed.packages())))"
    return subprocess.run(["Rscript", "--vanilla", "-e", ask], capture_output=True, check=False).returncode == 0


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", CASES)
def test_r_finds_what_we_found(name: str, r_numbers: dict[str, list[dict[str, str]]]) -> None:
    found, tolerance = r_numbers[name], CASES[name][1]
    alone = name == "a series of one study hksj-iqwig6"  # whose interval needs two
    assert len(found) > (0 if alone else 3), found
    known = {row["quantity"]: float(row["tmsmeta"]) for row in found}
    size = abs(known.get("estimate", 1.0)) + 2 * known.get("standard error", 0.0)
    for row in found:
        if tolerance > 1e-5 and row["quantity"] not in FITTED:
            continue
        # a limit may lie near 0 where estimate and standard error, of which it is made, do not
        limit = tolerance * size if "limit" in row["quantity"] else 1e-3 * tolerance
        same(float(row["R"]), float(row["tmsmeta"]), tolerance, what=row["quantity"], atol=limit)

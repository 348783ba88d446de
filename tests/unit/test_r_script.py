"""R scripts as text: quoting, what the first lines say, what is refused. R runs them in tests/reference."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from tmsmeta import (
    NoEquivalentError,
    __version__,
    begg,
    effects,
    egger,
    glmm,
    mantel_haenszel,
    network,
    network_from_contrasts,
    network_mh,
    pool,
    selection_model,
    trim_and_fill,
)
from tmsmeta.models.counts import beta_binomial
from tmsmeta.networks import ZeroRule
from tmsmeta.pooling.profiles import PROFILES
from tmsmeta.robustness.sensitivity.r_script import cumulative_in_r, influence_in_r, leave_one_out_in_r
from tmsmeta.robustness.smallstudy.r_script import small_study_in_r
from tmsmeta.words import r_script

COUNTS = ([1, 4, 0, 7], [20, 30, 25, 40], [5, 6, 3, 9], [21, 33, 24, 41])
STUDY = ['A "b" \\', "x\ny <- quit()", "\x00", "東京"]


def comments(script: str) -> str:
    """The comments of a script without their line ends."""
    return " ".join(line[2:] for line in script.splitlines() if line.startswith("# "))


def test_texts_are_quoted_so_that_nothing_ends_them() -> None:
    assert r_script.text('a"b\\c') == r'"a\"b\\c"'
    assert r_script.text("a\nb\tc") == r'"a\u000ab\u0009c"'
    assert r_script.text("é東\U0001f600") == r'"\u00e9\u6771\U0001f600"'
    assert r_script.text("\x00\ud800") == r'"\ufffd\ufffd"'


@pytest.mark.parametrize("value", [0.1, 1 / 3, -1e-300, 123456789.123456789, 2.0**70, 5e-324, -0.0, 1e15, 17.0])
def test_numbers_keep_every_digit(value: float) -> None:
    assert float(r_script.number(value)) == value


def test_numbers_that_are_none() -> None:
    assert [r_script.number(x) for x in (np.nan, np.inf, -np.inf, 3.0)] == ["NA", "Inf", "-Inf", "3"]


def test_a_label_in_a_comment_stays_in_it() -> None:
    assert r_script.comment("a\nquit()\r\u2028é") == ["# a quit() \\xe9"]
    long = r_script.comment("word " * 60)
    assert len(long) > 1
    assert all(line.startswith("# ") and len(line) <= 110 for line in long)


def test_long_vectors_wrap() -> None:
    lines = r_script.vector(np.arange(200) / 7).splitlines()
    assert all(len(line) <= 110 for line in lines)
    values = re.findall(r"[\d.]+", " ".join(lines))
    assert [float(v) for v in values] == (np.arange(200) / 7).tolist()


def test_the_first_lines_name_version_and_packages() -> None:
    script = pool(effects.binary("OR", *COUNTS, study=STUDY)).to_r()
    assert script.isascii()
    first = script.splitlines()[:4]
    assert first[0].startswith(f"# Made by tmsmeta {__version__} (Python): a pooled odds ratio of 4 studies")
    assert '# install.packages(c("metafor"))' in first
    model = glmm(*COUNTS, model="CM.EL").to_r()
    assert '# install.packages(c("metafor", "BiasedUrn"))' in model


def test_the_script_says_what_was_left_out_and_what_r_cannot_do() -> None:
    none = effects.binary(
        "OR", [1, 0, 4], [20, 30, 40], [5, 0, 6], [21, 33, 44], study=["a", "b", "c"], zero_cells="none"
    )
    assert "# Left out: b: zero cells without a correction" in pool(none).to_r()
    made = replace(effects.binary("OR", *COUNTS), treated="drug", comparator="sham", notes=("Arms were\nadded up.",))
    for result in (pool(made), replace(mantel_haenszel("OR", *COUNTS), effects=made)):
        assert "Effects are drug against sham. Arms were added up." in comments(result.to_r())
    uneven = effects.binary("OR", *COUNTS, correction="treatment-arm")
    script = pool(uneven).to_r()
    assert "escalc has no rule that adds to the same cells" in script
    assert "added_t = c(0, 0, 0.5102040816326531, 0)" in script
    quadrature = glmm(*COUNTS, model="UM.RS", integration="quadrature").to_r()
    assert "lme4 has quadrature for one random effect only" in comments(quadrature)


def test_the_rule_for_zero_cells_is_that_of_escalc_where_it_can_be() -> None:
    script = pool(effects.binary("RR", *COUNTS, zero_cells="if0all", add=0.1)).to_r()
    assert 'add = 0.1, to = "if0all")' in script
    assert "added_t" not in script
    assert "events_t = c(1, 4, 0, 7)" in script


def test_a_statistic_that_does_not_exist_is_said_and_not_compared() -> None:
    script = pool(effects.binary("RR", [3, 4], [20, 20], [6, 5], [20, 20])).to_r()
    assert "prediction interval, lower limit: not assessable: needs at least 3 studies, got 2." in script


def test_mantel_haenszel_hands_the_correction_to_the_pooled_table_only() -> None:
    script = mantel_haenszel("RR", *COUNTS, correction="all", add=0.2).to_r()
    assert 'add = c(0.5, 0.2), to = c("only0", "all"), drop00 = c(TRUE, FALSE)' in script


def test_what_has_no_equal_is_refused() -> None:
    with pytest.raises(NoEquivalentError, match=r"metafor does not have it\. For proportions glmm_proportion"):
        beta_binomial(*COUNTS[:2]).to_r()
    with pytest.raises(NoEquivalentError, match=r"SelectionModel has no R script\. The results of pool, subgroups"):
        selection_model(effects.generic([0.1, 0.3, 0.5, 0.2, 0.6, -0.3], se=[0.1, 0.2, 0.3, 0.2, 0.1, 0.3])).to_r()


def test_scripts_of_sensitivity_say_what_r_has_no_equal_of() -> None:
    rows = effects.binary("OR", *COUNTS, study=list("abcd"), zero_cells="none")
    script = leave_one_out_in_r(rows, ci="hksj-iqwig6")
    assert "leave1out() of metafor has no such setting; the script pools the studies anew" in comments(script)
    assert "Left out: c:" in comments(script)
    clustered = replace(effects.binary("OR", *COUNTS), cluster=np.array(list("aabb")))
    assert "cumul() of metafor takes no cluster-robust fit" in comments(cumulative_in_r(clustered, ci="CR1"))
    assert "influence() of metafor has no interval of this kind" in comments(influence_in_r(rows, ci="hksj-iqwig6"))
    centred = influence_in_r(effects.binary("OR", *COUNTS), profile=PROFILES["REVMAN5"])
    assert "influence() of metafor cannot take Q around the Mantel-Haenszel estimate" in comments(centred)
    assert "A single study makes no series of pools." in comments(leave_one_out_in_r(rows.subset([0]), ci="z"))


def test_a_script_of_small_studies_holds_the_data_once_and_says_what_is_missing() -> None:
    rows = effects.binary("OR", *COUNTS)
    tests = [egger(rows), begg(rows), egger(rows.subset([0, 1]))]
    script = small_study_in_r(tests, trim_and_fill(rows, tau2="DL"))
    assert script.count("dat <- data.frame(") == 1
    assert "Egger's regression test: not assessable: needs at least 3 studies, got 2." in comments(script)
    assert "regtest(" in script
    assert "ranktest(" in script
    assert "trimfill(" in script


ARMS = {
    "study": ["1", "1", "2", "2", "3", "3", "3"],
    "treatment": ["drug", "sham", "drug", "sham", "drug", "other", "sham"],
    "events": [8, 3, 9, 0, 7, 6, 4],
    "n": [20, 21, 25, 24, 30, 31, 29],
}


def test_a_network_of_arms_goes_through_pairwise_and_netmeta() -> None:
    script = network(ARMS, measure="RR", reference="sham", better="higher", level=0.9).to_r()
    call = 'pairwise(treat = treatment, event = events, n = n, studlab = study, data = arms, sm = "RR", incr = 0.5)'
    assert f"p <- {call}" in script
    assert (
        'net <- netmeta(TE, seTE, treat1, treat2, studlab, data = p, sm = "RR", common = FALSE, random = TRUE, '
        'reference.group = "sham", method.tau = "DL", level.ma = 0.9)'
    ) in script
    assert 'one(net$TE.random["drug", "sham"]),' in script
    assert 'one(net$TE.random["drug", "sham"] + qnorm(0.95) * net$seTE.random["drug", "sham"]),' in script


def test_a_network_with_another_zero_rule_or_contrasts_holds_estimates() -> None:
    script = network(ARMS, measure="RR", reference="sham", better="higher", zero=ZeroRule(convention="metafor")).to_r()
    assert "pairwise() has no equal of this rule" in comments(script)
    assert "p <- data.frame(" in script
    names = ("study", "treat1", "treat2", "yi", "se")
    rows = (
        ["a", "b", "b", "b"],
        ["x", "x", "x", "y"],
        ["s", "y", "s", "s"],
        [1, 0.3, 0.9, 0.5995],
        [0.2, 0.3, 0.3, 0.3],
    )
    rounded = network_from_contrasts(
        **dict(zip(names, rows, strict=True)), reference="s", better="lower", tau2="FE"
    ).to_r()
    assert 'sm = "", common = TRUE, random = FALSE, reference.group = "s", level.ma = 0.95)' in rounded
    assert "net$TE.common" in rounded
    missed = (*rows[:3], [1, 0.3, 0.9, 0.595], *rows[4:])
    script = network_from_contrasts(
        **dict(zip(names, missed, strict=True)), reference="s", better="lower", tau2=0.1
    ).to_r()
    assert "tau.preset = sqrt(0.1), level.ma = 0.95, tol.multiarm = 0.00505" in script


def test_a_mantel_haenszel_network_holds_its_trials() -> None:
    script = network_mh(ARMS, reference="sham", better="higher").to_r()
    assert 'study = c("1", "1", "2", "2", "3", "3", "3")' in script
    assert 'net <- netmetabin(p, method = "MH", cc.pooled = FALSE, reference.group = "sham")' in script
    assert "Designs with three or more arms" in script


def test_ml_and_reml_come_from_metafor() -> None:
    script = network(ARMS, measure="RR", reference="sham", better="higher", tau2="REML").to_r()
    assert '# install.packages(c("metafor", "netmeta"))' in script
    assert "tau.preset = sqrt(mv$tau2)" in script


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="there is no R")
def test_a_package_that_is_missing_is_named_in_a_sentence() -> None:
    script = network(ARMS, measure="RR", reference="sham", better="higher", tau2="REML").to_r()
    code = f"requireNamespace <- function(...) FALSE\n{script}"
    ran = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=False)
    assert ran.returncode != 0
    assert "Error: This script needs R packages that are not there: metafor, netmeta." in ran.stderr
    assert "Get them with install.packages() and run it again." in ran.stderr

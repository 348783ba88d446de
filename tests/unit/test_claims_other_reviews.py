"""Claims of other reviews: fewer events are better, odds ratios, other raters, labels and rules of pooling.

The folders are those of ``examples/``, and copies of them in which one thing is changed. What a figure must be is
computed by the pooling and the network themselves, so that only the way from protocol to verdict is under test.
"""

from __future__ import annotations

import csv
import math
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import same

import tmsmeta as tm
from tmsmeta.review import read_evidence
from tmsmeta.review.claims import Finding, check_claims
from tmsmeta.review.claims.checks import pooled
from tmsmeta.review.claims.model import Recomputed

EXAMPLES = Path(__file__).parents[2] / "examples"
CLAIMS = ("claim_id", "statement", "quantity", "quoted_low", "quoted_high", "unit", "cited_source", "check", "evidence",
          "parameters", "what_the_sources_show")  # fmt: skip
Change = Callable[[dict[str, str]], Mapping[str, str]]


def rewritten(path: Path, change: Change) -> None:
    """Change cells of a table, row by row."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{**row, **change(row)} for row in csv.DictReader(file)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


class Folder:
    """A copy of an example that a test may change."""

    def __init__(self, place: Path, name: str) -> None:
        self.place = place / name
        shutil.copytree(EXAMPLES / name, self.place)
        self.protocol = (self.place / "review.toml").read_text(encoding="utf-8")

    def say(self, old: str, new: str) -> None:
        """Change the protocol."""
        assert old in self.protocol
        self.protocol = self.protocol.replace(old, new)
        (self.place / "review.toml").write_text(self.protocol, encoding="utf-8")

    def check(self, **cells: Any) -> Finding:
        """The finding on one claim."""
        row = (
            dict.fromkeys(CLAIMS, "") | {"claim_id": "x", "statement": "Text", "quantity": "q", "unit": "ratio"} | cells
        )
        path = self.place / "one_claim.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(row))
            writer.writeheader()
            writer.writerow(row)
        (finding,) = check_claims(path, read_evidence(self.place))
        path.unlink()
        return finding

    def pool(self, **choices: Any) -> Any:
        """What the review pools."""
        return tm.read_review(self.place).pool(**choices)


@pytest.fixture
def bcg(tmp_path: Path) -> Folder:
    return Folder(tmp_path, "bcg")


@pytest.fixture
def smoking(tmp_path: Path) -> Folder:
    return Folder(tmp_path, "smoking")


def limits(finding: Finding) -> tuple[float, float, float]:
    main = finding.main
    assert main is not None
    assert main.low is not None
    assert main.high is not None
    assert isinstance(main.value, float)
    return main.value, main.low, main.high


def test_fewer_events_can_be_the_benefit(bcg: Folder) -> None:
    """A pooled risk ratio of 0.49 (0.33 to 0.73) bears out that a vaccine helps; of cures it would not."""
    benefit = bcg.check(check="pooled_ratio", evidence="arms:tuberculosis")
    assert benefit.verdict == "reproduced"
    assert "0.489 times as often" in benefit.patient
    rewritten(bcg.place / "outcomes.csv", lambda row: {"better": "higher"})
    bcg.say('better = "lower"', 'better = "higher"')
    assert bcg.check(check="pooled_ratio", evidence="arms:tuberculosis").verdict == "differs"


def still_smoking(smoking: Folder) -> None:
    """Count those who did not stop: every odds ratio is turned round, and fewer is better."""
    rewritten(smoking.place / "arms.csv", lambda row: {"events": str(int(row["n"]) - int(row["events"]))})
    rewritten(smoking.place / "outcomes.csv", lambda row: {"better": "lower"})
    smoking.say('better = "higher"', 'better = "lower"')


def test_a_rank_follows_the_direction_of_its_outcome(smoking: Folder) -> None:
    claim = {"check": "network_rank", "evidence": "arms:cessation", "parameters": "node=group", "unit": "rank"}
    before = smoking.check(**claim)
    still_smoking(smoking)
    after = smoking.check(**claim)
    assert before.verdict == after.verdict == "holds only under"
    value, low, high = limits(before)
    for turned, straight in zip(limits(after), (value, high, low), strict=True):
        same(turned, 1 / straight, 1e-9)  # the same fit but for rounding: log odds with their signs turned
    assert "odds 2.38 times as high" in before.patient
    assert "rank 1 of 4" in before.statistician
    assert "rank 1 of 4" in after.statistician


def test_the_worst_treatment_of_a_network_is_said_to_be_the_worst(smoking: Folder) -> None:
    """No contact is beaten by individual counselling, whichever way the outcome is counted."""
    claim = {"check": "network_rank", "evidence": "arms:cessation", "unit": "rank", "parameters": "node=no_contact"}
    smoking.say('[network]\nreference = "no_contact"', '[network]\nreference = "self_help"')
    before = smoking.check(**claim)
    still_smoking(smoking)
    after = smoking.check(**claim)
    assert before.verdict == after.verdict == "differs"
    assert (
        before.headline == after.headline == "Group counselling and Individual counselling did better than No contact"
    )


@pytest.mark.parametrize("measure", ["RR", "OR"])
def test_the_main_measure_of_the_protocol_is_pooled(bcg: Folder, measure: str) -> None:
    bcg.say('measure = "RR"\nfurther_measures = ["OR", "RD"]', f'measure = "{measure}"')
    finding = bcg.check(check="pooled_ratio", evidence="arms:tuberculosis")
    pooled = bcg.pool()
    assert limits(finding) == (pooled.ratio, *pooled.ratio_ci)
    words = {"RR": "risk ratio, REML, Hartung-Knapp", "OR": "odds ratio, REML, Hartung-Knapp"}
    assert finding.main is not None
    assert finding.main.method == words[measure]
    assert ("times as often" in finding.patient) == (measure == "RR")
    assert ("odds 0.475 times as high" in finding.patient) == (measure == "OR")
    assert finding.spec["measure"] == measure


def test_a_claim_may_name_its_measure(bcg: Folder) -> None:
    finding = bcg.check(check="pooled_ratio", evidence="arms:tuberculosis", parameters="measure=PETO")
    assert finding.main is not None
    assert finding.main.method == "Peto odds ratio, REML, Hartung-Knapp"
    assert limits(finding)[0] == bcg.pool(measure="PETO").ratio


def test_the_model_and_the_zero_cell_rule_are_those_of_the_protocol(bcg: Folder) -> None:
    claim = {"check": "pooled_ratio", "evidence": "arms:tuberculosis"}
    before = bcg.check(**claim)
    bcg.say('further_measures = ["OR", "RD"]', 'zero_cells = "all"')
    bcg.say('tau2 = "REML"\nci = "hksj"', 'tau2 = "DL"\nci = "z"\nlevel = 0.9')
    finding, pooled = bcg.check(**claim), bcg.pool()
    assert limits(finding) == (pooled.ratio, *pooled.ratio_ci)
    assert limits(finding) != limits(before)
    assert (finding.spec["tau2"], finding.spec["interval"], finding.spec["level"]) == ("DL", "Wald", 0.9)
    assert finding.main is not None
    assert finding.main.method == "risk ratio, DL, Wald"
    assert "(90% interval " in finding.main.text()


def test_a_review_on_differences_must_name_the_ratio_it_means(bcg: Folder) -> None:
    bcg.say('measure = "RR"\nfurther_measures = ["OR", "RD"]', 'measure = "RD"')
    with pytest.raises(tm.EvidenceError, match="must give measure as one of RR, OR, PETO"):
        bcg.check(check="pooled_ratio", evidence="arms:tuberculosis")
    named = bcg.check(check="pooled_ratio", evidence="arms:tuberculosis", parameters="measure=RR")
    assert named.verdict == "reproduced"


PAIR = {"check": "ratio_of_printed", "evidence": "cohorts:madras_vaccinated;cohorts:madras_control"}


@pytest.mark.parametrize(
    ("vaccinated", "verdict", "where"),
    [
        (300, "reproduced", "all below 1"),
        (499, "differs", "none below 1"),
        (480, "cannot be recomputed", "below 1, but"),
    ],
)
def test_pairs_follow_the_direction_of_the_outcome_they_count(
    bcg: Folder, vaccinated: int, verdict: str, where: str
) -> None:
    """499 of 88,391 without the vaccine; 480 with it is 0.96 (0.85 to 1.09), 300 is 0.60 (0.52 to 0.69)."""
    rewritten(
        bcg.place / "cohorts.csv",
        lambda row: {"events": str(vaccinated)} if row["cohort_id"] == "madras_vaccinated" else {},
    )
    finding = bcg.check(**PAIR)
    assert finding.verdict == verdict
    assert where in finding.headline


def test_a_direction_is_never_guessed(bcg: Folder) -> None:
    rewritten(bcg.place / "cohorts.csv", lambda row: {"measure": "scars", "events": "300"})
    with pytest.raises(tm.EvidenceError, match="must say better=higher or better=lower"):
        bcg.check(**PAIR)
    rewritten(
        bcg.place / "cohorts.csv", lambda row: {"events": "800"} if row["cohort_id"] == "madras_vaccinated" else {}
    )
    assert bcg.check(**PAIR, parameters="better=higher").verdict == "reproduced"
    assert bcg.check(**PAIR, parameters="better=lower").verdict == "differs"


def test_raters_are_those_of_the_protocol(bcg: Folder) -> None:
    rewritten(bcg.place / "cohorts.csv", lambda row: {"sample": row["sample"], "design": "trial"})
    claim = {
        "check": "range_of_samples", "evidence": "cohorts:madras_vaccinated", "unit": "percent", "quoted_low": "0",
        "quoted_high": "1", "parameters": "rater=read by two physicians",
    }  # fmt: skip
    with pytest.raises(tm.EvidenceError, match=r"must give rater as one that claims\.raters of review\.toml has: none"):
        bcg.check(**claim)
    table = bcg.place / "cohorts.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([f"{lines[0]},scale", *(f"{line},Chest film" for line in lines[1:])]), encoding="utf-8")
    bcg.say(
        "[pooling]",
        '[claims.raters]\n"read by two physicians" = ["Chest film"]\n"self-reported" = ["Diary"]\n\n[pooling]',
    )
    finding = bcg.check(**claim)
    assert finding.verdict == "reproduced"
    assert finding.rows[0].says.endswith("rated on Chest film (read by two physicians)): 505 of 88,391")
    other = bcg.check(**claim | {"parameters": "rater=self-reported"})
    assert other.verdict == "holds only under"
    assert "Not self-reported throughout: TPT Madras 1980." in other.patient


def test_treatments_that_only_a_review_has_are_called_what_the_protocol_says(bcg: Folder) -> None:
    claim = {"check": "pooled_ratio", "evidence": "arms:tuberculosis;published:cid2000"}
    rewritten(bcg.place / "published.csv", lambda row: {"comparison": "bcg_any vs no_vaccine"})
    assert "(bcg any against no vaccine)" in bcg.check(**claim).statistician
    bcg.say("[pooling]", '[published.labels]\nbcg_any = "any strain of BCG"\n\n[pooling]')
    assert "(any strain of BCG against no vaccine)" in bcg.check(**claim).statistician


def test_quoted_percentages_are_set_against_the_printed_ratio_in_the_words_of_the_review(bcg: Folder) -> None:
    """0.4 and 1.2% make a third; with the printed 0.5, 0.4 would mean 0.8 without the vaccine, 1.2 would mean 0.6."""
    bcg.say('label = "BCG vaccine"', 'label = "Any BCG"\ncontrol_label = "No BCG"')
    finding = bcg.check(
        check="ratio_consistency", evidence="published:cid2000", cited_source="Clin 2000", quoted_low="0.33",
        quoted_high="0.33", statement="0.4 against 1.2%", parameters="active=0.4@statement;control=1.2@statement",
    )  # fmt: skip
    assert finding.verdict == "differs"
    means = (
        "0.4% with any BCG would mean 0.800% with no BCG (0.4 / 0.500), and 1.2% with no BCG would mean 0.600% with "
        "any BCG (1.2 x 0.500)"
    )
    for text in (finding.patient, finding.statistician):
        assert "0.33" in text
        assert "0.500" in text
        assert means in text
    assert finding.spec["printed ratio"] == 0.5
    same(finding.spec["quoted ratio"], 1 / 3, 1e-12)  # one division
    same(finding.spec["implied control percent"], 0.8, 1e-12)
    same(finding.spec["implied active percent"], 0.6, 1e-12)


GROUP = {"check": "network_ratio", "evidence": "arms:cessation;published:netmeta_group_individual"}


@pytest.mark.parametrize(
    ("node", "against", "quoted", "verdict"),
    [
        ("group", "no_contact", "2.38", "reproduced"),  # printed by two programs: 2.38 (1.15 to 4.94)
        ("group", "no_contact", "5.0", "differs"),
        ("group", "no_contact", "", "reproduced"),
        ("no_contact", "group", "", "differs"),
        ("group", "individual", "1.17", "reproduced"),  # 1.17 (0.59 to 2.34)
        ("group", "individual", "", "differs"),
    ],
)
def test_ratio_of_two_treatments_in_the_network(
    smoking: Folder, node: str, against: str, quoted: str, verdict: str
) -> None:
    parameters = f"node={node};against={against}"
    finding = smoking.check(**GROUP, parameters=parameters, quoted_low=quoted, quoted_high=quoted)
    assert finding.verdict == verdict
    net = tm.read_review(smoking.place).network(lumping="none").net
    cells = [math.exp(frame.loc[node, against]) for frame in (net.estimates, net.ci_low, net.ci_high)]
    assert list(limits(finding)) == cells
    assert "1.17 (95% interval 0.590 to 2.34)" in finding.statistician
    still_smoking(smoking)
    turned = f"{1 / float(quoted):.3f}" if quoted else ""
    assert smoking.check(**GROUP, parameters=parameters, quoted_low=turned, quoted_high=turned).verdict == verdict


def test_a_network_without_the_treatment_says_so(smoking: Folder) -> None:
    with (smoking.place / "arms.csv").open(encoding="utf-8", newline="") as file:
        of_group = {row["trial_id"] for row in csv.DictReader(file) if row["treatment"] == "group"}
    rewritten(smoking.place / "arms.csv", lambda row: {"tier": "E"} if row["trial_id"] in of_group else {})
    finding = smoking.check(**GROUP, parameters="node=group;against=individual")
    assert finding.verdict == "cannot be recomputed"
    assert finding.missing == ("smoking cessation: no trial of Group counselling",)


def test_a_ratio_in_a_network_needs_two_treatments_and_a_ratio(smoking: Folder) -> None:
    with pytest.raises(tm.EvidenceError) as caught:
        smoking.check(**GROUP, parameters="node=group;against=group;measure=RD")
    assert "must name two different treatments" in str(caught.value)
    assert "must give measure as one of RR, OR for network_ratio" in str(caught.value)
    with pytest.raises(tm.EvidenceError, match="must name a treatment as against=NAME, one of group, individual"):
        smoking.check(**GROUP, parameters="node=group;against=leaflet")


@pytest.mark.parametrize(
    ("parameters", "unit", "right", "wrong"),
    [
        ("statistic=i2", "percent", "92.2", "50.0"),
        ("statistic=tau2", "", "0.313", "0.1"),
        ("statistic=r2;formula=~ latitude", "percent", "75.6", "41"),
    ],
)
def test_quoted_heterogeneity(bcg: Folder, parameters: str, unit: str, right: str, wrong: str) -> None:
    """The figures are those of R metafor 3.8-1 on the same counts, see examples/bcg/README.md."""
    claim = {
        "check": "pooled_statistic",
        "evidence": "arms:tuberculosis",
        "parameters": parameters,
        "unit": unit or "log",
    }
    found = bcg.check(**claim, quoted_low=right, quoted_high=right)
    assert found.verdict == "reproduced"
    assert "13 trials" in found.statistician
    differs = bcg.check(**claim, quoted_low=wrong, quoted_high=wrong)
    assert differs.verdict == "differs"
    assert differs.difference is not None
    assert (differs.difference.direction == "lower") == (float(wrong) < float(right))


def test_heterogeneity_of_one_trial_cannot_be_recomputed(bcg: Folder) -> None:
    arms = bcg.place / "arms.csv"
    lines = arms.read_text(encoding="utf-8").splitlines()
    arms.write_text(
        "\n".join([lines[0], *(line for line in lines if line.startswith("aronson1948"))]), encoding="utf-8"
    )
    finding = bcg.check(
        check="pooled_statistic", evidence="arms:tuberculosis", parameters="statistic=i2", unit="percent",
        quoted_low="92", quoted_high="92",
    )  # fmt: skip
    assert finding.verdict == "cannot be recomputed"
    assert finding.missing == ("trials that give I2 of tuberculosis: needs at least 2 studies, got 1",)


def test_a_percentage_of_active_arms_leaves_other_arms_out(smoking: Folder) -> None:
    """With two kinds of counselling active, self-help is neither active nor the control."""
    smoking.say('control = "no_contact"', 'control = "no_contact"\nactive = ["individual", "group"]')
    arms = read_evidence(smoking.place).arms
    for arm, nodes in (("active", ("individual", "group")), ("control", ("no_contact",))):
        found = smoking.check(
            check="pooled_proportion", evidence="arms:cessation", unit="percent", quoted_low="10", quoted_high="10",
            parameters=f"arm={arm}",
        )  # fmt: skip
        compared = set(arms.loc[arms["treatment"].isin(["individual", "group"]), "trial_id"])
        chosen = arms[arms["treatment"].isin(nodes) & arms["trial_id"].isin(compared)]
        assert found.main is not None
        assert found.main.counts == f"{chosen['events'].sum():,} of {chosen['n'].sum():,} in {len(chosen)} arms"


def test_an_outcome_without_trials_is_missing_from_a_pooled_ratio(bcg: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = {"check": "pooled_ratio", "evidence": "arms:tuberculosis"}
    assert bcg.check(**claim).missing == ()
    none = Recomputed(label="x", value=tm.NotAssessable("risk ratio", "no trial at hand compares them"), unit="ratio")
    monkeypatch.setattr(pooled, "_ratio", lambda *_: (none, []))
    found = bcg.check(**claim)
    assert found.verdict == "cannot be recomputed"
    assert found.missing == ("trials with tuberculosis",)

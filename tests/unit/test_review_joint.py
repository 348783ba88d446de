"""Outcomes of a review pooled together: asked for by the protocol, said in every output."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tmsmeta as tm
from tmsmeta import NotAssessable
from tmsmeta.report.schema import results_schema
from tmsmeta.report.typesetting import typeset
from tmsmeta.review.protocol_reader import protocol_from
from tmsmeta.words.signs import typographic


@pytest.fixture(scope="module")
def shipped():
    return tm.load_review().run()


def test_the_shipped_review_pools_response_and_remission_together(shipped):
    found = shipped.joint
    direct = tm.joint(
        {outcome: tm.load_review().effects(outcome) for outcome in ("response", "remission")},
        nested=("response", "remission"),
    )
    np.testing.assert_allclose(found.joint.estimate, direct.estimate, rtol=1e-10)
    assert found.joint.effects.reported.sum(axis=0).tolist() == [17, 8]
    # every value of the sensitivity analysis is a model of its own, and none is more likely
    assert list(found.held) == [0.0, 0.5, 0.9]
    assert all(h.log_likelihood <= found.joint.log_likelihood + 1e-8 for h in found.held.values())


def test_results_json_holds_it_as_its_schema_says(shipped):
    jsonschema = pytest.importorskip("jsonschema")
    plain = json.loads(json.dumps(shipped.to_dict(), allow_nan=False))
    jsonschema.validate(plain, results_schema())
    assert plain["joint"]["joint"]["outcomes"] == ["response", "remission"]
    del plain["joint"]["joint"]["borrowing"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain, results_schema())


def test_page_and_summary_say_the_same_sentences(shipped):
    from tmsmeta.report.page import html_report
    from tmsmeta.report.summary import summary

    page, text = html_report(shipped), summary(shipped)
    for sentence in shipped.joint.gains():
        assert typeset(f"<p>{sentence}</p>")[3:-4] in page
        assert sentence in text
    assert "Response and remission together" in page


def test_the_networks_of_the_shipped_review_are_fitted_together(shipped):
    found = shipped.joint_network
    nets = {outcome: shipped.network(outcome).net for outcome in ("response", "remission")}
    direct = tm.joint_network(nets, nested=("response", "remission"))
    np.testing.assert_allclose(found.joint.beta, direct.beta, rtol=1e-10)
    assert list(found.held) == [0.0, 0.5, 0.9]
    assert all(h.log_likelihood <= found.joint.log_likelihood + 1e-8 for h in found.held.values())
    assert list(found.between["parameter"]) == ["tau2 response", "tau2 remission", "correlation response, remission"]
    ranking = found.ranking.set_index("treatment")
    for outcome, net in nets.items():
        own = tm.rank(direct.outcome(outcome)).frame.set_index("treatment")
        assert ranking[f"trials {outcome}"].to_dict() == own["trials"].to_dict()
        assert set(ranking.index) == set(net.treatments)


def test_results_page_summary_and_table_hold_the_joint_ranking(shipped, tmp_path):
    from tmsmeta.report.page import html_report
    from tmsmeta.report.result_files import tables_of
    from tmsmeta.report.summary import summary

    jsonschema = pytest.importorskip("jsonschema")
    plain = json.loads(json.dumps(shipped.to_dict(), allow_nan=False))
    assert plain["joint_network"]["sentences"] == shipped.joint_network.sentences()
    page, text = html_report(shipped), summary(shipped)
    for sentence in shipped.joint_network.sentences():
        assert typeset(f"<p>{sentence}</p>")[3:-4] in page
        assert typographic(sentence) in text
    first = shipped.joint_network.ranking.iloc[0]
    shown = f"{np.exp(first['estimate response']):.2f} ({np.exp(first['ci_low response']):.2f} to"
    assert f"| {shown}" in text
    assert shown in page
    assert len(tables_of(shipped)["joint_ranking"]) == len(shipped.joint_network.ranking)
    del plain["joint_network"]["joint"]["effects"][0]["ci_low"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain, results_schema())


def test_what_cannot_be_fitted_together_is_said(shipped):
    """One of the outcomes is not in the run: neither model stands, and page and summary say why."""
    from tmsmeta.report.page import html_report
    from tmsmeta.report.summary import summary

    result = tm.load_review().run(outcomes=("response",))
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(json.loads(json.dumps(result.to_dict(), allow_nan=False)), results_schema())
    assert result.joint_network.reason == "needs a network of every outcome; remission: it has none"
    for text in (html_report(result), summary(result)):
        assert "not assessable: remission has no pooled effect in this run." in text
        assert "not assessable: needs a network of every outcome; remission: it has none." in text


def test_a_correlation_that_the_protocol_assumes_stands_in_place_of_counts(shipped):
    from tmsmeta.review.joint_network import joint_network_of
    from tmsmeta.review.protocol import Joint

    asked = Joint(outcomes=("response", "remission"), correlation=0.6, between=())
    nets = {outcome: shipped.network(outcome) for outcome in asked.outcomes}
    found = joint_network_of(asked, nets, shipped.spec)
    assert "a correlation of 0.6" in found.joint.within
    assert not found.held
    assert not any("held at" in sentence for sentence in found.sentences())
    nets["remission"] = NotAssessable("network of remission", "the trials fall apart")
    assert joint_network_of(asked, nets, shipped.spec).reason.endswith("remission: the trials fall apart")


def test_a_review_that_does_not_ask_has_no_such_section():
    review = tm.read_review("examples/bcg")
    result = review.run()
    assert isinstance(result.joint, NotAssessable)
    assert isinstance(result.joint_network, NotAssessable)
    from tmsmeta.report.page import html_report

    assert "joint-heading" not in html_report(result)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            {"outcomes": ["a", "b"], "nested": True, "correlation": 0.5},
            "must be left out where the outcomes are nested",
        ),
        ({"outcomes": ["a", "b"], "correlation": 2.0}, "must lie between -1 and 1"),
        ({"outcome": ["a", "b"]}, "outcomes"),
    ],
)
def test_faults_of_the_protocol_name_the_key(asked, words):
    _, issues = protocol_from({"joint": asked})
    assert any(words in str(issue) and "joint" in str(issue) for issue in issues), issues


def test_outcomes_that_the_tables_do_not_hold_are_refused(tmp_path):
    import shutil

    folder = tmp_path / "review"
    shutil.copytree("examples/bcg", folder)
    with (folder / "review.toml").open("a", encoding="utf-8") as file:
        file.write('\n[joint]\noutcomes = ["tuberculosis", "deth"]\nbetween = [-2.0]\n')
    with pytest.raises(tm.EvidenceError) as error:
        tm.read_review(folder)
    assert "joint.outcomes" in str(error.value)
    assert "joint.between" in str(error.value)

"""Results that several figures of the gallery start from; a figure asks for one by the name of its argument."""

from __future__ import annotations

from typing import Any

import pandas as pd

import tmsmeta as tm


def review() -> tm.Review:
    return tm.load_review()


def trials(review: tm.Review) -> pd.DataFrame:
    return review.select("response").trials


def effects(review: tm.Review) -> tm.EffectSizes:
    return review.effects("response")


def pooled(review: tm.Review) -> tm.PooledEffect:
    return review.pool("response")


def tier(trials: pd.DataFrame) -> dict[str, str]:
    return dict(zip(trials["study"], trials["tier"], strict=True))


def ledger(review: tm.Review) -> tm.Ledger:
    return review.ledger()


def joint(review: tm.Review) -> tm.JointEffect:
    outcomes = {"response": review.effects("response"), "remission": review.effects("remission")}
    return tm.joint(outcomes, nested=("response", "remission"))


def response(review: tm.Review) -> Any:
    return review.network("response", lumping="fine")


def remission(review: tm.Review) -> Any:
    return review.network("remission", lumping="fine")


def names(response: Any, remission: Any) -> dict[str, str]:
    return remission.labels | response.labels


def smoking() -> Any:
    # in a folder with a copy of examples/ from the repository
    return tm.read_review("examples/smoking").network()


def judgements() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "study": ["Trial A", "Trial B", "Trial C", "Trial D", "Trial E", "Trial F"],
            "randomisation": ["low", "low", "some concerns", "low", "high", "low"],
            "deviations": ["low", "some concerns", "low", "low", "some concerns", "low"],
            "missing data": ["low", "low", "low", "high", "some concerns", "low"],
            "measurement": ["low", "low", "some concerns", "low", "high", "low"],
            "selection of results": ["some concerns", "low", "low", "low", "some concerns", "low"],
            "Overall": ["some concerns", "some concerns", "some concerns", "high", "high", "low"],
        }
    )

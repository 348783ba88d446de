"""The choices of a pooling as options, and how they become a spec."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tmsmeta.cli.options import Level, Tau2, ZeroCells
from tmsmeta.errors import InvalidInputError, Issue

if TYPE_CHECKING:
    from tmsmeta.pooling import PoolingSpec


@dataclass(frozen=True, kw_only=True)
class Choices:
    """How studies are pooled."""

    tau2: Tau2 = None
    ci: Annotated[str | None, typer.Option(help="z t hksj hksj-adhoc hksj-iqwig6  [default: hksj]")] = None
    prediction: Annotated[str | None, typer.Option(help="z t(k-1) t(k-2) none  [default: t(k-2)]")] = None
    level: Level = None
    zero_cells: ZeroCells = None
    profile: Annotated[str | None, typer.Option(help="METAFOR META REVMAN5 REVMAN2025 IQWIG6")] = None

    def given(self) -> dict[str, Any]:
        """The choices that were made of those that a spec holds."""
        made = {"tau2": self.tau2, "ci": self.ci, "prediction": self.prediction, "level": self.level}
        return {name: value for name, value in made.items() if value is not None}

    def spec(self, stated: PoolingSpec | None) -> PoolingSpec:
        """The complete spec: the profile, or what a protocol states, with the choices made here.

        Raises:
            InvalidInputError: a choice that contradicts the profile.
            UnknownOptionError: a choice that does not exist.
        """
        from tmsmeta.pooling.spec import pooling_spec

        made = self.given()
        if self.profile is not None:
            _refuse_both(self.profile, made, self.zero_cells)
        if self.profile is not None or stated is None:
            return pooling_spec(self.profile, made)
        return replace(stated, **made)


def _refuse_both(profile: str, choices: dict[str, Any], zero_cells: str | None) -> None:
    """Raise if an option contradicts the profile: neither may be dropped in silence."""
    from tmsmeta.pooling.spec import contradictions, named_profile

    spec = named_profile(profile)
    both = [
        Issue(None, f"--{name}", value, f"is set to {wanted!r} by --profile {spec.name}; leave one of the two out.")
        for name, (value, wanted) in contradictions(spec, choices).items()
    ]
    rule = spec.zero_rule
    if zero_cells and rule is not None and zero_cells != rule.zero_cells:
        message = f"is set to {rule.zero_cells!r} by --profile {spec.name}; leave one of the two out."
        both.append(Issue(None, "--zero-cells", zero_cells, message))
    if both:
        raise InvalidInputError(both)

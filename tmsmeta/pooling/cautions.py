"""What a reader must be told about a pooled effect before relying on it: the cause, with counts, and where to go."""

from __future__ import annotations

from collections.abc import Callable

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.effects.one_arm import proportion, rate
from tmsmeta.pooling.result import PooledEffect
from tmsmeta.pooling.spec import PoolingSpec
from tmsmeta.words.numbers import count, plain

_MIXED_SIZES = 10  # times the harmonic mean of the sizes goes into their mean before one of them can decide the result

Pool = Callable[[EffectSizes, PoolingSpec], PooledEffect]


def way_back_caution(result: PooledEffect, pool: Pool) -> str:
    """Why the way back from a Freeman-Tukey scale misleads here, with the result on the log scale; else empty.

    The inverse takes one size for all studies, the harmonic mean, and a single tiny study brings that down to its own
    size (Schwarzer et al., Res Synth Methods 2019;10:476).
    """
    info, size = result.effects.info, result.effects.natural.size
    unit = {"PFT": "n", "IRFT": "time"}.get(info.name, "")
    sizes, events = result.effects.inputs.get(unit), result.effects.inputs.get("events")
    if size is None or sizes is None or events is None or sizes.mean() < _MIXED_SIZES * size:
        return ""
    again = proportion if unit == "n" else rate
    other = pool(
        again("PLO" if unit == "n" else "IRLN", events.copy(), sizes.copy(), study=result.effects.study), result.spec
    )
    shown, crude = result.natural, float(events.sum() / sizes.sum())
    limits = other.natural_ci
    if isinstance(limits, tuple) and limits[0] <= shown <= limits[1] and crude / 2 < shown < crude * 2:
        return ""
    return _words(result, other, crude, sizes, size)


def _words(result: PooledEffect, other: PooledEffect, crude: float, sizes: Floats, size: float) -> str:
    arm = result.effects.info.name == "PFT"
    unit, scale, model = ("size", "odds", "glmm_proportion") if arm else ("person-time", "rates", "glmm_rate")
    smallest = int(sizes.argmin())
    return (
        f"Caution: the way back from the Freeman-Tukey scale uses the harmonic mean of the {unit}s, {plain(size, 3)}, "
        f"which the smallest study decides ({result.effects.study[smallest]}, {count(float(sizes[smallest]))}; the "
        f"largest has {count(float(sizes.max()))}), so the value brought back is not to be relied on. Pooled as log "
        f"{scale} it is {other.effects.natural.text(other.estimate, other.ci)}, all studies taken together have "
        f"{plain(crude, 2)}, and {model} works on the counts themselves."
    )

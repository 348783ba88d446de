"""What an estimate hangs on: sensitivity, small-study effects, resampling, simulation."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__, submodules=["resampling", "sensitivity", "simulation", "smallstudy"]
)

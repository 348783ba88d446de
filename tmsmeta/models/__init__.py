"""Models beyond inverse-variance pooling: counts, moderators, effects that depend on each other."""

import lazy_loader as _lazy

_SUBPACKAGES = ["counts", "multivariate", "regression"]
__getattr__, __dir__, __all__ = _lazy.attach(__name__, submodules=_SUBPACKAGES)

"""Models beyond inverse-variance pooling: counts, regression."""

import lazy_loader as _lazy

_SUBPACKAGES = ["counts", "regression"]
__getattr__, __dir__, __all__ = _lazy.attach(__name__, submodules=_SUBPACKAGES)

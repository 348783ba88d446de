"""Network meta-analysis: fit, rank, test for inconsistency, and trace where the evidence comes from."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

"""Evidence synthesis in Python, and an audit of the figures quoted about magnetic stimulation (TMS).

The names of ``__init__.pyi`` are imported when first used, so that ``import tmsmeta`` stays fast.
"""

import lazy_loader as _lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

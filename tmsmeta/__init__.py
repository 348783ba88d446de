"""Evidence synthesis in Python, and an audit of the figures quoted about magnetic stimulation (TMS).

The names of ``__init__.pyi`` are imported when first used, so that ``import tmsmeta`` stays fast.
"""

import importlib as _importlib

import lazy_loader as _lazy

__version__ = "0.1.0"

_attribute, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    # The package of this name is callable and does what the function does, so both spellings work:
    # tmsmeta.network(arms, ...) and tmsmeta.network.rank(net).
    return _importlib.import_module("tmsmeta.network") if name == "network" else _attribute(name)

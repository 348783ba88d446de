"""Figures for papers: each takes result objects and, if wanted, an ``Axes``; each returns the ``Axes``.

Figures read numbers and compute none. :func:`save` writes them, the same bytes on every run. The names of
``__init__.pyi`` are imported when first used, and matplotlib with them.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

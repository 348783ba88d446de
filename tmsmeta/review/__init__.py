"""A review: its folder of tables and protocol, read and checked, and the analyses and claims that follow from it.

The columns of the tables are described in ``dictionary.csv`` beside this file, the keys of ``review.toml`` in
``review.schema.json``. The names of ``__init__.pyi`` are imported when first used.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

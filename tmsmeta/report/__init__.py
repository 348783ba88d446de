"""The report: one self-contained page for readers, and the results of a review as a folder of files.

The names of ``__init__.pyi`` are imported when first used.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

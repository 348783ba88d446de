"""What suits a process that is ours alone and lives for seconds: a command, and the one that draws beside it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

_NEW_OBJECTS = 100_000
"""After how many Python looks for garbage. Imports make as many objects as that, which all stay: looking through them
after every 700, as it does unless told otherwise, is an eighth of the time of a command."""
_UNUSED = "numpy.f2py"
"""scipy takes everything that numpy has by name, and with it the reader of Fortran, some hundredths of a second."""


def settle() -> None:
    """Start quickly: look for garbage less often, and leave alone what nothing here uses until something does."""
    gc.set_threshold(_NEW_OBJECTS)
    if not any(isinstance(finder, _WhenUsed) for finder in sys.meta_path):
        sys.meta_path.insert(0, _WhenUsed())


class _WhenUsed:
    """Finds a module so that it loads when something in it is asked for.

    The base class of finders, in ``importlib.abc``, takes longer to import than is gained here.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname == _UNUSED else None
        if spec is not None and spec.loader is not None:
            from importlib.util import LazyLoader

            spec.loader = LazyLoader(spec.loader)
        return spec

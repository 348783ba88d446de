"""Evidence synthesis in Python: pool trials, rank treatments, and check quoted figures against their evidence.

The names of ``__init__.pyi`` are imported when first used, so that ``import tmsmeta`` stays fast.
"""

import importlib as _importlib
import importlib.machinery as _machinery
import sys as _sys
import types as _types
import warnings as _warnings

import lazy_loader as _lazy

__version__ = "0.2.0"

_attribute, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

#: Packages that can still be imported where they stood in version 0.1.0.
_PLACES = {
    "batch": "pooling.many.batch",
    "claims": "review.claims",
    "counts": "models.counts",
    "evidence": "review",
    "heterogeneity": "pooling.heterogeneity",
    "intervals": "effects.intervals",
    "network": "networks",
    "profiles": "pooling.profiles",
    "reconstruct": "effects.reconstruct",
    "regression": "models.regression",
    "sensitivity": "robustness.sensitivity",
    "simulation": "robustness.simulation",
    "smallstudy": "robustness.smallstudy",
}


def __getattr__(name: str) -> object:
    if name in _PLACES and name != "network":  # tm.network is the function
        return _importlib.import_module(f"tmsmeta.{_PLACES[name]}")
    return _attribute(name)


class _OtherPlace:
    """Lets ``import tmsmeta.counts`` give the package that now stands at ``tmsmeta.models.counts``.

    Finder and loader in one; their base classes in ``importlib.abc`` would triple the time of ``import tmsmeta``.
    """

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> _machinery.ModuleSpec | None:
        top, _, rest = fullname.partition(".")
        known = top == "tmsmeta" and rest.partition(".")[0] in _PLACES
        return _machinery.ModuleSpec(fullname, self, is_package=True) if known else None

    def create_module(self, spec: _machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: _types.ModuleType) -> None:
        name, _, rest = module.__name__.removeprefix("tmsmeta.").partition(".")
        # the modules of the network have other names now; the package holds all that they held
        parts = ("tmsmeta", _PLACES[name], "" if name == "network" else rest)
        place = ".".join(part for part in parts if part)
        _sys.modules[module.__name__] = _importlib.import_module(place)


class _FormerNetwork(_types.ModuleType):
    """``tmsmeta.network`` as a package, for one version: the package is ``tmsmeta.networks``, the name a function.

    It stands among the loaded modules from the start, since importing it would put a module in the function's place.
    """

    __path__: list[str] = []  # noqa: RUF012 (what makes a module a package is a plain attribute)

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        message = f"tmsmeta.network.{name} has moved: import it from tmsmeta.networks."
        _warnings.warn(message, DeprecationWarning, stacklevel=2)
        return getattr(_importlib.import_module("tmsmeta.networks"), name)


_sys.meta_path.append(_OtherPlace())
_sys.modules["tmsmeta.network"] = _FormerNetwork("tmsmeta.network")

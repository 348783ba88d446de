"""The part of the page that can be moved: every choice of a pool and of a network, computed in the reader's browser.

``data.py`` prepares the numbers; the scripts beside it, plain and without a library, do the rest. ``stats.js``,
``effects.js``, ``tau2.js``, ``pool.js`` and ``network.js`` compute, by the definitions of :mod:`tmsmeta.pooling` and
:mod:`tmsmeta.networks`; ``words.js`` writes numbers and sentences, ``state.js`` keeps the choices and their address,
the ``view`` files draw, ``downloads.js`` writes files.
"""

from __future__ import annotations

from tmsmeta.report.explorer.parts import ENGINE, VIEWS, explorer_section, joined

__all__ = ["ENGINE", "VIEWS", "explorer_section", "joined"]

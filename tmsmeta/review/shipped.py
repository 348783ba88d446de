"""Find the evidence that comes with the package, installed or in a checkout, and record that it was checked.

``make data`` runs this module after a change of ``data/`` or of the keys of a protocol.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from tmsmeta.errors import OutputError

CHECKED = "shipped.sha256"

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def shipped_folder() -> Traversable:
    """The folder of the shipped evidence: ``tmsmeta/_data`` when installed, ``data`` in a checkout.

    Raises:
        OutputError: neither folder is there, so the installation is damaged.
    """
    package = resources.files("tmsmeta")
    installed = package / "_data"
    if installed.is_dir():
        return installed
    checkout = Path(__file__).resolve().parents[2] / "data"
    if checkout.is_dir():
        return checkout
    raise OutputError(f"The shipped evidence is neither at {installed} nor at {checkout}. Install tmsmeta again.")


def known_version() -> str:
    """Hash of the shipped folder when it was last checked, from the file that ``make data`` writes.

    A folder with this hash is known to have no fault, so that reading it does not check it again.
    """
    return (resources.files("tmsmeta.review") / CHECKED).read_text(encoding="ascii").strip()

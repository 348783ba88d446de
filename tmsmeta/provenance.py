"""Where numbers come from: sources, the version of the data, and the software that computed with them."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RECORDED_PACKAGES = (
    "tmsmeta",
    "numpy",
    "scipy",
    "pandas",
    "pandera",
    "matplotlib",
    "statsmodels",
    "networkx",
    "formulaic",
)
"""Packages whose version can change a number or a figure."""

_TEX_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_ADDRESS = re.compile(r"https?://[^\s\"<>]+")
_URL_ESCAPES = str.maketrans({"{": "%7B", "}": "%7D", "\\": "%5C"})


def escape_tex(text: str) -> str:
    """A text on one line in which nothing is a command of TeX."""
    return "".join(_TEX_ESCAPES.get(character, character) for character in " ".join(text.split()))


def _place_as_bibtex(text: str) -> str:
    """Escape `text` for BibTeX, with every web address in it inside ``\\url``, where nothing is escaped."""
    parts, end = [], 0
    for match in _ADDRESS.finditer(text):
        parts += [_escape_bibtex_part(text[end : match.start()]), rf"\url{{{match.group().translate(_URL_ESCAPES)}}}"]
        end = match.end()
    return "".join([*parts, _escape_bibtex_part(text[end:])])


def _escape_bibtex_part(text: str) -> str:
    lead = " " if text[:1].isspace() else ""
    tail = " " if text[-1:].isspace() and text.strip() else ""
    return f"{lead}{escape_tex(text)}{tail}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A text in which numbers were read.

    Attributes:
        source_id: name by which evidence rows refer to it.
        kind: what it is, e.g. ``"trial abstract"``.
        url: address, or a citation where there is none.
        seen_on: the day it was read, as ``YYYY-MM-DD``.
    """

    source_id: str
    kind: str
    url: str
    seen_on: str

    def to_dict(self) -> dict[str, str]:
        """The source as plain text values."""
        return {"source_id": self.source_id, "kind": self.kind, "url": self.url, "seen_on": self.seen_on}

    def to_bibtex(self, note: str = "") -> str:
        """The source as a BibTeX ``@misc`` entry; `note` is added to the day it was read."""
        key = re.sub(r"[^A-Za-z0-9_.:+-]", "-", self.source_id)
        fields = {
            "title": f"{{{escape_tex(f'{self.kind}: {self.source_id}')}}}",
            "howpublished": f"{{{_place_as_bibtex(self.url)}}}",
            "note": f"{{{escape_tex(f'Read on {self.seen_on}.' + (f' {note}' if note else ''))}}}",
        }
        lines = ",\n".join(f"  {name} = {value}" for name, value in fields.items())
        return f"@misc{{{key},\n{lines}\n}}\n"


@dataclass(frozen=True, slots=True)
class DataVersion:
    """Which data a result rests on.

    Attributes:
        files: ``(file name, sha256)`` pairs in the order of the names.
        sha256: one hash over all files.

    The hashes do not depend on line endings, a byte order mark or the order in which files were read, so a
    checkout on another system has the same version.
    """

    files: tuple[tuple[str, str], ...]
    sha256: str

    @classmethod
    def of(cls, contents: Mapping[str, bytes]) -> DataVersion:
        """The version of files given as ``{name: bytes}``."""
        files = tuple((name, _hash_text(contents[name])) for name in sorted(contents))
        listing = "".join(f"{name} {digest}\n" for name, digest in files)
        return cls(files, hashlib.sha256(listing.encode()).hexdigest())

    @property
    def short(self) -> str:
        """The first twelve characters of the hash, for figures and captions."""
        return self.sha256[:12]

    def to_dict(self) -> dict[str, Any]:
        """The version as plain values."""
        return {"sha256": self.sha256, "files": dict(self.files)}


def _hash_text(data: bytes) -> str:
    data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return hashlib.sha256(data).hexdigest()


def json_hash(content: Any) -> str:
    """SHA-256 of plain values, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def environment_record() -> dict[str, str]:
    """Python, platform and package versions: what a reader needs to repeat a run.

    Nothing in it changes from run to run on one machine. A package that is not installed is said to be so.
    """
    record = {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "machine": platform.machine(),
    }
    return record | {name: installed_version(name) for name in RECORDED_PACKAGES}


def installed_version(name: str) -> str:
    """The version of a package that runs, or that it is not installed."""
    from importlib import metadata

    if name == "tmsmeta":  # the code that runs; the installation of a checkout keeps the version it was made with
        from tmsmeta import __version__

        return __version__
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def software_sentence() -> str:
    """Which version of this package computed a result, for a methods section."""
    from tmsmeta import __version__

    return f"Computed with tmsmeta {__version__}."

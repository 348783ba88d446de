"""Files with one mistake each, named for it: what is said about them stands in ``messages.toml``, word for word.

A folder of ``files/`` says who reads it: ``pool`` and ``network``, a table of a user; ``claims``, claims about the
shipped review; ``protocols`` and ``reviews``, a file of the review in ``examples/bcg``.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.conftest import run_command
from conftest import CHECKOUT

import tmsmeta as tm

FILES = Path(__file__).parent / "files"
MESSAGES = tomllib.loads((FILES.parent / "messages.toml").read_text(encoding="utf-8"))
NAMES = [path.relative_to(FILES).as_posix() for path in sorted(FILES.rglob("*.*"))]


def pool(path: Path, place: Path) -> None:
    tm.pool(tm.effects.from_frame(path))


def network(path: Path, place: Path) -> None:
    tm.network(tm.read_table(path), measure="OR", reference="placebo", better="higher")


def claims(path: Path, place: Path) -> None:
    tm.check_claims(path)


def protocols(path: Path, place: Path) -> None:
    _in_review(path, place / "bcg", "review.toml")


def reviews(path: Path, place: Path) -> None:
    _in_review(path, place / "bcg", f"{path.name.split('.')[0]}.csv")


def _in_review(path: Path, folder: Path, name: str) -> None:
    shutil.copytree(CHECKOUT / "examples" / "bcg", folder)
    shutil.copy(path, folder / name)
    tm.read_review(folder)


READERS: dict[str, Callable[[Path, Path], None]] = {
    "pool": pool,
    "network": network,
    "claims": claims,
    "protocols": protocols,
    "reviews": reviews,
}


def said(name: str, place: Path) -> str:
    """What is said about a file, without the folder it stands in."""
    with pytest.raises(tm.TmsmetaError) as refused:
        READERS[name.split("/")[0]](FILES / name, place)
    return str(refused.value).replace(f"{FILES / name}", Path(name).name).replace(f"{place / 'bcg'}", "bcg")


@pytest.mark.parametrize("name", NAMES)
def test_the_message_is_exactly_this(name: str, tmp_path: Path) -> None:
    assert said(name, tmp_path) == MESSAGES[name].strip("\n")


def test_there_are_many_and_each_has_its_message() -> None:
    assert len(NAMES) >= 80
    assert set(MESSAGES) == set(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("pool/")])
def test_the_command_says_the_same(name: str, tmp_path: Path) -> None:
    ran = run_command("pool", FILES / name, "--missing", "refuse")
    ran.fails_with()
    faults = [line.strip()[2:] for line in said(name, tmp_path).splitlines()[1:]]
    assert faults
    assert "".join(ran.err.split()).count("".join(faults[0].split())) == 1

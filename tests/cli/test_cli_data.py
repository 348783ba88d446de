"""``tmsmeta claims``, ``check``, ``export``, and what all commands share."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tmsmeta.review.claims import VERDICTS

Run = Callable[..., Any]
COMMANDS = ("run", "reproduce", "new", "diff", "pool", "network", "claims", "check", "export")


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_the_command_does(run: Run, command: str) -> None:
    ran = run(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert f"Usage: tmsmeta {command}" in ran.out
    assert "--json" in ran.out


def test_the_list_of_commands(run: Run) -> None:
    ran = run("--help")
    assert ran.code == 0
    assert all(command in ran.out for command in COMMANDS)
    run("nonsense").fails_with("No such command 'nonsense'")


def test_the_version_is_that_of_the_package(run: Run) -> None:
    from tmsmeta import __version__

    assert run("--version").out == f"{__version__}\n"


def test_the_module_can_be_run(folder: Path) -> None:
    """As its own process: the exit code and both streams are those that a shell sees."""
    for arguments, code in ((["pool", "counts.csv", "--json"], 0), (["pool", "faulty.csv"], 2)):
        done = subprocess.run(
            [sys.executable, "-m", "tmsmeta", *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == code
        assert (done.stdout == "") == (code == 2)
        assert done.stderr.startswith("counts.csv: read as two arms per row" if code == 0 else "tmsmeta: ")


def test_a_reader_that_stops_early_sees_no_traceback(folder: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "tmsmeta", "pool", "--json"],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert "Traceback" not in done.stderr


def test_claims_have_their_verdicts(run: Run) -> None:
    found = run("claims", "--json").json
    assert len(found) > 20
    assert {claim["verdict"] for claim in found} <= set(VERDICTS)
    assert len({claim["claim_id"] for claim in found}) == len(found)
    shown = run("claims")
    assert (shown.code, shown.err) == (0, "")
    assert all(claim["claim_id"] in shown.out for claim in found)
    assert f"{len(found)} claims" in shown.out


def test_claims_of_ones_own_are_checked(run: Run, folder: Path, checkout: Path) -> None:
    with (checkout / "data" / "claims.csv").open(encoding="utf-8", newline="") as file:
        header, first, *_ = csv.reader(file)
    with (folder / "own.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, first])
    assert [c["claim_id"] for c in run("claims", "own.csv", "--json").json] == [first[header.index("claim_id")]]


def test_claims_that_cannot_be_read(run: Run, folder: Path) -> None:
    run("claims", "nowhere.csv").fails_with("nowhere.csv")
    run("claims", "counts.csv").fails_with("claim_id", "is missing")


def test_check_finds_nothing_in_the_shipped_evidence(run: Run, checkout: Path) -> None:
    ran = run("check", checkout / "data")
    assert (ran.code, ran.err) == (0, "")
    assert "no fault found" in ran.out
    assert run("check", checkout / "data", "--json").json == []


def test_check_says_when_a_folder_has_no_protocol(run: Run, folder: Path) -> None:
    example = Path(__file__).parents[2] / "notebooks" / "example" / "my_evidence"
    whole = shutil.copytree(example, folder / "evidence")
    (whole / "review.toml").unlink(missing_ok=True)
    ran = run("check", str(whole))
    assert ran.code == 0
    assert "has no review.toml" in " ".join(ran.out.split())


def test_check_lists_every_fault_of_a_broken_folder(run: Run, folder: Path, checkout: Path) -> None:
    shutil.copytree(checkout / "data", folder / "mine")
    with (folder / "mine" / "arms.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[1][rows[0].index("events")], rows[4][rows[0].index("trial_id")] = "-3", "nobody1999"
    with (folder / "mine" / "arms.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    run("check", "mine").fails_with("row 2, `events`", "'-3'", "row 5, `trial_id`", "nobody1999")
    ran = run("check", "mine", "--json")
    assert ran.code == 2
    assert {("arms.csv", 2, "events"), ("arms.csv", 5, "trial_id")} <= {
        (issue["file"], issue["row"], issue["column"]) for issue in ran.json
    }
    run("pool", "--evidence", "mine").fails_with("row 2, `events`")


def test_check_of_a_table_and_of_nothing(run: Run, folder: Path) -> None:
    assert run("check", "counts.csv").code == 0
    run("check", "faulty.csv").fails_with("4 faults", "row 5")
    assert len(run("check", "faulty.csv", "--json").json) == 4
    run("check", "nowhere").fails_with("nowhere")


def test_export_writes_every_format_and_the_same_bytes_again(run: Run, folder: Path) -> None:
    ran = run("export", "out")
    assert (ran.code, ran.err) == (0, "")
    written = files(folder / "out")
    assert {"metapsy.csv", "sources.bib", "cinema_response.csv", "arms_remission.csv"} <= set(written)
    listed = [Path(p).name for p in run("export", "out", "--json").json]
    assert sorted(listed) == sorted(written)
    assert files(folder / "out") == written


@pytest.mark.parametrize("place", ["counts.csv", "counts.csv/out", "foreign"])
def test_export_loses_nobodys_files(run: Run, folder: Path, place: str) -> None:
    (folder / "foreign").mkdir()
    (folder / "foreign" / "mine.txt").write_text("mine", encoding="utf-8")
    before = files(folder)
    run("export", place).fails_with(place.split("/")[0])
    assert files(folder) == before


def test_an_export_that_breaks_off_leaves_the_earlier_one(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", broken)
    run("export", "out").fails_with("Cannot write", "No space left on device")
    assert not (folder / "out").exists()
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    assert run("export", "out").code == 0
    before = files(folder)
    monkeypatch.setattr(Path, "write_text", broken)
    run("export", "out").fails_with("No space left on device")
    monkeypatch.undo()
    assert files(folder) == before
    assert not [p for p in folder.iterdir() if p.name.startswith(".")]

"""Mutants: faults put into the code one at a time, to see whether a test notices.

    python tests/mutants/run.py --seed 131 --each 12 --out tests/mutants/found.csv

Of every area below a seeded sample is drawn from all places where a comparison, an arithmetic sign, a number, an `and`
or `or`, a `not`, a minimum or maximum, or a returned value can be changed. Each change is made in a copy of the
checkout, the tests of its area that can reach it run until the first one fails, and what they found is written down:
``killed``, ``survived`` or ``out of time`` (which counts as noticed: the suite would hang). Where the same tests fail
in the same order without the change, too, it is ``fails anyway``, which does not count. Survivors that
``equivalent.toml`` explains are ``equivalent``. ``--by-hand`` takes the faults of ``by_hand.toml`` instead, which no
test noticed once and all must be noticed now. Strings, annotations and messages of errors are left alone.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from places import Mutant, function_at, sample
from watch import CHECKOUT, known, likely, noticed_by

HERE = CHECKOUT / "tests" / "mutants"
MAPS = CHECKOUT / "build" / "mutants"
COLUMNS = ("seed", "area", "file", "line", "code", "becomes", "result", "by")


class Area(NamedTuple):
    """Files to change, and the tests that ought to notice."""

    files: tuple[str, ...]
    tests: tuple[str, ...]


AREAS = {
    "heterogeneity": Area(
        ("tmsmeta/pooling/heterogeneity/*.py",),
        (
            "tests/definitions/test_tau2_definitions.py",
            "tests/unit/test_pooling.py",
            "tests/reference/test_reference_pooling.py",
            "tests/definitions/test_definitions_regression.py",
            "tests/definitions/test_definitions_intervals.py",
            "tests/definitions/test_definitions_stress.py",
        ),
    ),
    "pooling": Area(
        (
            "tmsmeta/pooling/fit.py",
            "tmsmeta/pooling/result.py",
            "tmsmeta/pooling/cautions.py",
            "tmsmeta/pooling/clusters.py",
            "tmsmeta/pooling/robust.py",
            "tmsmeta/pooling/profile_likelihood.py",
            "tmsmeta/pooling/zero_cells.py",
            "tmsmeta/pooling/many/fit.py",
            "tmsmeta/pooling/many/likelihood.py",
            "tmsmeta/pooling/many/estimators.py",
            "tmsmeta/pooling/many/moments.py",
            "tmsmeta/pooling/many/result.py",
        ),
        (
            "tests/unit/test_pooling.py",
            "tests/unit/test_pooling_borders.py",
            "tests/unit/test_batch.py",
            "tests/unit/test_clusters.py",
            "tests/reference/test_reference_pooling.py",
            "tests/reference/test_reference_robust.py",
            "tests/definitions/test_definitions_intervals.py",
            "tests/definitions/test_definitions_batch.py",
            "tests/unit/test_regression.py",
            "tests/unit/test_profiles.py",
            "tests/definitions/test_definitions_location_scale.py",
            "tests/unit/test_sentences.py",
            "tests/unit/test_batch_compiled.py",
            "tests/properties/test_properties_batch.py",
            "tests/properties/test_pooling_properties.py",
        ),
    ),
    "compiled kernel": Area(("tmsmeta/pooling/many/numba_kernel.py",), ("tests/unit/test_batch_compiled.py",)),
    "counts": Area(
        ("tmsmeta/models/counts/*.py", "tmsmeta/models/climb.py"),
        (
            "tests/unit/test_counts.py",
            "tests/unit/test_climb.py",
            "tests/reference/test_reference_counts.py",
            "tests/definitions/test_definitions_counts.py",
            "tests/invalid_data/test_invalid_counts.py",
            "tests/reference/test_reference_multivariate.py",
        ),
    ),
    "network": Area(
        (
            "tmsmeta/networks/model/equations.py",
            "tmsmeta/networks/model/fit.py",
            "tmsmeta/networks/model/tau2.py",
            "tmsmeta/networks/model/regression.py",
            "tmsmeta/networks/model/direct.py",
            "tmsmeta/networks/model/result.py",
            "tmsmeta/networks/model/mantel_haenszel.py",
            "tmsmeta/networks/model/components.py",
            "tmsmeta/networks/model/covariate.py",
        ),
        (
            "tests/unit/test_network.py",
            "tests/definitions/test_network_definitions.py",
            "tests/reference/test_reference_network.py",
            "tests/unit/test_network_components.py",
            "tests/unit/test_network_tables.py",
            "tests/unit/test_network_covariates.py",
            "tests/unit/test_network_multi_arm.py",
            "tests/unit/test_network_tms.py",
            "tests/properties/test_network_properties.py",
            "tests/properties/test_every_network.py",
            "tests/invalid_data/test_invalid_network.py",
        ),
    ),
    "answers of networks": Area(
        ("tmsmeta/networks/answers/*.py",),
        (
            "tests/unit/test_network.py",
            "tests/definitions/test_network_definitions.py",
            "tests/reference/test_reference_network.py",
            "tests/unit/test_network_tables.py",
            "tests/unit/test_network_multi_arm.py",
            "tests/unit/test_network_tms.py",
            "tests/properties/test_network_properties.py",
            "tests/properties/test_every_network.py",
            "tests/invalid_data/test_invalid_network.py",
        ),
    ),
    "joint": Area(
        ("tmsmeta/models/multivariate/*.py", "tmsmeta/networks/joint/*.py"),
        (
            "tests/unit/test_multivariate.py",
            "tests/unit/test_joint_tables.py",
            "tests/definitions/test_definitions_two_outcomes.py",
            "tests/definitions/test_definitions_multivariate.py",
            "tests/reference/test_reference_multivariate.py",
            "tests/definitions/test_definitions_joint_network.py",
            "tests/invalid_data/test_invalid_multivariate.py",
        ),
    ),
    "absolute": Area(
        ("tmsmeta/absolute/*.py",),
        (
            "tests/unit/test_absolute.py",
            "tests/published/test_published_absolute.py",
            "tests/invalid_data/test_invalid_absolute.py",
            "tests/unit/test_summary_of_findings.py",
            "tests/unit/test_natural_scale.py",
        ),
    ),
    "claims": Area(
        ("tmsmeta/review/claims/*.py", "tmsmeta/review/claims/checks/*.py"),
        (
            "tests/unit/test_claims_parts.py",
            "tests/unit/test_claims_other_reviews.py",
            "tests/published/test_claims_verdicts.py",
            "tests/published/test_claims_findings.py",
            "tests/invalid_data/test_claims_invalid.py",
            "tests/unit/test_claims_follow_evidence.py",
        ),
    ),
}


class Try(NamedTuple):
    """One mutant, the area or the words that name it, and the test files that ought to notice."""

    name: str
    mutant: Mutant
    tests: tuple[str, ...]


def entries(file: str) -> list[dict[str, Any]]:
    """The mutants that a TOML file lists."""
    listed: list[dict[str, Any]] = tomllib.loads((HERE / file).read_text(encoding="utf-8"))["mutant"]
    return listed


def by_hand() -> Iterator[Try]:
    """The faults of the list, with the test files that found them last."""
    for entry in entries("by_hand.toml"):
        text, before = (CHECKOUT / entry["file"]).read_bytes(), entry["before"].encode()
        if text.count(before) != 1:
            raise SystemExit(f"{entry['file']} must hold {entry['before']!r} once, not {text.count(before)} times.")
        start = text.index(before)
        line = text.count(b"\n", 0, start) + 1
        mutant = Mutant(entry["file"], line, start, start + len(before), entry["before"], entry["after"])
        yield Try(entry["what"], mutant, tuple(entry["tests"]))


def sampled(place: Path, areas: list[str], seed: int, each: int) -> Iterator[Try]:
    for name in areas:
        for mutant in sample(place, AREAS[name].files, seed, each):
            yield Try(name, mutant, AREAS[name].tests)


def copied(place: Path) -> None:
    """Every file that belongs to the checkout, as it stands now."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in filter(None, subprocess.run(listed, cwd=CHECKOUT, capture_output=True, check=True).stdout.split(b"\0")):
        source = CHECKOUT / name.decode()
        if source.is_file():
            (place / name.decode()).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, place / name.decode())


def tried(place: Path, one: Try, maps: Path, seconds: int) -> dict[str, object]:
    """What the tests say with the change made; it is taken back afterwards."""
    mutant, target = one.mutant, place / one.mutant.file
    tests = [known(place, file, maps) for file in one.tests]
    text = target.read_bytes()
    changed = text[: mutant.start] + mutant.after.encode() + text[mutant.end :]
    order = likely(tests, mutant.file, function_at(text.decode(), mutant.line))
    target.write_bytes(changed)
    try:
        result, by = noticed_by(place, order, seconds)
    finally:
        target.write_bytes(text)
    if result == "killed" and noticed_by(place, up_to(order, by), seconds)[0] != "survived":
        result = "fails anyway"
    code, becomes = (part.decode().splitlines()[mutant.line - 1].strip() for part in (text, changed))
    row = {"file": mutant.file, "line": mutant.line, "code": code, "becomes": becomes}
    explained = [(entry["file"], entry["code"], entry["becomes"]) for entry in entries("equivalent.toml")]
    if result == "survived" and (mutant.file, code, becomes) in explained:
        result = "equivalent"
    return row | {"result": result, "by": by}


def up_to(order: dict[str, float], last: str) -> dict[str, float]:
    """The tests from the first to `last`; none where it is no test (a file that could not be imported)."""
    names = list(order)
    return {name: order[name] for name in names[: names.index(last) + 1]} if last in order else {}


def kept(out: Path, seed: int, areas: list[str]) -> list[dict[str, str]]:
    """The rows of other samples that `out` holds already."""
    if not out.exists() or out.stat().st_size == 0:
        return []
    with out.open(newline="", encoding="utf-8") as file:
        return [
            row for row in csv.DictReader(file) if (row["seed"], row["area"]) not in {(str(seed), a) for a in areas}
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seed", type=int, default=18)
    parser.add_argument("--each", type=int, default=12, help="mutants per area")
    parser.add_argument("--area", action="append", choices=list(AREAS))
    parser.add_argument("--by-hand", action="store_true", help="the faults of by_hand.toml instead")
    parser.add_argument("--seconds", type=int, default=120, help="of the processor for the tests of one mutant")
    parser.add_argument("--out", type=Path, help="a CSV file, whose rows of other seeds and areas stay")
    parser.add_argument("--maps", type=Path, default=MAPS, help="a folder that keeps which test calls which function")
    chosen = parser.parse_args()
    areas = chosen.area or list(AREAS)
    before = kept(chosen.out, chosen.seed, areas) if chosen.out else []
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, (chosen.out or Path(os.devnull)).open("w", newline="") as file:
        place, out = Path(folder).resolve(), csv.DictWriter(file, COLUMNS, lineterminator="\n")
        copied(place)
        out.writeheader()
        out.writerows(before)
        for one in by_hand() if chosen.by_hand else sampled(place, areas, chosen.seed, chosen.each):
            row = tried(place, one, chosen.maps, chosen.seconds)
            counts[str(row["result"])] += 1
            out.writerow({"seed": chosen.seed, "area": one.name} | row)
            file.flush()
            print("{result:12} {file}:{line} {code!r} -> {becomes!r} {by}".format_map(row), one.name, flush=True)
    print(", ".join(f"{number} {what}" for what, number in counts.items()))
    if chosen.by_hand and set(counts) - {"killed", "out of time"}:
        raise SystemExit("All faults of by_hand.toml must be noticed.")


if __name__ == "__main__":
    main()

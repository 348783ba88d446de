"""The steps of the release check, each a generator of what passed.

The commit that is checked out is what is built: changes that are not committed stay out.
"""

from __future__ import annotations

import json
import re
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from shutil import copy2, rmtree
from tempfile import TemporaryDirectory

from outcome import Failed, NotRun, Outcome, run
from pythons import TESTING, VERSIONS, environment, interpreter

# The part of the tests that goes from tables and effects to pools, networks and a review.
QUICK = tuple(
    f"tests/unit/test_{name}.py" for name in ("effects", "pooling", "batch", "read_table", "network", "review")
)


@dataclass(frozen=True)
class Release:
    """The checkout, the folder of the release, and what the first step put there."""

    checkout: Path
    out: Path

    @property
    def work(self) -> Path:
        """Where environments and unpacked sources go."""
        return self.out / "work"

    def built(self, pattern: str) -> Path:
        """The one file of the release that fits a pattern."""
        found = sorted(self.out.glob(pattern))
        if len(found) != 1:
            raise NotRun(f"{self.out} holds {len(found)} files {pattern}; run the step `build` first")
        return found[0]

    @cached_property
    def sources(self) -> Path:
        """The sdist, unpacked anew."""
        archive = self.built("*.tar.gz")
        place = self.work / "sdist"
        rmtree(place, ignore_errors=True)
        with tarfile.open(archive) as packed:
            packed.extractall(place, filter="data")
        return place / archive.name.removesuffix(".tar.gz")


def build(release: Release) -> Iterator[str]:
    """Wheel and sdist, built twice in folders of other names, times and time zones: the same bytes."""
    release.out.mkdir(parents=True, exist_ok=True)
    for old in [*release.out.glob("*.whl"), *release.out.glob("*.tar.gz")]:
        old.unlink()
    epoch = run("git", "-C", release.checkout, "log", "-1", "--format=%ct", error=NotRun).strip()
    digests = []
    with TemporaryDirectory() as first, TemporaryDirectory(prefix="elsewhere-") as second:
        for place, zone in ((Path(first), "UTC"), (Path(second), "Asia/Kathmandu")):
            run("git", "-C", release.checkout, "archive", "--output", place / "tree.tar", "HEAD")
            with tarfile.open(place / "tree.tar") as packed:
                packed.extractall(place / "tree", filter="data")
            made = place / "dist"
            run(sys.executable, "-m", "build", "--outdir", made, place / "tree", SOURCE_DATE_EPOCH=epoch, TZ=zone)
            digests.append({path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(made.iterdir())})
        for path in made.iterdir():
            copy2(path, release.out)
    (release.out / "SHA256SUMS").write_text("".join(f"{d}  {name}\n" for name, d in digests[0].items()), "utf-8")
    yield same_bytes(*digests)


def same_bytes(first: dict[str, str], second: dict[str, str]) -> str:
    """What two builds gave, if it is the same."""
    other = sorted(name for name in first | second if first.get(name) != second.get(name))
    if other:
        raise Failed(f"two builds of one commit differ in {', '.join(other)}")
    return f"{' and '.join(first)}: the same bytes from two folders"


def wheel(release: Release) -> Iterator[str]:
    """The wheel in an empty environment computes the shipped review outside of the checkout."""
    bin_ = environment(release.work / "wheel", sys.executable, release.built("*.whl"))
    with TemporaryDirectory() as away:
        run(bin_ / "tmsmeta", "reproduce", "--out", Path(away) / "results", cwd=Path(away))
        results = json.loads((Path(away) / "results" / "results.json").read_text(encoding="utf-8"))
    yield f"`tmsmeta reproduce` from the wheel wrote its results ({len(results)} parts)"


def sdist(release: Release) -> Iterator[str]:
    """The tests that the sdist brings pass on what the sdist installs."""
    bin_ = environment(release.work / "from-sdist", sys.executable, release.built("*.tar.gz"), *TESTING)
    yield f"Python {_version(bin_)}, {tests(bin_, release.sources)}"


def versions(release: Release) -> Iterator[str | Outcome]:
    """The same tests on the wheel with each Python that the machine has, and with both kinds of pandas."""
    built = release.built("*.whl")
    cases = [(version, "pandas>=3") for version in VERSIONS] + [("3.12", "pandas==2.2.*")]
    for version, pandas in cases:
        name = f"Python {version}, {pandas}"
        try:
            place = release.work / f"python-{version}-{re.sub('[^a-z0-9]', '', pandas)}"
            bin_ = environment(place, interpreter(version), built, *TESTING, pandas, error=NotRun)
            yield f"{name} (numpy {_of(bin_, 'numpy')}): {tests(bin_, release.sources)}"
        except NotRun as reason:
            yield Outcome("not run", "versions", f"{name}: {reason}")
        except Failed as reason:
            yield Outcome("failed", "versions", f"{name}: {reason}")


def lowest(release: Release) -> Iterator[str]:
    """The same tests on the lowest versions that pyproject.toml allows."""
    wanted = run(sys.executable, release.checkout / "tests" / "lowest.py").split()
    bin_ = environment(release.work / "lowest", interpreter("3.11"), *wanted)
    run(bin_ / "python", "-m", "pip", "install", "--quiet", "--no-deps", release.built("*.whl"))
    yield f"pandas {_of(bin_, 'pandas')}, numpy {_of(bin_, 'numpy')}: {tests(bin_, release.sources)}"


def audit(release: Release) -> Iterator[str]:
    """No package that the wheel brings has a known vulnerability."""
    site = next((release.work / "wheel" / "lib").glob("python*/site-packages"), None)
    if site is None:
        raise NotRun("there is no environment of the wheel; run the step `wheel` first")
    bin_ = environment(release.work / "audit", sys.executable, "pip-audit", error=NotRun)
    told = release.out / "pip-audit.json"
    told.unlink(missing_ok=True)
    try:
        run(bin_ / "pip-audit", "--path", site, "--format", "json", "--output", told)
    except Failed as reason:
        if not told.exists():
            raise NotRun(f"pip-audit cannot ask for vulnerabilities: {reason}") from reason
    yield audited(json.loads(told.read_text(encoding="utf-8"))["dependencies"])


def audited(dependencies: list[dict[str, object]]) -> str:
    """What pip-audit found. It ends well, too, where the index tells it nothing: that is not a pass."""
    found = [f"{d['name']} {d['version']}" for d in dependencies if d.get("vulns")]
    if found:
        raise Failed(f"known vulnerabilities in {', '.join(found)}")
    # The project itself is not on the index before its release.
    others = [d for d in dependencies if d["name"] != "tmsmeta"]
    untold = [str(d["name"]) for d in others if "skip_reason" in d]
    if untold:
        raise NotRun(f"the index tells nothing of {len(untold)} of {len(others)} packages ({untold[0]}, ...)")
    return f"{len(others)} packages without a known vulnerability"


def sbom(release: Release) -> Iterator[str]:
    """The packages that the wheel brings, as CycloneDX, in the folder of the release."""
    python = release.work / "wheel" / "bin" / "python"
    if not python.exists():
        raise NotRun("there is no environment of the wheel; run the step `wheel` first")
    bin_ = environment(release.work / "sbom", sys.executable, "cyclonedx-bom", error=NotRun)
    path = release.out / "sbom.cdx.json"
    run(bin_ / "cyclonedx-py", "environment", python, "--output-reproducible", "--of", "JSON", "-o", path)
    parts = {part["name"] for part in json.loads(path.read_text(encoding="utf-8"))["components"]}
    if not {"tmsmeta", "numpy", "pandas"} <= parts:
        raise Failed(f"{path.name} does not list tmsmeta, numpy and pandas")
    yield f"{path.name} lists {len(parts)} packages"


def tests(bin_: Path, sources: Path) -> str:
    """How the quick part of the tests ends. `pytest` alone, so that the installed package is what is imported."""
    where = run(bin_ / "python", "-c", "import tmsmeta; print(tmsmeta.__file__)", cwd=sources.parent).strip()
    if not Path(where).is_relative_to(bin_.parent):
        raise Failed(f"the tests would run on {where}, not on what was installed")
    printed = run(bin_ / "pytest", "--quiet", "-p", "no:cacheprovider", *QUICK, cwd=sources, OPENBLAS_NUM_THREADS="1")
    return printed.strip().splitlines()[-1].strip("= ")


def _version(bin_: Path) -> str:
    return run(bin_ / "python", "-c", "import platform; print(platform.python_version())").strip()


def _of(bin_: Path, package: str) -> str:
    code = f"from importlib.metadata import version; print(version('{package}'))"
    return run(bin_ / "python", "-c", code).strip()


STEPS: dict[str, Callable[[Release], Iterator[str | Outcome]]] = {
    step.__name__: step for step in (build, wheel, sdist, versions, lowest, audit, sbom)
}

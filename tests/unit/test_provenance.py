"""Sources, data versions and the record of the software."""

from __future__ import annotations

import json
import platform
from importlib import metadata

from tmsmeta import __version__
from tmsmeta.provenance import RECORDED_PACKAGES, DataVersion, Source, environment_record


def test_the_version_depends_on_content_only() -> None:
    first = DataVersion.of({"b.csv": b"x,y\n1,2\n", "a.csv": b"p\n"})
    second = DataVersion.of({"a.csv": b"\xef\xbb\xbfp\r\n", "b.csv": b"x,y\r1,2\r"})
    assert first == second
    assert [name for name, _ in first.files] == ["a.csv", "b.csv"]
    assert first != DataVersion.of({"a.csv": b"p\n", "b.csv": b"x,y\n1,3\n"})
    assert first != DataVersion.of({"a.csv": b"p\n", "c.csv": b"x,y\n1,2\n"})


def test_the_hash_of_a_file_is_its_sha256() -> None:
    # sha256 of "p\n", from the sha256sum program.
    version = DataVersion.of({"a.csv": b"p\n"})
    assert dict(version.files)["a.csv"] == "fd6641673e7f3bf6e80e4bc5401fcb2821a1e117206c8e1c65cef23a58dc37ff"
    assert len(version.sha256) == 64
    assert version.short == version.sha256[:12]
    assert json.loads(json.dumps(version.to_dict()))["files"] == dict(version.files)


def test_bibtex_escapes_text_and_keeps_addresses() -> None:
    source = Source(
        source_id="a b_1",
        kind="news & {views} 100%",
        url="see https://x.org/a_b?c=1&d={e} (Figure 10) and https://y.org/",
        seen_on="2026-11-22",
    )
    text = source.to_bibtex("Numbers of O'Reardon 2007.")
    assert text.startswith("@misc{a-b_1,\n")
    assert r"title = {news \& \{views\} 100\%: a b\_1}" in text
    assert r"howpublished = {see \url{https://x.org/a_b?c=1&d=%7Be%7D} (Figure 10) and \url{https://y.org/}}" in text
    assert "note = {Read on 2026-11-22. Numbers of O'Reardon 2007.}" in text
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")


def test_a_source_without_address_is_cited_as_it_stands() -> None:
    source = Source(source_id="s", kind="abstract", url="Robinson 2009, PubMed 19625785", seen_on="2026-11-22")
    assert "howpublished = {Robinson 2009, PubMed 19625785}" in source.to_bibtex()
    assert source.to_dict()["url"] == "Robinson 2009, PubMed 19625785"


def test_the_environment_record_is_the_same_twice_and_names_versions() -> None:
    record = environment_record()
    assert record == environment_record()
    assert record["python"] == platform.python_version()
    assert record["numpy"] == metadata.version("numpy")
    assert set(RECORDED_PACKAGES) <= set(record)


def test_the_recorded_version_of_tmsmeta_is_that_of_the_code_that_runs(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(metadata, "version", lambda name: "0.0.1")
    assert environment_record()["tmsmeta"] == __version__
    assert environment_record()["numpy"] == "0.0.1"


def test_a_package_that_is_not_there_is_said_to_be_so(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert environment_record()["scipy"] == "not installed"

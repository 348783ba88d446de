"""Tell what kind of file some bytes are, whatever its name says; and what to do with one that is no table."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Literal

Kind = Literal["text", "spreadsheet", "parquet", "stata", "revman"]

_BEGINNINGS = (
    (b"%PDF", "is a PDF, not a table; copy the table into a spreadsheet and save it as XLSX or CSV."),
    (b"\x89PNG", "is an image, not a table; type the numbers into a spreadsheet and save it as XLSX or CSV."),
    (b"\xff\xd8\xff", "is an image, not a table; type the numbers into a spreadsheet and save it as XLSX or CSV."),
    (b"GIF8", "is an image, not a table; type the numbers into a spreadsheet and save it as XLSX or CSV."),
    (b"II*\0", "is an image, not a table; type the numbers into a spreadsheet and save it as XLSX or CSV."),
    (b"MM\0*", "is an image, not a table; type the numbers into a spreadsheet and save it as XLSX or CSV."),
    (b"{\\rtf", "is a text document (RTF); copy the table into a spreadsheet and save it as XLSX or CSV."),
    (b"7z\xbc\xaf", "is a packed archive; unpack it and give the table inside."),
    (b"Rar!", "is a packed archive; unpack it and give the table inside."),
    (b"BZh", "is a packed file; unpack it and give the table inside."),
    (b"\xfd7zXZ", "is a packed file; unpack it and give the table inside."),
    (b"$FL", "is an SPSS file; save it as CSV there, or give the data frame of pandas.read_spss."),
    (b"SQLite format 3", "is a database; export the table as CSV."),
    (b"RDX", "is a file of R; write the table with write.csv(x, 'x.csv', row.names = FALSE)."),
    (b"ARROW1", "is a Feather file; give the data frame of pandas.read_feather."),
)
_GZIP = "is a packed file; unpack it and give the table inside."
_R_IN_GZIP = "is a file of R; write the table with write.csv(x, 'x.csv', row.names = FALSE)."
_ZIPPED = (
    ("word/", "is a Word document; copy the table into a spreadsheet and save it as XLSX or CSV."),
    ("ppt/", "is a PowerPoint file; copy the table into a spreadsheet and save it as XLSX or CSV."),
    ("Index/", "is a Numbers or Pages document; export the table as XLSX or CSV."),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED = "is protected by a password; save a copy without one."


def kind_of(data: bytes, name: str) -> tuple[Kind, str]:
    """What a file is, and why it cannot be read; the reason is blank where it can.

    Args:
        data: its bytes.
        name: its name; only its end is looked at, and only for formats without a mark in their bytes.
    """
    for beginning, reason in _BEGINNINGS:
        if data.startswith(beginning):
            return "text", reason
    if data.startswith(b"\x1f\x8b"):
        return "text", _R_IN_GZIP if name.casefold().endswith((".rds", ".rda", ".rdata")) else _GZIP
    if data.startswith(b"PK"):
        return "spreadsheet", _zip_reason(data)
    if data.startswith(_OLE):
        return "spreadsheet", _ole_reason(data)
    if data.startswith(b"PAR1"):
        return "parquet", ""
    if data.startswith(b"<stata_dta>") or name.casefold().endswith(".dta"):
        return "stata", ""
    return _text_kind(data)


def _zip_reason(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            mime = archive.read("mimetype") if "mimetype" in names else b""
            manifest = archive.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError):
        return "is damaged and cannot be opened; save or download it again."
    if b"encryption-data" in manifest:
        return _LOCKED
    if any(name.startswith("xl/") for name in names) or b"opendocument.spreadsheet" in mime:
        return ""
    if b"opendocument" in mime:
        return "is a text document; copy the table into a spreadsheet and save it as XLSX or CSV."
    for folder, reason in _ZIPPED:
        if any(name.startswith(folder) for name in names):
            return reason
    return "is a ZIP archive; unpack it and give the table inside."


def _ole_reason(data: bytes) -> str:
    """The container of old Office files names its streams in UTF-16."""

    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if holds("EncryptedPackage"):
        return _LOCKED
    if holds("WordDocument"):
        return "is a Word document; copy the table into a spreadsheet and save it as XLSX or CSV."
    if holds("Workbook") or holds("Book"):
        return ""
    return "is an old Office file without a spreadsheet; open it there and save the table as XLSX or CSV."


def _text_kind(data: bytes) -> tuple[Kind, str]:
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    low = start[:1024].lower()
    if b"<COCHRANE_REVIEW" in start:
        return "revman", ""
    if b"urn:schemas-microsoft-com:office:spreadsheet" in start:
        return "text", "is a spreadsheet in an old XML format; open it and save it as XLSX or CSV."
    if low.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<meta")):
        return (
            "text",
            "is a web page (HTML), whatever its name says; open it in a spreadsheet and save it as XLSX or CSV.",
        )
    if low.startswith(b"<?xml"):
        return "text", "is an XML file of an unknown kind; export the table as CSV."
    if re.match(rb"[\[{]\s*[\[{\"]", low):
        return "text", "is a JSON file; in Python, give the data frame of pandas.read_json."
    return "text", ""

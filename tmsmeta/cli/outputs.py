"""What every analysis does with its answer: check where it goes, write files, print."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tmsmeta.cli.console import note, print_json, say, show_reader_table
from tmsmeta.cli.options import Output
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.tables.write import check_place, write_files
from tmsmeta.words.names import listed

if TYPE_CHECKING:
    from tmsmeta.figures.room import Width
    from tmsmeta.report.answer import Answer
    from tmsmeta.words.tables import ReaderTable

FIGURE_FORMATS = (".png", ".svg", ".pdf", ".eps", ".tiff")
_BY_DEFAULT = (".png", ".svg")
_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]*$")  # the 2 of "figure.2" is no format


def figure_files(path: Path) -> list[Path]:
    """The files that ``--figure PATH`` names: PATH itself, or ``PATH.png`` and ``PATH.svg`` where it has no ending."""
    ending = _ending(path)
    return [path] if ending else [path.with_name(f"{path.name}{form}") for form in _BY_DEFAULT]


def figure_width(text: str | None) -> Width | None:
    """What ``--width`` asks for: one or two columns of a journal, or millimetres as inches; None for none.

    Raises:
        InvalidInputError: something else, or a width that no figure has.
    """
    if text is None or text in ("single", "double"):
        return cast("Width | None", text)
    from tmsmeta.figures.room import paper_width

    try:
        return paper_width(float(text.removesuffix("mm")) / 25.4, 0.0)
    except (ValueError, InvalidInputError):
        message = "must be single (85 mm), double (170 mm) or millimetres from 51 to 1016, as 120."
        raise InvalidInputError(Issue(None, "--width", text, message)) from None


def check_output(output: Output, read: Path | None, *, no_figure: str = "", no_script: str = "") -> None:
    """Raise for every file that cannot be written, before anything is computed.

    Args:
        output: where the results are to go.
        read: the table or the folder that is read, which nothing may be written over.
        no_figure, no_script: why this kind of analysis has no figure, or no R script, as the end of a sentence.

    Raises:
        InvalidInputError: endings that name no format, a width without a figure or that none has, a script where there
            is none, one file for two results, a file that is read.
        OutputError: a place that cannot hold a file.
    """
    from tmsmeta.report.table_files import TABLE_FORMATS

    allowed = {
        "--figure": (output.figure, FIGURE_FORMATS),
        "--table": (output.table, tuple(TABLE_FORMATS)),
        "--report": (output.report, (".html",)),
        "--r-script": (output.r_script, (".R",)),
    }
    lacking = (("--figure", output.figure, no_figure), ("--r-script", output.r_script, no_script))
    faults = [
        Issue(None, option, str(path), f"{why}; leave it out.")
        for option, path, why in lacking
        if path is not None and why
    ]
    faults += _width_faults(output)
    for option, (path, endings) in allowed.items():
        if path is None:
            continue
        ending = _ending(path)
        if ending.lower() in [e.lower() for e in endings] or (option == "--figure" and not ending):
            continue
        either = f"one of {', '.join(endings)}" if len(endings) > 1 else endings[0]
        faults.append(Issue(None, option, str(path), f"must end in {either}."))
    if faults:
        raise InvalidInputError(faults)
    places = _places(output)
    _refuse_places(places, read)
    for file in (file for files in places.values() for file in files):
        check_place(file)


def _width_faults(output: Output) -> tuple[Issue, ...]:
    """What is wrong with ``--width``."""
    if output.width is not None and output.figure is None:
        return (Issue(None, "--width", output.width, "is the width of --figure; give that too, or leave it out."),)
    try:
        figure_width(output.width)
    except InvalidInputError as error:
        return tuple(error.issues)
    return ()


def _places(output: Output, tables: Sequence[ReaderTable] = ()) -> dict[str, list[Path]]:
    """The files of each option; without `tables`, only the first one of those that ``--table`` writes."""
    from tmsmeta.report.table_files import table_places

    return {
        "--figure": figure_files(output.figure) if output.figure else [],
        "--table": table_places(output.table, tables) if output.table else [],
        "--report": [output.report] if output.report else [],
        "--r-script": [output.r_script] if output.r_script else [],
    }


def _refuse_places(places: Mapping[str, Sequence[Path]], read: Path | None) -> None:
    """Raise where a result would be written over what is read, or over another result."""
    faults, taken = [], dict[Path, str]()
    for option, files in places.items():
        for file in files:
            if read is not None and _is_read(file, read):
                message = "is read for this analysis and would be lost; name another file."
                faults.append(Issue(None, option, str(file), message))
            elif other := taken.get(file.resolve()):
                faults.append(Issue(None, option, str(file), f"is the file of {other}, too; name another file."))
            taken[file.resolve()] = option
    if faults:
        raise InvalidInputError(faults)


def _is_read(file: Path, read: Path) -> bool:
    """Whether `file`, by any of its names, is the table that is read, or a table of the folder that is read."""
    if not (file.exists() and read.exists()):
        return False
    if read.is_dir():
        return file.suffix.lower() == ".csv" and file.resolve().parent == read.resolve()
    return file.samefile(read)


def _ending(path: Path) -> str:
    found = _ENDING.search(path.name)
    return found.group() if found else ""


def deliver(answer: Answer, output: Output, read: Path | None, script: Callable[[], str] | None = None) -> None:
    """Write the files that were asked for, say so on stderr, and print the answer on stdout.

    Args:
        answer: what came out.
        output: where it goes.
        read: the table or the folder that was read, which nothing may be written over.
        script: what gives the R script that repeats it.

    Raises:
        InvalidInputError: a table beside the first one would be written over what was read.
        NoEquivalentError: ``--r-script`` where R has no equal.
        OutputError: a file that cannot be written.
    """
    places = _places(output, answer.tables)
    _refuse_places(places, read)
    earlier = {file for files in places.values() for file in files if file.exists()}
    made = {**_figure(answer, output), **_table(answer, output), **_page(answer, output), **_script(output, script)}
    write_files(made)
    if made:
        named = [f"{file} (in place of an earlier one)" if file in earlier else str(file) for file in made]
        note(f"Written: {listed(named)}.")
    if output.json:
        print_json(answer.plain)
        return
    for table in answer.tables:
        show_reader_table(table)
    for sentence in answer.told:
        say(sentence)


def _figure(answer: Answer, output: Output) -> dict[Path, bytes]:
    if output.figure is None:
        return {}
    from tmsmeta.figures import to_bytes

    title, draw = next(iter(answer.figures.items()))
    drawn = draw(width=figure_width(output.width))
    about = {"title": f"{title}. {answer.title}", "spec": answer.spec}
    return {file: to_bytes(drawn, file.suffix[1:].lower(), about) for file in figure_files(output.figure)}


def _table(answer: Answer, output: Output) -> dict[Path, bytes]:
    if output.table is None:
        return {}
    from tmsmeta.report.table_files import table_files

    files, remark = table_files(output.table, answer.tables, answer.told)
    if remark:
        note(f"{output.table}: {remark}")
    return files


def _page(answer: Answer, output: Output) -> dict[Path, bytes]:
    if output.report is None:
        return {}
    from tmsmeta.report.answer import answer_page

    return {output.report: answer_page(answer).encode()}


def _script(output: Output, script: Callable[[], str] | None) -> dict[Path, bytes]:
    return {} if output.r_script is None or script is None else {output.r_script: script().encode()}

"""How a table that is wider than the console is taken apart: blocks of columns, each with the first one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from rich.cells import cell_len

RULED = (3, 1)  # columns of the console that the blanks and the rule of a column take, and the rule at the end
OPEN = (2, -2)  # blanks alone, between columns
_NARROWEST = 24  # texts are wrapped at blanks, but not below this
_LONGEST_NUMBER = 44  # what is longer in a column of numbers is no number


def blocks(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: Collection[int],
    width: int,
    room: tuple[int, int] = RULED,
) -> list[dict[int, int]]:
    """The columns of each block by their place, with the width that each is given.

    Numbers are not wrapped, unless a reason stands in the place of one. Texts may be, where they would not fit.

    Args:
        head, rows: the table as text.
        numbers: places of columns of numbers.
        width: of the console.
        room: what a column takes beside its texts, and what all take together.
    """
    cells = [_longest(row[i] for row in rows) for i in range(len(head))]
    wanted = [max(width, cell_len(name), 1) for width, name in zip(cells, head, strict=True)]
    least = [_least(wanted[i], cells[i], head[i], i in numbers) for i in range(len(head))]
    found: list[list[int]] = []
    for place in range(1, len(head)):
        if found and _needed((least[i] for i in (*found[-1], place)), room) <= width:
            found[-1].append(place)
        else:
            found.append([0, place])
    return [_widths(block, wanted, least, width, room) for block in found or ([[0]] if head else [])]


def _longest(cells: Iterable[str]) -> int:
    return max((cell_len(line) for cell in cells for line in cell.splitlines()), default=0)


def _least(wanted: int, cells: int, head: str, number: bool) -> int:
    """What a column can do with: all of its numbers, under a heading wrapped at blanks; or a part of its texts."""
    if number and cells <= _LONGEST_NUMBER:
        return max(cells, _longest(head.split()), 1)
    return min(wanted, _NARROWEST)


def _needed(widths: Iterable[int], room: tuple[int, int]) -> int:
    return sum(width + room[0] for width in widths) + room[1]


def _widths(
    block: Sequence[int], wanted: Sequence[int], least: Sequence[int], width: int, room: tuple[int, int]
) -> dict[int, int]:
    """What each column gets: as little as it can do with, and of the rest as much as it wants, the first one first."""
    given = {place: least[place] for place in block}
    rest = width - _needed(given.values(), room)
    for place in block:
        more = max(0, min(wanted[place] - given[place], rest))
        given[place] += more
        rest -= more
    if rest < 0:  # one column beside the first is too much for this console: what is longest is wrapped
        longest = max(block, key=lambda place: given[place])
        given[longest] = max(1, given[longest] + rest)
    return given

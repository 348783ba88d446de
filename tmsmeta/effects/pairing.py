"""Values that come beside effects, one per study: the one rule by which they find their rows.

Where the values have keys, the keys decide: a mapping by study label, a Series or DataFrame whose index holds the
labels, a table with a column ``study``, or with one of another name (``Study``, ``trial``) that holds the labels of all
studies. The order does not matter then, and keys that disagree with the labels (one missing, one too many, one twice)
are refused. Where there are no keys (a list, an array, a Series with a default or row index, effects without labels),
and only there, the values are paired by position and must be as many as the rows.

Labels of effects may repeat. One value per label then goes to all rows of that label; keys that repeat as well are
taken only where they stand in the very order of the rows, since nothing else tells them apart.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tmsmeta.effects.base import EffectSizes
from tmsmeta.effects.checks import fields_of, is_missing, one_column, one_of, refuse_missing, same_order
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.words.names import alike, listed, meant

if TYPE_CHECKING:
    import pandas as pd

KEY = "study"
BY_POSITION = "give a list or .to_numpy() to pair by position"


def row_values(name: str, values: Any, effects: EffectSizes, what: str = "value") -> list[Any]:
    """The k values of argument `name`, one per row of `effects`, none of them missing; messages call them `what`.

    Raises:
        InvalidInputError: as :func:`paired`, and for a value that is missing or empty.
    """
    found = paired(name, values, effects.study.tolist(), what=what)
    refuse_missing(name, found, effects.study)
    return found


def paired(
    name: str, values: Any, study: Sequence[str], *, also: Collection[str] = (), what: str = "value"
) -> list[Any]:
    """The values of argument `name` in the order of `study`, by keys where there are any (see above).

    Args:
        name: of the argument, for messages.
        values: mapping, Series, table of one column, list or array.
        study: labels of the rows, k of them.
        also: further labels that keys may hold, such as studies without an estimate. Their values follow those of
            `study`; None where there is none.
        what: what a value is called in messages.

    Raises:
        InvalidInputError: keys that disagree with the labels; another number of values; a table of several columns.
    """
    keys, found = _keys_and_values(name, values, study, what)
    if keys is not None:
        held = dict(zip(keys, found, strict=True))
        rows = places(name, keys, study, also=also, what=what)
        return [*(found[i] for i in rows), *(held.get(label) for label in also)]
    if len(found) != len(study):
        message = _one_per_row(len(study), what)
        if len(found) == len(study) + len(also):
            message += f" A list cannot tell which are those of {listed(list(also))}, without an estimate."
        raise InvalidInputError(Issue(None, name, len(found), message))
    return [*found, *(None for _ in also)]


def places(
    name: str, keys: Sequence[str], study: Sequence[str], *, also: Collection[str] = (), what: str = "value"
) -> list[int]:
    """For each label of `study`, the place of its key.

    Raises:
        InvalidInputError: every key that is no label or stands twice, and every label without a key.
    """
    known, further = set(study), set(also) - set(study)
    inner = [i for i, key in enumerate(keys) if key not in further]
    if [keys[i] for i in inner] == list(study):
        return inner
    count = Counter(keys)
    absent = [label for label in dict.fromkeys(study) if label not in count]
    issues = [Issue(label, name, None, f"has no {what}; every study needs one.") for label in absent]
    issues += [
        Issue(key, name, None, f"is the label of no study here; leave it out.{meant(key, absent)}")
        for key in count
        if key not in known and key not in further
    ]
    issues += [
        Issue(key, name, times, "must stand once, or all keys in the very order of the studies.")
        for key, times in count.items()
        if times > 1 and key in known
    ]
    if issues:
        raise InvalidInputError(issues, f"The keys of `{name}` and the study labels disagree ({BY_POSITION})")
    place = {key: i for i, key in enumerate(keys)}
    return [place[label] for label in study]


def paired_table(name: str, data: Any, study: Sequence[str], *, also: Collection[str] = ()) -> pd.DataFrame:
    """A table with one row per label of `study`, in that order, and rows counted from 0.

    Args:
        name: of the argument, for messages.
        data: as in :func:`table_of`; in a mapping of columns without ``study``, each column is paired by itself.
        study: labels of the rows.
        also: labels of rows that `data` may hold besides; they are dropped.

    Raises:
        InvalidInputError: as in :func:`paired` and :func:`table_of`.
    """
    if isinstance(data, Mapping) and not _named_keys(data, study):
        import pandas as pd

        columns: dict[str, Any] = {}
        issues: list[Issue] = []
        for column, values in data.items():
            try:
                columns[str(column)] = _paired_column(f"{name}.{column}", values, study)
            except InvalidInputError as error:
                issues += error.issues
        if issues:
            raise InvalidInputError(issues)
        return pd.DataFrame(columns, index=pd.RangeIndex(len(study)))
    table = table_of(name, data)
    keys = table_keys(name, table, study)
    if keys is not None:
        table = table.iloc[places(name, keys, study, also=also, what="row")]
    elif len(table) != len(study):
        raise InvalidInputError(Issue(None, name, len(table), _one_per_row(len(study), "row")))
    return table.reset_index(drop=True)


def keyed_table(name: str, data: Any, study: Sequence[str], *, also: Sequence[str] = ()) -> pd.DataFrame:
    """A table that must have keys, in the order of `study` and then of `also`; absent rows of `also` are blank.

    Raises:
        InvalidInputError: as in :func:`paired_table`, and for a table without study labels.
    """
    table = table_of(name, data)
    keys = table_keys(name, table, study)
    if keys is None:
        message = "must hold the study labels in a column `study` or in its index."
        raise InvalidInputError(Issue(None, name, list(map(str, table.columns)), message))
    table = table.rename(columns={_named_keys(table, study): KEY})
    rows = places(name, keys, study, also=also, what="row")
    further = [keys.index(label) if label in keys else -1 for label in also]
    return table.reset_index(drop=True).reindex([*rows, *further]).reset_index(drop=True)


def _paired_column(name: str, values: Any, study: Sequence[str]) -> Any:
    """One column of a mapping; a Series keeps its kind, such as the order of its categories."""
    import pandas as pd

    if not isinstance(values, pd.Series):
        column = np.array(paired(name, values, study)) if _has_keys(values) else _positional(name, values, len(study))
        return _as_numbers(column)
    rows = paired(name, pd.Series(np.arange(len(values)), index=values.index), study)
    return values.iloc[rows].reset_index(drop=True)


def _as_numbers(column: Any) -> Any:
    """Numbers among which some are missing, such as ``[1, None, 3]``, as floats; anything else as it is."""
    if column.dtype != object:
        return column
    known = [value for value in column if not is_missing(value)]
    if not known or not all(isinstance(value, (int, float, np.number)) for value in known):
        return column
    return np.array([np.nan if is_missing(value) else float(value) for value in column])


def _positional(name: str, values: Any, k: int) -> Any:
    column = np.atleast_1d(np.asarray(one_column(name, values)))
    if column.ndim != 1 or len(column) != k:
        found = column.shape if column.ndim != 1 else len(column)
        raise InvalidInputError(Issue(None, name, found, _one_per_row(k, "value")))
    return column


def table_of(name: str, data: Any) -> pd.DataFrame:
    """A DataFrame from a DataFrame, a mapping of columns or of single values, a record array or a list of mappings.

    Raises:
        InvalidInputError: anything else, columns of different length or order, a column name that stands twice.
    """
    import pandas as pd

    if isinstance(data, Mapping):
        same_order({f"{name}.{column}": values for column, values in data.items()})
        arrays = {column: np.atleast_1d(np.asarray(one_column(name, values))) for column, values in data.items()}
        lengths = {column: len(values) for column, values in arrays.items()}
        if len(set(lengths.values())) > 1:
            found = ", ".join(f"{column} {n}" for column, n in lengths.items())
            raise InvalidInputError(Issue(None, name, found, "must have columns of the same length."))
        return pd.DataFrame(arrays)
    records = isinstance(data, (list, tuple)) and len(data) and all(isinstance(row, Mapping) for row in data)
    if records or fields_of(data):
        return pd.DataFrame(data)
    if not isinstance(data, pd.DataFrame):
        message = "must be a DataFrame, or a mapping with one list per column."
        raise InvalidInputError(Issue(None, name, type(data).__name__, message))
    if not data.columns.is_unique:
        twice = [str(column) for column, times in Counter(data.columns).items() if times > 1]
        raise InvalidInputError(
            [Issue(None, f"{name}.{c}", None, "must be the name of one column only.") for c in twice]
        )
    return data


def table_keys(name: str, table: pd.DataFrame, study: Sequence[str]) -> list[str] | None:
    """The study labels of a table's rows, from its column ``study``, its index or another column; None without any.

    Raises:
        InvalidInputError: a column ``study``, or an index of texts, that shares no label with `study`.
    """
    column = [str(label) for label in table[KEY]] if KEY in table.columns else None
    if column is not None and set(column) & set(study):
        return column
    if set(map(str, table.index)) & set(study) and (keys := index_keys(name, table.index, study)) is not None:
        return keys
    if column is None and (other := _named_keys(table, study)):
        return [str(label) for label in table[other]]
    if column is not None and _labelled(study):
        raise InvalidInputError(_strangers(f"{name}.{KEY}", column, study))
    return None if column is not None else index_keys(name, table.index, study)


def index_keys(name: str, index: pd.Index[Any], study: Sequence[str]) -> list[str] | None:
    """An index as study labels; None for a default or row index, and where the studies have no labels of their own.

    Raises:
        InvalidInputError: labels none of which is a study; a default index that may be meant either way.
    """
    import pandas as pd

    keys = [str(label) for label in (index.get_level_values(KEY) if KEY in index.names else index)]
    shared = bool(set(keys) & set(study))
    if isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1 and index.name is None:
        if shared and keys != list(study) and Counter(keys) == Counter(study):
            message = f"has the default index, and the studies have these labels in another order; {BY_POSITION}."
            raise InvalidInputError(Issue(None, name, f"0 to {len(keys) - 1}", message))
        return None
    if shared:
        return keys
    if not _labelled(study) or (index.inferred_type == "integer" and index.name != KEY):
        return None
    raise InvalidInputError(_strangers(name, keys, study))


def _strangers(name: str, keys: Sequence[str], study: Sequence[str]) -> Issue:
    message = (
        f"must hold the study labels ({_first(study)}), and holds none of them; "
        f"label the effects by it (`study`), or {BY_POSITION}."
    )
    return Issue(None, name, _first(keys), message)


def _first(labels: Sequence[str]) -> str:
    return ", ".join([*labels[:3], "..."] if len(labels) > 3 else labels)


def _keys_and_values(name: str, values: Any, study: Sequence[str], what: str) -> tuple[list[str] | None, list[Any]]:
    """The keys of `values`, or None, and the values themselves."""
    if isinstance(values, Mapping):
        return [str(key) for key in values], list(values.values())
    pandas = sys.modules.get("pandas")  # who gives a Series has imported it
    if pandas is not None and isinstance(values, pandas.DataFrame):
        table, held = table_of(name, values), set(map(str, values.index)) & set(study)
        columns = [c for c in table.columns if c != (KEY if held else _named_keys(table, study) or KEY)]
        if len(columns) != 1:
            raise InvalidInputError(one_of(name, columns))
        return table_keys(name, values, study), values[columns[0]].tolist()
    if pandas is not None and isinstance(values, pandas.Series):
        return index_keys(name, values.index, study), values.tolist()
    given = np.atleast_1d(np.asarray(one_column(name, values), dtype=object))
    if given.ndim != 1:
        raise InvalidInputError(Issue(None, name, given.shape, _one_per_row(len(study), what)))
    return None, given.tolist()


def key_column(columns: Mapping[Any, Any] | pd.DataFrame, known: Collection[str]) -> str:
    """The column of a table that holds the labels of its rows, as texts: ``study``, or one with all `known`; or blank.

    Numbers are not looked at, as a rank or a dose may have the labels 1, 2, 3 by chance.
    """
    if KEY in columns:
        return KEY
    wanted = {alike(label) for label in known}
    for name in columns:
        values = columns[name]
        if isinstance(values, (str, Mapping)) or not hasattr(values, "__iter__"):
            continue
        texts = [value for value in values if isinstance(value, str)]
        if wanted and len(texts) == len(values) and wanted <= {alike(text) for text in texts}:
            return str(name)
    return ""


def _named_keys(columns: Mapping[Any, Any] | pd.DataFrame, study: Sequence[str]) -> str:
    """As :func:`key_column`, for labels that were given; the texts must be the labels to the letter."""
    name = key_column(columns, study if _labelled(study) else ())
    return name if name == KEY or not name or set(study) <= set(columns[name]) else ""


def _has_keys(values: Any) -> bool:
    return isinstance(values, Mapping) or (hasattr(values, "columns") and hasattr(values, "iloc"))


def _one_per_row(k: int, what: str) -> str:
    return f"must hold one {what} per row of `effects`, that is {k}, or be keyed by study."


def _labelled(study: Sequence[str]) -> bool:
    """Whether the studies were given labels, rather than counted."""
    return list(study) != [f"study {i}" for i in range(1, len(study) + 1)]

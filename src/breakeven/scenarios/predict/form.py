"""The form of a product's page: a control for every column, by what it takes, those that matter most first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from breakeven.features.number_format import NumberFormat
from breakeven.features.schema import Field
from breakeven.features.time_format import TimeFormat
from breakeven.report import figures

#: Levels up to which a category is a list to choose from; more are searched.
CHOICES = 15
#: Most levels that a page holds of one column: others can be typed all the same.
MOST_LEVELS = 1_000
#: Columns that are shown at first; a product with a few more shows all of them.
FIRST, ALL = 12, 16
#: Characters of a name or level where it is shown; what is sent is whole.
SHOWN = 60
#: Roles in the order of the form's groups.
ROLES = ("text", "image", "category", "number", "time")


@dataclass(frozen=True)
class Control:
    """One column: `kind` says which control it is, `value` what it begins with; `several`: more than one file can be chosen."""

    name: str
    kind: str
    value: str
    levels: Sequence[str] = ()
    count: int = 0
    wide: bool = False
    several: bool = False

    @property
    def label(self) -> str:
        """The name as it is shown."""
        return self.shown(self.name)

    def shown(self, text: str) -> str:
        """A name or level as it fits."""
        return figures.clipped(text, SHOWN)


@dataclass(frozen=True)
class Group:
    """Columns of one role."""

    role: str
    controls: Sequence[Control]


def groups(
    fields: Sequence[Field], sample: Mapping[str, str | float | None], importance: Sequence[str]
) -> tuple[list[Group], list[Group]]:
    """The groups that are shown at first, and those that are folded away; `importance` names columns, the first matter most."""
    rank = {name: i for i, name in enumerate(importance)}
    ordered = sorted(fields, key=lambda f: (f.role not in ("text", "image"), rank.get(f.name, len(rank))))
    cut = len(ordered) if len(ordered) <= ALL else FIRST
    media = [f.name for f in fields if f.role == "image"]
    several = media[0] if media else ""
    return tuple(  # type: ignore[return-value]
        [
            Group(role, [control(f, sample.get(f.name), f.name == several) for f in some if f.role == role])
            for role in ROLES
            if any(f.role == role for f in some)
        ]
        for some in (ordered[:cut], ordered[cut:])
    )


def control(f: Field, value: str | float | None, several: bool = False) -> Control:
    """The control of a column that begins with a value.

    >>> control(Field("plan", "category", levels=("free", "pro")), "pro").kind
    'choice'
    """
    if f.role == "category":
        kind = "choice" if len(f.levels) <= CHOICES else "search"
        return Control(f.name, kind, "" if value is None else str(value), f.levels[:MOST_LEVELS], len(f.levels))
    if f.role == "time":
        return Control(f.name, *_moment(f, value))
    if f.role == "number":
        return Control(f.name, "number" if not _is_span(f) else "plain", _number(f, value))
    return Control(f.name, f.role, "" if value is None else str(value), wide=True, several=several)


def _is_span(f: Field) -> bool:
    """Whether its numbers are written as times of day or durations."""
    return f.format is not None and not isinstance(f.format, NumberFormat)


def _number(f: Field, value: str | float | None) -> str:
    """A number to six digits, by the column's own decimal sign."""
    if not isinstance(value, int | float):
        return "" if value is None else value
    text = f"{value:.6g}"
    return text.replace(".", ",") if isinstance(f.format, NumberFormat) and f.format.decimal == "," else text


def _moment(f: Field, value: str | float | None) -> tuple[str, str]:
    """The type of input for a column of times, and its value by the column's clock: a date where any typical value is one, as
    those between two dates have hours that no cell had.
    """
    seen = [moment for one in f.typical if (moment := _local(f, one)) is not None]
    midnight = any((m.hour, m.minute, m.second) == (0, 0, 0) for m in seen)
    shown = _local(f, value)
    if shown is None:
        return ("date" if midnight else "datetime-local"), ""
    return ("date", f"{shown:%Y-%m-%d}") if midnight else ("datetime-local", f"{shown:%Y-%m-%dT%H:%M:%S}")


def _local(f: Field, value: str | float | None) -> datetime | None:
    """A moment by the clock of the column's zone, which is the one that times without a zone are read by."""
    if value is None:
        return None
    zone = f.format.zone if isinstance(f.format, TimeFormat) else "UTC"
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
    else:
        moment = datetime.fromtimestamp(value, UTC)
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if moment.tzinfo else moment

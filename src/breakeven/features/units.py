"""Units that measure the same in other sizes: `850 g` beside `1.2 kg`, `800` beside `55k`, `12.00 CR` beside `3.50 DR`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

#: Share of the cells with a unit that units of one family must cover.
SHARED = 0.95
_DAY = 86_400.0
#: Name of a family -> unit in the singular -> its size. In the families of `BARE`, a number without a unit is of size 1.
FAMILIES: Mapping[str, Mapping[str, float]] = {
    "k, M": {
        **dict.fromkeys(("k", "thousand", "tsd", "tausend", "mil"), 1e3),
        **dict.fromkeys(("m", "mm", "mn", "mio", "million", "millionen"), 1e6),
        **dict.fromkeys(("b", "bn", "mrd", "milliarde", "milliarden", "billion"), 1e9),
    },
    "lakh, crore": {
        "k": 1e3,
        "thousand": 1e3,
        **dict.fromkeys(("l", "lac", "lakh"), 1e5),
        **dict.fromkeys(("cr", "crore"), 1e7),
    },
    "credit, debit": {"cr": 1.0, "dr": -1.0},
    "g, kg": {"mg": 1e-6, "g": 1e-3, "kg": 1.0, "t": 1e3},
    "oz, lb": {"oz": 1 / 16, "lb": 1.0},
    "cm, m": {"mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3},
    "ml, l": {"ml": 1e-3, "cl": 1e-2, "l": 1.0},
    "kB, MB": {"b": 1e-6, "kb": 1e-3, "mb": 1.0, "gb": 1e3, "tb": 1e6},
    "seconds, hours": {
        **dict.fromkeys(("s", "sec", "second", "sek", "sekunde", "sekunden", "秒"), 1.0),
        **dict.fromkeys(("m", "min", "minute", "minuten", "minuto", "分", "分钟"), 60.0),
        **dict.fromkeys(("h", "hr", "hour", "std", "stunde", "stunden", "heure", "hora", "小时", "时"), 3600.0),
        **dict.fromkeys(("d", "day", "tag", "tage", "jour", "día", "天"), _DAY),
        **dict.fromkeys(("w", "wk", "week", "woche", "wochen"), 7 * _DAY),
        **dict.fromkeys(("mo", "mth", "month", "monat", "monate"), 365.25 / 12 * _DAY),
        **dict.fromkeys(("y", "yr", "year", "jahr", "jahre"), 365.25 * _DAY),
    },
}
BARE = frozenset(("k, M", "lakh, crore"))


def family(units: Counter[str], bare: int) -> str:
    """The family of a column's units, in the singular, with their counts; "" where no conversion is needed or none fits.

    `bare` counts the cells without a unit.

    >>> family(Counter({"kg": 40, "g": 8}), 0), family(Counter({"k": 40}), 8), family(Counter({"kg": 40}), 8)
    ('g, kg', 'k, M', '')
    """
    for name, sizes in FAMILIES.items():
        known = {unit: count for unit, count in units.items() if unit in sizes}
        alone = name in BARE and bare and "m" not in known
        if sum(known.values()) >= SHARED * units.total() and len({sizes[unit] for unit in known}) + bool(alone) > 1:
            return name
    return ""


def size(of: str, unit: str) -> float | None:
    """What one of a unit (in the singular, "" for none) counts in a column whose unit or family is `of`; None: it is no unit of it.

    >>> size("g, kg", "g"), size("k, M", ""), size("g, kg", ""), size("km/h", "km/h"), size("", "kg")
    (0.001, 1.0, None, 1.0, None)
    """
    sizes = FAMILIES.get(of)
    if sizes is None:
        return 1.0 if unit in ("", of) else None
    return sizes.get(unit, 1.0 if not unit and of in BARE else None)


def base(of: str) -> str:
    """The unit of size 1 to which the numbers of a column are brought; "" where they are of none.

    >>> base("g, kg"), base("k, M"), base("km/h")
    ('kg', '', 'km/h')
    """
    sizes = FAMILIES.get(of)
    return of if sizes is None else next((unit for unit, one in sizes.items() if one == 1.0), "")

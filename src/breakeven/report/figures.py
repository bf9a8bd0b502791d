"""Numbers as people read them: three digits, never a power of ten, and never "0 %" of something that can happen."""

from __future__ import annotations

from breakeven.core.verdict import Text

#: What is nearer to nothing than this share of a hundredth is noise of the arithmetic.
NOISE = 1e-9


def number(value: float, digits: int = 3) -> str:
    """A value to `digits` significant digits, whole from a thousand on.

    >>> number(-2.22e-17), number(0.03456), number(4e-06), number(-4e-06), number(1234567.8), number(12.5)
    ('0', '0.0346', '<0.001', '>-0.001', '1,234,568', '12.5')
    """
    size = abs(value)
    if size < NOISE:
        return "0"
    if size < 0.001:
        return "<0.001" if value > 0 else ">-0.001"
    if size >= 999.5:
        return f"{value:,.0f}"
    return f"{float(f'{value:.{digits}g}'):g}"


def signed(value: float) -> str:
    """The same with its sign, which nothing has that is shown as nothing.

    >>> signed(0.25), signed(-0.25), signed(1e-17)
    ('+0.25', '-0.25', '0')
    """
    text = number(value)
    return f"+{text}" if value > 0 and text[0].isdigit() and text != "0" else text


def score(value: float | None) -> str:
    """A score to three decimals, or to three digits where it is large; "" where there is none.

    >>> score(0.98234), score(1234.5), score(None), score(-1e-17)
    ('0.982', '1,234', '', '0.000')
    """
    if value is None:
        return ""
    return f"{value:z.3f}" if abs(value) < 10 else number(value)


def between(low: float | None, high: float | None) -> Text:
    """An interval of scores; empty where an end is open.

    >>> between(0.5, 0.75).en
    '0.500 to 0.750'
    """
    if low is None or high is None:
        return Text(en="", zh="")
    return Text(en=f"{score(low)} to {score(high)}", zh=f"{score(low)} 至 {score(high)}")


def share(value: float) -> Text:
    """A share in per cent: a share that was estimated is never shown as nothing or all.

    >>> share(0.344).en, share(0.001).en, share(0.9999).zh, share(0.0).en
    ('34 %', 'less than 1 %', '超过 99%', 'less than 1 %')
    """
    if value < 0.01:
        return Text(en="less than 1 %", zh="不到 1%")
    if value > 0.99:
        return Text(en="more than 99 %", zh="超过 99%")
    return Text(en=f"{100 * value:.0f} %", zh=f"{100 * value:.0f}%")


def points(low: float, high: float) -> Text:
    """An interval of shares.

    >>> points(0.281, 0.414).en
    '28 to 41 %'
    """
    return Text(en=f"{100 * low:.0f} to {100 * high:.0f} %", zh=f"{100 * low:.0f}% 至 {100 * high:.0f}%")


def tenths(value: float) -> str:
    """Points of a share, to a tenth.

    >>> tenths(0.0712), tenths(-1e-9)
    ('7.1', '0.0')
    """
    return f"{100 * value:z.1f}"


def tenths_between(low: float, high: float) -> Text:
    """An interval of such points."""
    return Text(en=f"{tenths(low)} to {tenths(high)}", zh=f"{tenths(low)} 至 {tenths(high)}")


def money(usd: float | None) -> str:
    """Dollars, cents where they matter.

    >>> money(0.0), money(4e-06), money(1.333), money(12345.6), money(-3), money(None)
    ('$0', '<$0.01', '$1.33', '$12,346', '-$3.00', '')
    """
    if usd is None:
        return ""
    if abs(usd) < NOISE:
        return "$0"
    if usd < 0:
        return f"-{money(-usd)}"
    return "<$0.01" if usd < 0.005 else f"${usd:,.2f}" if usd < 100 else f"${usd:,.0f}"


def small(value: float | None, least: float = 0.01) -> str:
    """Seconds, milliseconds and megabytes: two decimals, fewer where they are many; "" where they were not measured.

    >>> small(0.004), small(9.63), small(123.4), small(None)
    ('<0.01', '9.63', '123', '')
    """
    if value is None:
        return ""
    return f"<{least:g}" if value < least else f"{value:.2f}" if value < 10 else number(value)


def clipped(name: str, most: int = 48) -> str:
    """A name of any length as it fits a cell or a picture.

    >>> clipped("a" * 300, 5), clipped("two\\nlines")
    ('aaaa…', 'two lines')
    """
    line = " ".join(name.split())
    return line if len(line) <= most else line[: most - 1] + "…"

"""The date in a sentence, in English and Chinese, written out or counted from today.

Weeks begin on Monday. `Friday` alone is the coming one, `next Friday` and `下周五` that of the next week, `last Friday` the latest before
today. A date without a year is the nearest one to today.

>>> day = datetime.date(2026, 11, 30)
>>> [date_in(s, "en", day)[0] for s in ("next Friday", "Nov 3rd, 2026", "3 days ago", "03/11/2026", "31 June 2026")]
['2026-12-11', '2026-11-03', '2026-11-27', None, None]
>>> [date_in(s, "zh", day)[0] for s in ("2026年11月3日", "下周五", "上个月15号", "大后天", "12/5")]
['2026-11-03', '2026-12-11', '2026-10-15', '2026-12-03', '2026-12-05']
"""

from __future__ import annotations

import datetime
import re

from breakeven.scenarios.support.slot_numbers import chinese

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_NEAR = {
    "the day before yesterday": -2, "day before yesterday": -2, "the day after tomorrow": 2, "day after tomorrow": 2, "yesterday": -1,
    "tomorrow": 1, "today": 0, "tonight": 0, "大前天": -3, "大后天": 3, "大後天": 3, "前天": -2, "后天": 2, "後天": 2, "昨天": -1, "昨日": -1,
    "昨晚": -1, "今天": 0, "今日": 0, "今晚": 0, "今早": 0, "明天": 1, "明日": 1, "明晚": 1,
}  # fmt: skip
_NUMERAL = "[零〇一二三四五六七八九十]+"
_MONTH = r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_HAN = re.compile(
    rf"(?:(\d{{4}}|{_NUMERAL}|今|去|明)年)?\s*(?:(\d{{1,2}}|{_NUMERAL})月份?|(上|这|本|下)个?月)\s*(\d{{1,2}}|{_NUMERAL})\s*[日号號]?"
)
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)?[ -]{_MONTH},?(?:[ -](\d{{4}}))?(?!\d)", re.I)
_MONTH_FIRST = re.compile(rf"\b{_MONTH}[ -](\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,? (\d{{4}}))?", re.I)
_SLASHED = re.compile(r"(?<![\d/.])(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}|\d{2}))?(?![\d/]|\.\d)")
_COUNTED = re.compile(
    rf"\b(?:in )?(\d+|an?|one|two|three|four|five|six|seven) (day|week|month)s?( ago| from now| later)?\b"
    rf"|(\d+|{_NUMERAL}|两)\s*(天|周|个?星期|个月)[之以]?(前|后|後)",
    re.I,
)
_SMALL = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}
_WEEKDAY = re.compile(
    rf"\b(?:(next|last|this|coming|past) )?({'|'.join(f'{d[:3]}(?:{d[3:]}|s|rs|nes|ur)?' for d in _DAYS)})\b"
    r"|(上|下|这|本)?个?(?:周|星期|礼拜)([一二三四五六日天])",
    re.I,
)
_DAY_ALONE = re.compile(rf"(?<![\d月])(\d{{1,2}}|{_NUMERAL})[号號日]")


def date_in(said: str, language: str, today: datetime.date) -> tuple[str | None, str]:
    """The one date of a sentence as 2026-11-03; else None and what is wrong: "date", "order" (two readings) or "no day".

    Of `3/11` a Chinese customer means March; from others it is asked, unless one of the two cannot be a month.
    """
    try:
        found = _dates(said, language, today)
    except ValueError as error:
        return None, "order" if str(error) == "order" else "no day"
    except OverflowError:
        return None, "no day"
    return (found[0].isoformat(), "") if len(set(found)) == 1 else (None, "date")


def _dates(said: str, language: str, today: datetime.date) -> list[datetime.date]:
    for read in (_written, _slashed, _counted, _near, _weekdays, _days):
        if found := read(said, language, today):
            return found
    return []


def _written(said: str, language: str, today: datetime.date) -> list[datetime.date]:
    found = [datetime.date(int(y), int(m), int(d)) for y, m, d in _ISO.findall(said)]
    for year, month, relative, day in _HAN.findall(said):
        found.append(_in_chinese(year, month, relative, _whole(day), today))
    for day, month, year in _DAY_FIRST.findall(said):
        found.append(_of_year(year, _month(month), int(day), today))
    if not found:
        found += [_of_year(year, _month(month), int(day), today) for month, day, year in _MONTH_FIRST.findall(said)]
    return found


def _in_chinese(year: str, month: str, relative: str, day: int, today: datetime.date) -> datetime.date:
    if relative:
        months = 12 * today.year + today.month - 1 + {"上": -1, "下": 1}.get(relative, 0)
        return datetime.date(months // 12, months % 12 + 1, day)
    near = {"今": 0, "去": -1, "明": 1}.get(year)
    number = str(today.year + near) if near is not None else str(_whole(year)) if year else ""
    return _of_year(number, _whole(month), day, today)


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() else int(chinese(text.replace("〇", "零").replace("两", "二")))


def _month(word: str) -> int:
    return next(i for i, name in enumerate(_MONTHS, 1) if name.startswith(word.lower()[:3]))


def _of_year(year: str, month: int, day: int, today: datetime.date) -> datetime.date:
    """A date; without a year the nearest to today. Raises ValueError for a day that is not in the calendar."""
    if year:
        number = int(year)
        return datetime.date(number + 2000 if number < 100 else number, month, day)
    near, wrong = list[datetime.date](), ValueError("no such day")
    for number in (today.year - 1, today.year, today.year + 1):
        try:
            near.append(datetime.date(number, month, day))
        except ValueError as error:
            wrong = error
    if not near:
        raise wrong
    return min(near, key=lambda date: abs(date - today))


def _slashed(said: str, language: str, today: datetime.date) -> list[datetime.date]:
    found = []
    for first, second, year in _SLASHED.findall(said):
        a, b = int(first), int(second)
        if a > 12 or (a == b and b <= 12):
            found.append(_of_year(year, b, a, today))
        elif b > 12 or language == "zh":
            found.append(_of_year(year, a, b, today))
        else:
            raise ValueError("order")
    return found


def _counted(said: str, language: str, today: datetime.date) -> list[datetime.date]:
    found = []
    for match in _COUNTED.finditer(said):
        english, unit, direction, number, han_unit, side = match.groups()
        if english and not direction and not match[0].lower().startswith("in "):
            continue
        count = (_SMALL.get(english.lower()) or int(english)) if english else _whole(number)
        days = 7 if (unit or "").lower() == "week" or (han_unit or "")[-1:] in ("周", "期") else 1
        back = side == "前" or (direction or "").strip().lower() == "ago"
        if (unit or "").lower() == "month" or (han_unit or "").endswith("月"):
            found.append(_months_on(today, -count if back else count))
        else:
            found.append(today + datetime.timedelta(days=-count * days if back else count * days))
    return found


def _months_on(today: datetime.date, count: int) -> datetime.date:
    months = 12 * today.year + today.month - 1 + count
    year, month = months // 12, months % 12 + 1
    last = (datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(days=1)).day
    return datetime.date(year, month, min(today.day, last))


def _near(said: str, language: str, today: datetime.date) -> list[datetime.date]:
    low = said.lower()
    for word, days in _NEAR.items():  # longer ones come first
        if re.search(rf"\b{word}\b", low) if word.isascii() else word in low:
            return [today + datetime.timedelta(days=days)]
    return []


def _weekdays(said: str, language: str, today: datetime.date) -> list[datetime.date]:
    found = []
    monday = today - datetime.timedelta(days=today.weekday())
    for which, word, week, han in _WEEKDAY.findall(said):
        index = (
            next(i for i, d in enumerate(_DAYS) if d.startswith(word.lower()[:3]))
            if word
            else "一二三四五六日".find(han.replace("天", "日"))
        )
        which = which.lower()
        ahead = (index - today.weekday()) % 7
        if which in ("last", "past"):
            found.append(today - datetime.timedelta(days=(today.weekday() - index - 1) % 7 + 1))
        elif which in ("next", "this") or week:
            weeks = {"next": 1, "下": 1, "上": -1}.get(which or week, 0)
            found.append(monday + datetime.timedelta(days=index, weeks=weeks))
        else:
            found.append(today + datetime.timedelta(days=ahead))
    return found


def _days(said: str, language: str, today: datetime.date) -> list[datetime.date]:
    """A day of this month, as in 15号."""
    return [datetime.date(today.year, today.month, _whole(day)) for day in _DAY_ALONE.findall(said)]

"""What a company never promises: phrases that no reply may hold, whoever wrote it.

A phrase is found whatever its case and width, in simplified or traditional characters, and however it is spaced or hyphenated.

>>> never = never_of(["we pay within an hour", "-no risk"], "product.yaml, support.never")
>>> broken("This fund has GUARANTEED   returns!", never), broken("这款产品 保 本 吗", never), broken("It is risk-free.", never)
('guaranteed returns', '保本', None)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from breakeven.core.errors import InputError, nearest
from breakeven.features.text import normal

#: Phrases by the name under which a brief switches them off.
DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "guaranteed returns": (
        "guaranteed return", "guaranteed returns", "guaranteed profit", "guaranteed profits", "guaranteed income", "guaranteed interest",
        "returns are guaranteed", "guarantee you a return", "you cannot lose", "you can't lose", "sure profit", "double your money",
        "稳赚", "稳赚不赔", "只赚不赔", "必赚", "保证收益", "收益保证", "承诺收益", "保收益", "保底收益", "稳赢", "躺赚", "翻倍赚",
    ),
    "guaranteed capital": (
        "capital is guaranteed", "guaranteed capital", "capital guaranteed", "your money is guaranteed",
        "保本", "保本保息", "本金无忧", "保证本金", "本金保证", "刚性兑付", "刚兑", "零亏损", "不会亏损", "绝不亏损",
    ),
    "no risk": (
        "100% safe", "100 % safe", "completely safe", "risk free", "zero risk", "no risk at all", "without any risk", "absolutely secure",
        "零风险", "0风险", "无风险", "毫无风险", "没有任何风险", "没有风险", "百分百安全", "百分之百安全", "100%安全", "绝对安全", "万无一失",
    ),
    "certain approval": (
        "guaranteed approval", "approval is guaranteed", "you will certainly be approved", "approved for sure", "no credit check",
        "必下款", "百分百通过", "100%通过", "秒批", "包下款", "无视征信", "黑户可贷", "不查征信",
    ),
    "certain refund": (
        "guaranteed refund", "we promise a refund", "you will definitely get your money back", "we will definitely refund",
        "一定退款", "保证退款", "肯定能退", "百分百退款",
    ),
    "advice": (
        "you should buy this", "you should invest all", "this stock will rise", "will definitely go up",
        "肯定会涨", "一定会涨", "必涨", "满仓买入", "内幕消息",
    ),
}  # fmt: skip
#: Switches all of them off.
ALL = "all"
_GAPS = re.compile(r"[\s\-‐-―_·.,;:!?*'\"，。、；：！？“”‘’]+")
_CLAUSE = re.compile(r"[,.;:!?，。；：！？\n]+(?!\d)")
#: Words that deny what stands behind them, at most one word further on; in Chinese at most four characters.
_DENIED = re.compile(r"\b(?:not|never|no|cannot|nor|without|isn t|aren t|can t|don t)(?: \S+)?$")
_DENIED_HAN = re.compile("(?:不(?![但仅用怕必只])|非|未|没有?|无(?![需论])|勿).{0,4}$")


def never_of(given: Sequence[str], where: str) -> tuple[str, ...]:
    """The phrases of a company: the defaults and its own. `-no risk` switches a default off, `-all` all of them.

    Raises InputError for a default that does not exist, and an empty phrase.
    """
    off, own = list[str](), list[str]()
    for phrase in given:
        (off if phrase.startswith("-") else own).append(phrase.removeprefix("-").strip())
        if not _plain(phrase):
            raise InputError(where, f"{phrase!r} holds no word", "give a phrase, or take it out")
    for name in off:
        if name not in (*DEFAULTS, ALL):
            raise InputError(where, f"there is no default {name!r} to switch off", nearest(name, (*DEFAULTS, ALL)))
    kept = [] if ALL in off else [p for name, phrases in DEFAULTS.items() if name not in off for p in phrases]
    return tuple(dict.fromkeys([*own, *kept]))


def broken(text: str, never: Iterable[str]) -> str | None:
    """The longest phrase of `never` that a text holds and does not deny; None where it holds none.

    >>> broken("投资有风险，本产品不保本。", ["保本"]), broken("不用担心，保本。", ["保本"]), broken("This is not risk-free", ["risk free"])
    (None, '保本', None)
    """
    phrases = _compiled(tuple(never))
    held = [phrase for clause in _CLAUSE.split(normal(text)) for phrase in phrases.in_clause(f" {_plain(clause)} ")]
    return max(held, key=len, default=None)


@dataclass(frozen=True)
class _Phrases:
    """Phrases as two patterns: Latin ones as whole words, others wherever they stand; and what each was written as."""

    latin: re.Pattern[str] | None
    others: re.Pattern[str] | None
    written: Mapping[str, str]

    def in_clause(self, clause: str) -> Iterator[str]:
        """The phrases that a clause says without a denial just before."""
        if self.latin is not None:
            for match in self.latin.finditer(clause):
                if not _DENIED.search(clause[: match.start()].rstrip()):
                    yield self.written[match[1]]
        if self.others is not None and not clause.isascii():
            bare = clause.replace(" ", "")
            for match in self.others.finditer(bare):
                if not _DENIED_HAN.search(bare[max(0, match.start() - 6) : match.start()]):
                    yield self.written[match[1]]


@lru_cache(maxsize=64)
def _compiled(never: tuple[str, ...]) -> _Phrases:
    plain = {phrase: _plain(phrase) for phrase in never}
    written = {p if p.isascii() else p.replace(" ", ""): phrase for phrase, p in plain.items()}
    longest_first = sorted(written, key=len, reverse=True)
    latin = "|".join(re.escape(p) for p in longest_first if p.isascii())
    others = "|".join(re.escape(p) for p in longest_first if not p.isascii())
    return _Phrases(
        re.compile(f"(?<= )(?=({latin}) )") if latin else None,
        re.compile(f"(?=({others}))") if others else None,
        written,
    )


def _plain(text: str) -> str:
    """Words with single spaces, without case, width and marks."""
    return " ".join(_GAPS.sub(" ", normal(text)).split())

"""The brief's section `support`, checked.

    support:
      error_budget: 0.01          # at most this share of answers may be wrong
      sure: 0.95                  # probability with which that is promised
      answers: answers.yaml       # what is said on each topic
      out_of_scope: oos           # the topic of questions that belong to none
      reranker: auto              # none: no cross-encoder is tried behind the own models
    languages: [en, zh]         # that are answered; the first where another one is spoken
      channels: {telegram: {secret_env: TG_SECRET, token_env: TG_TOKEN}}   # see channels/settings.py
      human: {minutes_to_first_answer: 9, usd_per_contact: 4.2, contacts_per_day: 300, minutes_per_contact: 6}

>>> read({"error_budget": 0.02}, "product.yaml").error_budget
0.02
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Literal, get_args

from breakeven.core.brief_sections import dataclass_of, positive
from breakeven.core.errors import InputError, nearest
from breakeven.scenarios.support.channels import settings as channels
from breakeven.scenarios.support.channels.settings import ChannelSettings

#: Keys that the selection of models reads.
MODEL_KEYS = ("text_encoder", "candidates")
#: Whether a cross-encoder is tried behind the own models: never, or where it is installed and may help.
Choice = Literal["none", "auto"]


@dataclass(frozen=True)
class Human:
    """The declared baseline of people alone, which the desk's figures are compared with.

    `minutes_to_first_answer` is the median a customer waits, `minutes_per_contact` what a person works on one, `contacts_per_day` how
    many come; `staff` how many people answer at a time, and `hours_per_day` how long.
    """

    minutes_to_first_answer: float = 10.0
    usd_per_contact: float = 4.0
    minutes_per_contact: float = 6.0
    contacts_per_day: float = 200.0
    staff: int = 3
    hours_per_day: float = 9.0


@dataclass(frozen=True)
class Settings:
    """The section with every default filled in. `answers` and `faq` are files beside the brief; `declared`: the brief gives `human`."""

    error_budget: float = 0.01
    sure: float = 0.95
    answers: str | None = None
    faq: tuple[str, ...] = ()
    out_of_scope: str | None = None
    languages: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    reranker: Choice = "auto"
    variables: Mapping[str, str] = field(default_factory=dict)
    human: Human = field(default_factory=Human)
    declared: bool = False
    channels: tuple[ChannelSettings, ...] = ()


KEYS = (*(f.name for f in fields(Settings) if f.name != "declared"), *MODEL_KEYS)


def read(raw: Mapping[str, object], where: str) -> Settings:
    """The section of a brief. Raises InputError naming the key."""
    for key in raw:
        if key not in KEYS:
            raise InputError(f"{where}, support", f"unknown key {key!r}", nearest(str(key), KEYS))
    return Settings(
        error_budget=_share(raw, "error_budget", 0.01, where),
        sure=_share(raw, "sure", 0.95, where),
        answers=_text(raw, "answers", where),
        faq=_texts(raw, "faq", where),
        out_of_scope=_text(raw, "out_of_scope", where),
        languages=_texts(raw, "languages", where),
        never=_texts(raw, "never", where),
        reranker=_choice(raw, where),
        variables=_variables(raw, where),
        human=dataclass_of(Human, raw, "human", f"{where}, support"),
        declared="human" in raw,
        channels=channels.read(raw.get("channels"), where),
    )


def _share(raw: Mapping[str, object], key: str, otherwise: float, where: str) -> float:
    value = positive(raw.get(key, otherwise), f"{where}, support.{key}")
    if not 0 < value < 1:
        raise InputError(
            f"{where}, support.{key}", f"{value} is not between 0 and 1", f"give a share, such as {otherwise}"
        )
    return value


def _choice(raw: Mapping[str, object], where: str) -> Choice:
    value = raw.get("reranker", "auto")
    if value is None:  # what YAML makes of an empty value
        value = "auto"
    for one in get_args(Choice):
        if value == one:
            return "none" if one == "none" else "auto"
    raise InputError(f"{where}, support.reranker", f"{value!r} is not one of none, auto", "write none or auto")


def _text(raw: Mapping[str, object], key: str, where: str) -> str | None:
    value = raw.get(key)
    if value is not None and not isinstance(value, str):
        raise InputError(f"{where}, support.{key}", f"expected a text, not {value!r}", "give one text")
    return value


def _texts(raw: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
    value = raw.get(key)
    value = [] if value is None else [value] if isinstance(value, str) else value
    if not isinstance(value, Sequence) or not all(isinstance(one, str) for one in value):
        raise InputError(f"{where}, support.{key}", f"expected texts, not {value!r}", "give a list of texts")
    return tuple(value)


def _variables(raw: Mapping[str, object], where: str) -> Mapping[str, str]:
    value = raw.get("variables")
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InputError(
            f"{where}, support.variables", f"expected names and values, not {value!r}", "write 'name: value'"
        )
    return {str(name): str(one) for name, one in value.items()}

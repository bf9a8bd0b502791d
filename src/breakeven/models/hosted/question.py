"""What a hosted model is asked about a row, and how its answer is read: one prompt and one parser for every task.

A row may have numbers, categories, times, texts and images. What leaves the machine has its personal data masked; images
are as small as the product itself sees them.
"""

from __future__ import annotations

import base64
import json
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Required, TypedDict

import numpy as np

from breakeven.core.personal_data import mask
from breakeven.core.types import Array
from breakeven.features import image
from breakeven.features.media import Media
from breakeven.features.number_format import NumberFormat
from breakeven.features.schema import Schema
from breakeven.features.values import LARGEST

#: Characters of a value that are sent.
CHARACTERS = 4_000
#: Tokens of an image: one tile of the budget tier's price lists, 2026-11.
IMAGE_TOKENS = 258.0
#: Tokens around a message.
AROUND = 4
#: Characters of a token where money is reserved: fewer than usual. Chinese has about one token a character.
CAUTIOUS = 3.0
#: Characters of a token in an estimate.
USUAL = 4.0
#: Characters that a tokenizer joins into a token, at the most and on average.
MOST_JOINED = 16.0
#: Tokens of an answer that are paid for at the most: these, or so many times those of the longest class.
LONGEST_ANSWER, TIMES = 32, 2
_FENCE = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL)


class ContentPart(TypedDict, total=False):
    """A part of a message: `text`, or `image_url` with its key `url`."""

    type: Required[str]
    text: str
    image_url: dict[str, str]


class Message(TypedDict):
    """A message of a chat completion: its content is a text, or parts."""

    role: str
    content: str | list[ContentPart]


@dataclass(frozen=True)
class Question:
    """The column that is asked for, the columns it is told from, the classes (none: a number), and how numbers are written."""

    target: str
    schema: Schema
    classes: Sequence[str]
    media: Media | None = None
    number: NumberFormat = field(default_factory=NumberFormat)

    def shared(self, X: Array, y: Array, count: int) -> list[Message]:
        """The messages before every row: the instruction, and `count` labelled rows out of X (n, p) and y (n,)."""
        out: list[Message] = [{"role": "system", "content": self._instruction()}]
        for i in self._examples(y, count):
            answer = self.classes[int(y[i])] if self.classes else float(f"{y[i]:.7g}")
            out += [self.about(X[i]), {"role": "assistant", "content": _json(answer)}]
        return out

    def about(self, x: Array) -> Message:
        """The message about a row x (p,): its values in words, its images as data addresses."""
        words, images = self._words(x), self._images(x)
        if not images:
            return {"role": "user", "content": words}
        parts: list[ContentPart] = [{"type": "text", "text": words}] if words else []
        return {"role": "user", "content": [*parts, *images]}

    def answer_format(self) -> dict[str, object]:
        """`response_format` of a chat completion: a JSON object whose `answer` is one of the classes, or a number."""
        answer = {"type": "string", "enum": list(self.classes)} if self.classes else {"type": "number"}
        schema = {"type": "object", "properties": {"answer": answer}, "required": ["answer"]}
        strict = {"name": "answer", "strict": True, "schema": {**schema, "additionalProperties": False}}
        return {"type": "json_schema", "json_schema": strict}

    @property
    def longest_answer(self) -> int:
        """Tokens that an answer may take."""
        classes = max((weight(c, CAUTIOUS) for c in self.classes), default=0.0)
        return max(LONGEST_ANSWER, math.ceil(TIMES * classes) + LONGEST_ANSWER // 2)

    def parse(self, text: str) -> float | None:
        """The number of the class that an answer names, or its value; None for anything else.

        >>> Question("y", Schema(()), ["refund", "other"]).parse(' "Refund". '), Question("y", Schema(()), []).parse("1,250 $")
        (0.0, 1250.0)
        """
        answer = _unwrapped(text)
        if not isinstance(answer, bool | int | float | str):
            return None
        if self.classes:
            said = _plain(str(answer))
            return next((float(i) for i, c in enumerate(self.classes) if _plain(c) == said), None)
        value = self.number.parse(_bare(answer)) if isinstance(answer, str) else answer
        return float(value) if abs(value) < LARGEST and not isinstance(answer, bool) else None  # NaN is not less either

    def _instruction(self) -> str:
        what = mask(self.target)
        if self.classes:
            return (
                f"Classify the input: its {what} is exactly one of the classes below. Answer with a JSON object "
                f'{{"answer": CLASS}}, the class spelled as here.\n\n' + "\n".join(self.classes)
            )
        unit = f" in {self.number.unit}" if self.number.unit else ""
        return (
            f'Tell the number {what}{unit} of the input. Answer with a JSON object {{"answer": NUMBER}}, the number '
            "with a decimal point and without words; give your best estimate where the input does not state it."
        )

    def _examples(self, y: Array, count: int) -> list[int]:
        """Rows to show: of classes the first ones, taking turns; of values those at even steps from the least to the greatest."""
        if count <= 0 or not len(y):
            return []
        if not self.classes:
            order, steps = np.argsort(y, kind="stable"), min(count, len(y))
            return [int(order[int((i + 0.5) * len(y) / steps)]) for i in range(steps)]
        turn = np.empty(len(y), dtype=int)
        for value in np.unique(y):
            turn[y == value] = np.arange((y == value).sum())
        return [int(i) for i in np.sort(np.lexsort((np.arange(len(y)), turn))[:count])]

    def _words(self, x: Array) -> str:
        """A row in words, personal data masked; a single text as it is."""
        lines, at = [], 0
        for f in self.schema.fields:
            ref, at = x[at], at + len(f.parts)
            is_text = f.role == "text" and self.media is not None
            value = self.media.texts(f.name, np.array([ref]))[0] if is_text and self.media else f.plain(ref)
            if value not in (None, ""):
                said = f"{value:.7g}" if isinstance(value, float) else str(value)
                lines.append((mask(f.name), mask(said)[:CHARACTERS]))
        if len(self.schema.fields) == 1:
            return lines[0][1] if lines else ""
        return "\n".join(f"{name}: {value}" for name, value in lines)

    def _images(self, x: Array) -> list[ContentPart]:
        parts, at = list[ContentPart](), 0
        for f in self.schema.fields:
            ref, at = x[at], at + len(f.parts)
            if f.role == "image" and self.media is not None and not np.isnan(ref):
                png = image.png(self.media.pixels(f.name, np.array([ref]))[0])
                address = f"data:image/png;base64,{base64.b64encode(png).decode()}"
                parts.append({"type": "image_url", "image_url": {"url": address}})
        return parts


def tokens(messages: Sequence[Message], characters: float = CAUTIOUS) -> float:
    """Estimate of the tokens of messages, at `characters` per token; by default an overestimate."""
    return sum(AROUND + _content(m["content"], characters) for m in messages)


def fewest_tokens(messages: Sequence[Message]) -> float:
    """Tokens that no tokenizer goes below: it joins at most so many characters on average. Images count nothing here.

    >>> fewest_tokens([{"role": "user", "content": "x" * 160}])
    10.0
    """
    texts = [m["content"] if isinstance(m["content"], str) else
             "".join(part.get("text", "") for part in m["content"]) for m in messages]  # fmt: skip
    return sum(len(text) for text in texts) / MOST_JOINED


def _content(content: str | list[ContentPart], characters: float) -> float:
    if isinstance(content, str):
        return weight(content, characters)
    return sum(weight(part["text"], characters) if part["type"] == "text" else IMAGE_TOKENS for part in content)


def weight(text: str, characters: float) -> float:
    """Estimate of the tokens of a text, not rounded; a character of Chinese, Japanese or Korean is one."""
    wide = 0 if text.isascii() else sum(ord(c) > 0x2E80 for c in text)
    return wide + (len(text) - wide) / characters


def _json(answer: object) -> str:
    return json.dumps({"answer": answer}, ensure_ascii=False)


def _unwrapped(text: str) -> object:
    """What stands under `answer` in a JSON object, also one in a code fence; the text itself where there is none."""
    fenced = _FENCE.fullmatch(text.strip())
    inner = fenced[1] if fenced else text.strip()
    if not inner.startswith("{"):
        return inner
    try:
        return json.loads(inner).get("answer")
    except (ValueError, RecursionError):
        return inner


def _bare(text: str) -> str:
    """A number's text without quotes and a full stop at its end; full-width forms are folded."""
    plain = unicodedata.normalize("NFKC", text).strip().strip("\"'`").strip()
    return plain[:-1] if plain.endswith((".", "。")) and plain[:-1] else plain


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().strip("\"'`.。").strip().casefold()

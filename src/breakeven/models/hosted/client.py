"""A hosted model behind an OpenAI-compatible address: asked, counted, capped, cached. Standard library only.

What leaves the machine has its personal data masked. Money is reserved before a call and counted after it, by the tokens
the server says it used; no call is made that could pass the cap.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import math
import threading
import time
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from breakeven.core import store
from breakeven.core.errors import BreakevenError
from breakeven.core.types import Hosted

#: Seconds until a call times out.
TIMEOUT = 30.0
#: Attempts at a call.
TRIES = 3
#: Seconds between attempts, at the most.
LONGEST_WAIT = 10.0
#: Failures in a row after which the address is given up.
PATIENCE = 4
#: Tokens expected of an answer, which is a class name.
ANSWER_TOKENS = 8
#: Tokens of an answer that are paid for at the most.
LONGEST_ANSWER = 32
#: Tokens around a message.
AROUND = 4
#: Characters of a token where money is reserved: fewer than usual. Chinese has about one token a character.
CAUTIOUS = 3.0
#: Characters of a token in an estimate.
USUAL = 4.0
_TRANSIENT = (408, 409, 425, 429, 500, 502, 503, 504)


class _Stay(urllib.request.HTTPRedirectHandler):
    """No redirects: they would carry the key to another host."""

    def redirect_request(self, *_: object) -> None:
        """Refused."""


_OPENER = urllib.request.build_opener(_Stay)


class Capped(BreakevenError):
    """The next call could cost more than the cap leaves."""


class Failed(BreakevenError):
    """The address did not give an answer of the protocol."""


class Request(TypedDict):
    """The body of a chat completion."""

    model: str | None
    messages: list[dict[str, str]]
    temperature: float
    max_tokens: int


@dataclass(frozen=True)
class Reply:
    """An answer, its tokens and milliseconds. A cached one costs nothing; its milliseconds are those of the original call."""

    text: str
    tokens_in: int
    tokens_out: int
    ms: float
    cached: bool = False


@dataclass
class Client:
    """Asks one model. `spent` is USD so far, of `hosted.max_usd`."""

    hosted: Hosted
    key: str | None
    cache: Path
    spent: float = 0.0
    failures: int = 0
    timeout: float = TIMEOUT
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def ask(self, messages: Sequence[dict[str, str]]) -> Reply:
        """One answer. Raises Capped before a call that could pass the cap, Failed when none comes."""
        body = Request(model=self.hosted.model, messages=list(messages), temperature=0, max_tokens=LONGEST_ANSWER)
        kept = self._place(body)
        if kept.is_file():
            return Reply(**{**store.read_json(kept), "cached": True})
        expected = self.price(tokens(messages), LONGEST_ANSWER)
        with self._lock:
            if self.spent + expected > self.hosted.max_usd:
                raise Capped(
                    f"the cap of ${self.hosted.max_usd:g} leaves ${self.hosted.max_usd - self.spent:.4f}, a call "
                    f"may cost ${expected:.4f}"
                )
            self.spent += expected
        try:
            reply = self._patiently(body)
        except Failed as error:
            with self._lock:  # a call that was sent and not answered may be billed all the same
                self.spent -= 0.0 if "timed out" in str(error) else expected
            raise
        with self._lock:
            self.spent += self.price(reply.tokens_in, reply.tokens_out) - expected
        store.write_json(kept, {k: v for k, v in reply.__dict__.items() if k != "cached"})
        return reply

    def price(self, tokens_in: float, tokens_out: float) -> float:
        """USD of a call."""
        p_in, p_out = self.hosted.usd_per_million_tokens_in or 0.0, self.hosted.usd_per_million_tokens_out or 0.0
        return (tokens_in * p_in + tokens_out * p_out) / 1e6

    def _place(self, body: Request) -> Path:
        words = json.dumps([self.hosted.address, body], sort_keys=True, ensure_ascii=False)
        return self.cache / f"{hashlib.sha256(words.encode()).hexdigest()[:32]}.json"

    def _patiently(self, body: Request) -> Reply:
        """Try again where that may help, not for long; give up for good after several rows without an answer."""
        why = ""
        for attempt in range(TRIES):
            if self.failures >= PATIENCE:
                raise Failed(f"{self.failures} calls in a row failed, the last because {why or 'of the ones before'}")
            try:
                reply = self._once(body)
                self.failures = 0
                return reply
            except urllib.error.HTTPError as error:
                why = f"status {error.code}: {error.read(300).decode('utf-8', 'replace')[:120]}"
                why = why.replace(self.key, "***") if self.key else why
                if error.code not in _TRANSIENT:
                    self.failures = PATIENCE  # a wrong key or model stays wrong
                    raise Failed(why) from None
                wait = _seconds(error.headers.get("retry-after"), 0.5 * 2**attempt)
            except (OSError, http.client.HTTPException, ValueError) as error:
                why, wait = f"{type(error).__name__}: {error}", 0.5 * 2**attempt
            if attempt + 1 < TRIES:
                time.sleep(min(wait, LONGEST_WAIT))
        self.failures += 1
        raise Failed(f"no answer in {TRIES} tries ({why})")

    def _once(self, body: Request) -> Reply:
        headers = {"content-type": "application/json", "user-agent": "breakeven"}
        if self.key:
            headers["authorization"] = f"Bearer {self.key}"
        address = f"{str(self.hosted.address).rstrip('/')}/chat/completions"
        request = urllib.request.Request(address, json.dumps(body).encode(), headers)
        start = time.perf_counter()
        with _OPENER.open(request, timeout=self.timeout) as answer:
            raw = answer.read(1 << 20)
        ms = (time.perf_counter() - start) * 1000
        try:
            plain = json.loads(raw)
            text = str(plain["choices"][0]["message"]["content"])
            usage = plain.get("usage") or {}
            return Reply(
                text,
                int(usage.get("prompt_tokens", tokens(body["messages"]))),
                int(usage.get("completion_tokens", max(1, len(text) // 3))),
                ms,
            )
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            self.failures = PATIENCE
            raise Failed(f"the address does not speak the protocol ({type(error).__name__} in {raw[:60]!r})") from None


def tokens(messages: Sequence[dict[str, str]], characters: float = CAUTIOUS) -> int:
    """Estimate of the tokens of messages, at `characters` per token; by default an overestimate."""
    return math.ceil(sum(AROUND + weight(m["content"], characters) for m in messages))


def weight(text: str, characters: float) -> float:
    """Estimate of the tokens of a text, not rounded; a character of Chinese, Japanese or Korean is one."""
    wide = 0 if text.isascii() else sum(ord(c) > 0x2E80 for c in text)
    return wide + (len(text) - wide) / characters


def prompt(classes: Sequence[str], examples: Sequence[tuple[str, str]], row: str) -> list[dict[str, str]]:
    """The messages that ask for the class of a row, with the class names and some examples (row, class)."""
    instruction = (
        "Classify the input into exactly one of these classes. Answer with the class name alone, spelled as here.\n\n"
    )
    out = [{"role": "system", "content": instruction + "\n".join(classes)}]
    for given, answer in examples:
        out += [{"role": "user", "content": given}, {"role": "assistant", "content": answer}]
    return [*out, {"role": "user", "content": row}]


def parse(answer: str, classes: Sequence[str]) -> str | None:
    """The class an answer names, None when it is anything else: quotes, a full stop and case are forgiven, words are not.

    >>> parse(' "Refund". ', ["refund", "other"]), parse("I think refund", ["refund", "other"])
    ('refund', None)
    """
    plain = _plain(answer)
    return next((c for c in classes if _plain(c) == plain), None)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().strip("\"'`.。").strip().casefold()


def _seconds(value: str | None, otherwise: float) -> float:
    try:
        return float(value) if value else otherwise
    except ValueError:
        return otherwise

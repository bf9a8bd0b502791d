"""A hosted model behind an OpenAI-compatible address: asked, counted, capped, cached. Standard library only.

Money is reserved before a call and counted after it, by the tokens the server says it used, and by no fewer than the texts
must have; no call is made that could pass the cap. What the server says is kept without the key. Parameters that a server
refuses are left out from then on.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypedDict, cast

from breakeven.core import store
from breakeven.core.errors import BreakevenError
from breakeven.core.secret import Secret
from breakeven.core.types import Hosted
from breakeven.models.hosted import connection
from breakeven.models.hosted.question import LONGEST_ANSWER, Message, fewest_tokens, tokens

#: Seconds until a call times out.
TIMEOUT = 30.0
#: Attempts at a call, and at one that is answered with "too many requests".
TRIES, BUSY_TRIES = 3, 8
#: Seconds between attempts, at the most.
LONGEST_WAIT = 60.0
#: Failures in a row after which the address is given up.
PATIENCE = 4
#: Statuses after which the same call may succeed, those that ask for patience, and those of a call that is refused as it is.
TRANSIENT, BUSY, REFUSED = (408, 409, 425, 429, 500, 502, 503, 504), (429, 503), (400, 413, 415, 422, 501)
#: Bytes that are read of an answer, and of a refusal; and tokens beyond which a server's count is none of any model.
MOST_ANSWER, MOST_ERROR, MOST_TOKENS = 1 << 20, 1 << 16, 50_000_000
#: Parameters that not every server takes: `max_tokens` has another name where it is refused.
OPTIONAL = ("response_format", "max_tokens", "temperature")


class Completion(TypedDict, total=False):
    """The body of a request to /chat/completions; a server may take only one of the two limits of tokens."""

    model: str
    messages: list[Message]
    max_tokens: int
    max_completion_tokens: int
    temperature: float
    response_format: Mapping[str, object]


class Capped(BreakevenError):
    """The next call could cost more than the cap leaves."""


class Failed(BreakevenError):
    """The address did not give an answer of the protocol."""


class Malformed(Exception):
    """An answer that is none of the protocol, which may be billed all the same."""


@dataclass(frozen=True)
class Reply:
    """An answer, its tokens (`tokens_cached` of those read came at the cache's price) and milliseconds.

    `refused`: the server or the model would not answer; `cut`: the answer was longer than it may be. A `cached` one comes from
    disk and costs nothing; its milliseconds are those of the original call.
    """

    text: str
    tokens_in: int
    tokens_out: int
    ms: float
    tokens_cached: int = 0
    refused: bool = False
    cut: bool = False
    cached: bool = False


@dataclass
class Client:
    """Asks one model. `spent` is USD so far, of `hosted.max_usd`; `failures` are in a row, `answered` says whether any call was;
    `refused` are parameters that the server does not take.
    """

    hosted: Hosted
    key: Secret | None
    cache: Path
    timeout: float = TIMEOUT
    seconds_left: Callable[[], float] = lambda: float("inf")
    spent: float = 0.0
    failures: int = 0
    answered: bool = False
    refused: frozenset[str] = frozenset()
    _resume: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _alike: dict[Path, threading.Lock] = field(default_factory=dict, repr=False)

    def ask(
        self,
        messages: Sequence[Message],
        answer_format: Mapping[str, object] | None = None,
        longest: int = LONGEST_ANSWER,
    ) -> Reply:
        """One answer of at most `longest` tokens. Raises Capped before a call that could pass the cap, Failed when none comes."""
        wanted: Completion = {
            "model": self.hosted.model,
            "messages": list(messages),
            "max_tokens": longest,
            "temperature": 0,
        }
        kept = self._place(wanted)
        with self._lock:
            alone = self._alike.setdefault(kept, threading.Lock())
        with alone:  # rows that are alike are asked about once
            if kept.is_file():
                return Reply(**{**store.read_json(kept), "cached": True})
            if answer_format is not None:
                wanted["response_format"] = answer_format
            reply = self._patiently(wanted)
            if reply.ms > 0:  # a row that was refused with a status may be answered another day
                store.write_json(kept, {k: v for k, v in reply.__dict__.items() if k != "cached"})
            return reply

    def price(self, tokens_in: float, tokens_out: float, tokens_cached: float = 0.0) -> float:
        """USD of a call; `tokens_cached` of those read are paid for at the cache's price, where there is one."""
        p_in, p_out = self.hosted.usd_per_million_tokens_in or 0.0, self.hosted.usd_per_million_tokens_out or 0.0
        cached = self.hosted.usd_per_million_tokens_cached
        p_cached = p_in if cached is None else cached
        return ((tokens_in - tokens_cached) * p_in + tokens_cached * p_cached + tokens_out * p_out) / 1e6

    def _place(self, wanted: Completion) -> Path:
        words = json.dumps([self.hosted.address, wanted], sort_keys=True, ensure_ascii=False)
        return self.cache / f"{hashlib.sha256(words.encode()).hexdigest()[:32]}.json"

    def _patiently(self, wanted: Completion) -> Reply:
        """Try again where that may help, not for long; give up for good after several rows without an answer."""
        why, attempt, without = "", 0, set(self.refused)
        while attempt < (BUSY_TRIES if why.startswith("status 429") else TRIES):
            self._wait(why)
            try:
                reply = self._paid(body_of(wanted, without))
                self.failures, self.answered, self.refused = 0, True, self.refused | without
                return reply
            except urllib.error.HTTPError as error:
                said = self._masked(error.read(MOST_ERROR).decode("utf-8", "replace"))
                why = f"status {error.code}: {said[:120]}"
                if error.code in REFUSED:
                    culprit = _culprit(said, [name for name in OPTIONAL if name in wanted and name not in without])
                    if culprit:
                        without.add(culprit)
                        continue
                    return self._refused_row(why)
                if error.code not in TRANSIENT:
                    self.failures = PATIENCE  # a wrong key or model stays wrong
                    raise Failed(why) from None
                wait = _seconds(error.headers.get("retry-after"), 0.5 * 2**attempt)
                if error.code in BUSY:  # the others wait too
                    self._resume = max(self._resume, time.monotonic() + min(wait, LONGEST_WAIT))
                    wait = 0.0
            except (Malformed, OSError, http.client.HTTPException, ValueError) as error:
                why, wait = self._masked(f"{type(error).__name__}: {error}"), 0.5 * 2**attempt
            attempt += 1
            time.sleep(min(wait, LONGEST_WAIT))
        self.failures += 1
        raise Failed(f"no answer in {attempt} tries ({why})")

    def _wait(self, why: str) -> None:
        """Until the server may be asked again. Raises Failed where it is given up, or would take longer than there is time."""
        if self.failures >= PATIENCE:
            raise Failed(f"{self.failures} calls in a row failed, the last because {why or 'of the ones before'}")
        wait = self._resume - time.monotonic()
        if wait > max(self.seconds_left(), 0.0):
            self.failures = PATIENCE
            raise Failed(f"the server asks to wait for {wait:.0f} s, longer than the brief's minutes leave")
        if wait > 0:
            time.sleep(wait)

    def _refused_row(self, why: str) -> Reply:
        """A row that the server will not have answered, by its content or its length: no answer, and no call to repeat."""
        self.failures += 0 if self.answered else 1
        if self.failures >= PATIENCE:
            raise Failed(why)
        return Reply("", 0, 0, 0.0, refused=True)

    def _paid(self, body: Completion) -> Reply:
        """A call, its price reserved before it. What was sent and not answered may be billed: that stays reserved."""
        longest = body.get("max_tokens") or body["max_completion_tokens"]
        expected = self.price(tokens(body["messages"]), longest)
        with self._lock:
            if self.spent + expected > self.hosted.max_usd:
                raise Capped(
                    f"the cap of ${self.hosted.max_usd:g} leaves ${self.hosted.max_usd - self.spent:.4f}, a call "
                    f"may cost ${expected:.4f}"
                )
            self.spent += expected
        cost = expected
        try:
            reply = self._once(body)
            cost = self.price(reply.tokens_in, reply.tokens_out, reply.tokens_cached)
            return reply
        except connection.Refused as error:
            cost, self.failures = 0.0, PATIENCE
            raise Failed(str(error)) from None
        except urllib.error.URLError as error:  # refused with a status, or not reached
            cost = expected if isinstance(error.reason, TimeoutError) else 0.0
            raise
        finally:
            with self._lock:
                self.spent += cost - expected

    def _once(self, body: Completion) -> Reply:
        headers = {"content-type": "application/json", "user-agent": "breakeven"}
        if self.key:
            headers["authorization"] = f"Bearer {self.key.reveal()}"
        address = f"{str(self.hosted.address).rstrip('/')}/chat/completions"
        request = urllib.request.Request(address, json.dumps(body).encode(), headers)  # noqa: S310  the brief takes http and https
        start = time.perf_counter()
        opened = connection.opener(self.hosted.private, self.hosted.insecure)
        with opened.open(request, timeout=self.timeout) as answer:
            raw = answer.read(MOST_ANSWER)
        ms = (time.perf_counter() - start) * 1000
        try:
            reply = _reply(json.loads(raw), body, ms)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
            begin = self._masked(raw[:MOST_ERROR].decode("utf-8", "replace"))[:60]
            what = f"the address does not speak the protocol ({type(error).__name__} in {begin!r})"
            raise Malformed(what) from None
        return replace(reply, text=self._masked(reply.text))

    def _masked(self, text: str) -> str:
        return self.key.mask(text) if self.key is not None else text


def key_of(hosted: Hosted) -> Secret | None:
    """The key in the environment variable that the brief names; None where it names none. Raises Failed where there is none to send."""
    if not hosted.key_env:
        return None
    key = os.environ.get(hosted.key_env, "").strip()
    if key and key.isascii() and key.isprintable():
        return Secret(key)
    what = "holds no key that can be sent" if key else "is not set"
    raise Failed(f"the environment variable {hosted.key_env} {what}")


def _reply(plain: Mapping[str, Any], body: Completion, ms: float) -> Reply:
    choice = plain["choices"][0]
    content = choice["message"].get("content")
    refused = bool(choice["message"].get("refusal")) or choice.get("finish_reason") == "content_filter"
    text = "" if content is None else str(content)
    usage = plain.get("usage") or {}
    read = _count(usage.get("prompt_tokens"), tokens(body["messages"]), fewest_tokens(body["messages"]))
    least = fewest_tokens([{"role": "assistant", "content": text}])
    written = _count(usage.get("completion_tokens"), max(1, len(text) // 3), least)
    cached = _count((usage.get("prompt_tokens_details") or {}).get("cached_tokens"), 0, 0)
    cut = choice.get("finish_reason") == "length"
    return Reply(text, read, written, ms, min(cached, read), refused, cut)


def _count(said: object, otherwise: float, least: float) -> int:
    """Tokens as the server counts them: no fewer than there must be, and our own estimate where its count is none."""
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said <= MOST_TOKENS:
        return int(max(otherwise, least))
    return int(max(said, least))


def body_of(wanted: Completion, without: Collection[str]) -> Completion:
    """The call without what the server does not take."""
    body = cast("Completion", {key: value for key, value in wanted.items() if key not in without})
    if "max_tokens" in without:
        body["max_completion_tokens"] = wanted["max_tokens"]
    return body


def _culprit(said: str, sent: Sequence[str]) -> str | None:
    """The parameter that a refusal names; where it names none, the answer's format, which servers word in many ways."""
    return next((name for name in sent if name in said), "response_format" if "response_format" in sent else None)


def _seconds(value: str | None, otherwise: float) -> float:
    try:
        seconds = float(value or "nan")
    except ValueError:
        return otherwise
    return seconds if seconds >= 0 else otherwise

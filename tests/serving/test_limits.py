"""Limits of connections as options of the command line: what cannot be meant is refused with the option's name."""

from __future__ import annotations

import math

import pytest

from breakeven.core.errors import InputError
from breakeven.serving import limits
from breakeven.serving.limits import Limits, limits_of

USUAL = {"connections": 100, "per_client": 10, "request_seconds": 20.0, "idle_seconds": 5.0}


def test_options_are_taken_as_they_are() -> None:
    assert limits_of(**USUAL) == Limits(100, 10, 20.0, 5.0)


@pytest.mark.parametrize(
    ("changed", "option"),
    [
        ({"connections": 0}, "--connections: "),
        ({"connections": -5}, "--connections: "),
        ({"per_client": 0}, "--connections-per-client: "),
        ({"per_client": 101}, "--connections-per-client: "),
        ({"request_seconds": 0.0}, "--request-seconds: "),
        ({"request_seconds": -1.0}, "--request-seconds: "),
        ({"request_seconds": math.nan}, "--request-seconds: "),
        ({"request_seconds": math.inf}, "--request-seconds: "),
        ({"request_seconds": 1e9}, "--request-seconds: "),
        ({"idle_seconds": 0.0}, "--idle-seconds: "),
        ({"idle_seconds": 3_601.0}, "--idle-seconds: "),
    ],
)
def test_what_cannot_be_meant_is_refused(changed: dict[str, float], option: str) -> None:
    with pytest.raises(InputError) as error:
        limits_of(**{**USUAL, **changed})  # type: ignore[arg-type]
    assert str(error.value).startswith(option)


def test_more_connections_than_open_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_open_files", lambda wanted: min(wanted, 1_000))
    assert limits_of(**{**USUAL, "connections": 936}).connections == 936  # type: ignore[arg-type]
    with pytest.raises(InputError, match="at most 936"):
        limits_of(**{**USUAL, "connections": 937})  # type: ignore[arg-type]


def test_without_options_there_are_as_many_connections_as_usual_or_as_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Limits()
    assert limits_of(None, None, 20.0, 5.0) == usual
    assert limits_of(50, None, 20.0, 5.0) == Limits(50, 50)
    monkeypatch.setattr(limits, "_open_files", lambda wanted: min(wanted, 264))
    assert limits_of(None, None, 20.0, 5.0) == Limits(200, 200)


def test_the_limit_of_open_files_is_raised_as_far_as_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    asked = list[tuple[int, int]]()
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 4_096))
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: asked.append(pair))
    assert [limits._open_files(n) for n in (200, 1_000, 10_000)] == [200, 1_000, 4_096]
    assert asked == [(1_000, 4_096), (4_096, 4_096)]

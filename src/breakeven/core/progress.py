"""Where long work says what it does."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """A terminal, a log file or nothing."""

    def stage(self, name: str) -> None:
        """A stage begins."""

    def step(self, done: float, total: float, what: str) -> None:
        """So far within the stage."""

    def note(self, text: str) -> None:
        """A line of progress."""


class Silent:
    """Progress that says nothing."""

    def stage(self, name: str) -> None:
        """Nothing."""

    def step(self, done: float, total: float, what: str) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""

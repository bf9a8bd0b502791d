"""What a notebook shows: a report inside a frame of its own, and progress as one line that is kept up to date."""

from __future__ import annotations

import sys
import time
from html import escape
from typing import Protocol

from breakeven.core.progress import Progress, Silent

#: Height of a report in a notebook, in pixels.
HEIGHT = 620
#: Seconds between two updates of a notebook's progress.
PACE = 0.2


class Handle(Protocol):
    """A cell's output that can be replaced; IPython's DisplayHandle."""

    def update(self, obj: object) -> None:
        """Show something else."""


class Html(str):
    """HTML that IPython shows as such."""

    def _repr_html_(self) -> str:
        return str(self)


def framed(page: str) -> str:
    """A whole page inside a notebook's: its styles and scripts stay in the frame.

    >>> framed("<p>1 < 2</p>")[:33]
    '<iframe sandbox="allow-scripts" s'
    """
    return (
        f'<iframe sandbox="allow-scripts" style="width:100%;height:{HEIGHT}px;border:1px solid #8884;border-radius:6px" '
        f'title="breakeven report" srcdoc="{escape(page, quote=True)}"></iframe>'
    )


class InNotebook:
    """Progress as one line of a cell's output, with a bar; needs no widgets."""

    def __init__(self) -> None:
        from IPython.display import display

        self._start = self._shown = time.monotonic()
        self._handle: Handle = display(Html(), display_id=True)
        self._text, self._share, self._notes = "", 0.0, list[str]()

    def stage(self, name: str) -> None:
        """A stage begins."""
        self._text, self._share = name, 0.0
        self._show()

    def step(self, done: float, total: float, what: str) -> None:
        """So far."""
        self._text, self._share = what, done / total if total else 0.0
        if time.monotonic() - self._shown >= PACE:
            self._show()

    def note(self, text: str) -> None:
        """A line that stays."""
        self._notes.append(text)
        self._show()

    def close(self) -> None:
        """Leave the notes, and how long it took."""
        self._text = f"finished in {time.monotonic() - self._start:.0f} s"
        self._share = 1.0
        self._show()

    def _show(self) -> None:
        self._shown = time.monotonic()
        notes = "".join(f"<li>{escape(note)}</li>" for note in self._notes)
        bar = f'<progress max="1" value="{self._share:.3f}" aria-label="progress"></progress>'
        seconds = self._shown - self._start
        line = f"{bar} {escape(self._text)} <small>({seconds:.0f} s)</small>" if self._share < 1 else escape(self._text)
        self._handle.update(
            Html(
                f"<div>{line}</div>" + (f"<details><summary>notes</summary><ul>{notes}</ul></details>" if notes else "")
            )
        )


def in_notebook() -> bool:
    """Whether this process is a notebook's kernel."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return shell is not None and shell.has_trait("kernel")


def progress(quiet: bool = False) -> Progress:
    """Progress for whoever is looking: in the cell, on the terminal, or nothing."""
    if quiet:
        return Silent()
    if in_notebook():
        return InNotebook()
    from breakeven.report import terminal

    return terminal.progress()


def close(shown: Progress) -> None:
    """End what was shown."""
    end = getattr(shown, "close", None)
    if end is not None:
        end()

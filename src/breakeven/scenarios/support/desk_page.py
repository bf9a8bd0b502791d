"""The page of the staff: the queue, conversations with their hand-over packets, figures, answers to check, questions without an answer."""

from __future__ import annotations

import orjson

from breakeven.report import labels
from breakeven.scenarios.support.understood import HandoffReason
from breakeven.serving import assets, pages
from breakeven.serving.endpoint import Content, Endpoint, Plain

PACKAGE = "breakeven.scenarios.support"
SAY = labels.of(PACKAGE, "desk")
#: The page's own scripts, in the order in which they run.
SCRIPTS = {
    name: assets.script(name, PACKAGE) for name in ("desk.js", "desk_keyboard.js", "desk_packet.js", "desk_figures.js")
}
#: Parts of the page, as its navigation names them.
VIEWS = ("work", "figures", "unanswered", "audit")
REASONS: tuple[str, ...] = HandoffReason.__args__  # type: ignore[attr-defined]


def page(name: str) -> Content:
    """The page of the desk of a product."""
    return pages.page("desk.html", PACKAGE, name, SCRIPTS, t=SAY, views=VIEWS, words=orjson.dumps(_live()).decode())


def endpoints(name: str) -> list[Endpoint]:
    """GET /desk. It shows nothing of customers by itself; what it asks for needs a key of scope `write`."""
    made = page(name)

    def desk(request: Plain) -> Content:
        """GET /desk."""
        return made

    return [Endpoint("GET", "/desk", desk, "The page of the staff", scope="read")]


def _live() -> dict[str, dict[str, str]]:
    """Texts that the page's scripts show: those under `live`, and reasons of hand-offs."""
    found = {n.removeprefix("live."): text for n, text in SAY.texts.items() if n.startswith("live.")}
    reasons = labels.of(PACKAGE, "words")
    found |= {f"reason.{reason}": reasons(f"reason.{reason}") for reason in REASONS}
    return {n: {"en": text.en, "zh": text.zh} for n, text in found.items()}

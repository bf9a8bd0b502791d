"""The product's page: what it does, a form made from its schema, files of rows, and a place for what turned out to be true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from breakeven.core.verdict import Text
from breakeven.features.schema import Schema
from breakeven.report import figures, labels
from breakeven.report.blocks import Note
from breakeven.report.words import VOCABULARIES
from breakeven.runtime.predictor import Loaded
from breakeven.scenarios.predict import form
from breakeven.scenarios.predict.file_answers import MAX_FILE
from breakeven.serving import assets, pages
from breakeven.serving.endpoint import Content

PACKAGE = "breakeven.scenarios.predict"
SAY = labels.of(PACKAGE, "page")
#: The page's own script.
SCRIPTS = {"product.js": assets.script("product.js", PACKAGE)}
#: Columns from which on those that are folded away can be looked for by name.
FILTERED = 30
#: Columns that the page names of a file.
NAMED = 4
#: Characters of a class in a list.
SHOWN = 60


def page(product: Loaded, verdict: Mapping[str, Any]) -> Content:
    """The page of a product with the verdict of its build, which may be empty."""
    about, classes = product.about, product.decoder.classes
    first, more = form.groups(product.schema.fields, about.sample, importance(verdict))
    many, fields = sum(len(g.controls) for g in more), product.schema.fields
    shown = [figures.clipped(f.name, 30) for f in fields[:NAMED]]
    return pages.page(
        "page.html",
        PACKAGE,
        about.name,
        SCRIPTS,
        t=SAY,
        about=SAY("page.does" if len(fields) > 1 else "page.does_one", target=about.target, count=f"{len(fields):,}"),
        verdict=_sentence(verdict),
        warning=_warning(verdict),
        first=first,
        more=more,
        many=f"{many:,}",
        filtered=many > FILTERED,
        classes=classes,
        most=form.CHOICES,
        short=partial(figures.clipped, most=SHOWN),
        files=not has_images(product.schema),
        columns=Text(en=", ".join(shown), zh="、".join(shown)),
        size=f"{MAX_FILE / 1e6:.0f}",
        facts=orjson.dumps(_facts(product)).decode(),
        words=orjson.dumps(live_words()).decode(),
    )


def has_images(schema: Schema) -> bool:
    """Whether a row holds pictures, which a file could only name."""
    return any(f.role == "image" for f in schema.fields)


def importance(verdict: Mapping[str, Any]) -> list[str]:
    """Columns of the product, what matters most first; empty where it was not measured."""
    return [one["column"] for one in (verdict.get("predict") or {}).get("importance") or ()]


def live_words() -> dict[str, dict[str, str]]:
    """Texts that the page's script shows, in both languages."""
    return {
        name.removeprefix("live."): {"en": text.en, "zh": text.zh}
        for name, text in SAY.texts.items()
        if name.startswith("live.")
    }


def _facts(product: Loaded) -> dict[str, object]:
    """What the script must know of the product."""
    roles: Sequence[tuple[str, str]] = [(f.name, f.role) for f in product.schema.fields]
    decoder = product.decoder
    header = list(decoder.header)
    return {
        "name": product.about.name,
        "target": product.about.target,
        "classes": list(decoder.classes),
        "header": header,
        "images": [name for name, role in roles if role == "image"],
        "most": MAX_FILE,
    }


def _sentence(verdict: Mapping[str, Any]) -> Text | None:
    said = verdict.get("sentence")
    return Text(en=said["en"], zh=said["zh"]) if said else None


def _warning(verdict: Mapping[str, Any]) -> Note | None:
    """That the probabilities are not to be relied on, where the sealed test found so."""
    gap = (verdict.get("product") or {}).get("unreliable") or {}
    if any(gap.get(end) is None for end in ("value", "low", "high")):
        return None
    off, low, high = (f"{100 * gap[end]:.0f}" for end in ("value", "low", "high"))
    unit = verdict.get("unit") or {"en": "rows", "zh": "行"}
    english, chinese = VOCABULARIES["en"], VOCABULARIES["zh"]
    text = Text(
        en=english.unreliable(off, f"{low}{english.to}{high}", unit["en"]),
        zh=chinese.unreliable(off, f"{low}{chinese.to}{high}", unit["zh"]),
    )
    return Note(text, "warning", SAY("page.warning_title"))

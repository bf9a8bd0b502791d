"""Recommend's own part of report.html: ranking metrics, groups of people and items."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.core.types import Interval
from breakeven.core.verdict import Text, Verdict, part
from breakeven.report import figures, labels, names
from breakeven.report.blocks import Block, Cell, Line, Paragraph, ReportSection, Table, Tile, Words
from breakeven.report.names import gained
from breakeven.scenarios.recommend.verdict import FriendsSignal, ItemGroup, ModelLine, PeopleGroup, RecommendSection

SAY = labels.of("breakeven.scenarios.recommend", "report")


def sections(v: Verdict) -> list[ReportSection]:
    """How good the recommendations are, and for whom."""
    own = part(RecommendSection, v.section)
    found = [
        ReportSection(SAY("shelf.title"), _shelves(v, own), "shelves", _missed(v, own)),
        ReportSection(SAY("fewer.title"), _fewer(v, own), "fewer-events"),
        ReportSection(SAY("groups.title"), _groups(v, own), "groups"),
    ]
    return [section for section in found if section.blocks]


def _missed(v: Verdict, own: RecommendSection) -> Tile | None:
    lines = {line.candidate: line.hit.value for line in own.lines}
    hit, old = lines.get(v.chosen.candidate or ""), lines.get(own.incumbent)
    if hit is None or old is None:
        return None
    why = SAY("tile.why", k=own.k, incumbent=names.candidate(own.incumbent), share=figures.share(1 - old))
    return Tile(SAY("tile.missed"), SAY("tile.value", share=figures.share(1 - hit)), why)


def _shelves(v: Verdict, own: RecommendSection) -> list[Block]:
    out: list[Block] = [*_lift(v, own)]
    head: list[Words] = [
        SAY("shelf.model"),
        *(f"{m}@{own.k}" for m in own.columns),
        SAY("shelf.coverage"),
        SAY("shelf.rarity"),
    ]
    rows: list[Line] = [
        [
            names.candidate(line.candidate),
            *(_score(getattr(line, m)) for m in own.columns),
            Cell(figures.share(line.coverage), number=True),
            Cell(f"{line.novelty:.1f}", number=True),
        ]
        for line in own.lines
    ]
    out.append(Table(SAY("shelf.caption"), head, rows, _marked(v, own.lines)))
    counts = {"people": f"{v.rows.test:,}", "items": f"{own.items:,}", "events": f"{own.events:,}"}
    out.append(Paragraph(SAY("shelf.note", **counts), soft=True))
    return [*out, *([Paragraph(_friends(v, own.friends))] if own.friends else [])]


def _lift(v: Verdict, own: RecommendSection) -> list[Block]:
    """How many more people find something than with what most shops run."""
    lines = {line.candidate: line.hit.value for line in own.lines}
    new, old = lines.get(v.chosen.candidate or ""), lines.get(own.incumbent)
    hit = own.lift.get("hit") if own.lift else None
    if new is None or old is None or hit is None or hit.value is None or hit.low is None or hit.high is None:
        return []
    if v.chosen.candidate == own.incumbent:
        return []
    change, span = f"{100 * hit.value:+.0f} %", f"{100 * hit.low:+.0f} to {100 * hit.high:+.0f} %"
    counts = {"hit": f"{100 * new:.0f}", "old": f"{100 * old:.0f}", "k": own.k}
    both = {"name": names.candidate(str(v.chosen.candidate)), "incumbent": names.candidate(own.incumbent)}
    range_ = Text(en=span, zh=span.replace(" to ", " 至 "))
    return [Paragraph(SAY("shelf.lift", change=change, range=range_, **counts, **both))]


def _friends(v: Verdict, f: FriendsSignal) -> Text:
    if f.not_measured or f.value is None or f.low is None or f.high is None:
        return SAY("shelf.friends_unmeasured", why=f.not_measured or "")
    kept = SAY("shelf.kept" if f.kept else "shelf.left")
    return SAY("shelf.friends", gain=gained(v, f.value, f.low, f.high), people=f"{f.people or 0:,}", kept=kept)


def _fewer(v: Verdict, own: RecommendSection) -> list[Block]:
    if not own.by_events:
        return []
    metric = names.metric(v.metric.name)
    rows: list[Line] = [
        [
            names.candidate(e.candidate),
            SAY("fewer.share", share=figures.share(e.share)) if e.share < 1 else SAY("fewer.all"),
            Cell(figures.score(e.value), figures.between(e.low, e.high), number=True),
        ]
        for e in own.by_events
    ]
    return [
        Table(SAY("fewer.caption", metric=metric), [SAY("shelf.model"), SAY("fewer.events"), metric], rows, small=True)
    ]


def _groups(v: Verdict, own: RecommendSection) -> list[Block]:
    metric = names.metric(v.metric.name)
    head = [
        SAY("shelf.model"),
        *(SAY(f"groups.{name}", metric=metric) for name in ("light", "heavy", "popular", "tail")),
    ]
    rows: list[Line] = [
        [
            names.candidate(line.candidate),
            *(_people(line.people[name]) for name in ("light", "heavy")),
            *(_found(line.items[name]) for name in ("popular", "tail")),
        ]
        for line in own.lines
    ]
    table = Table(SAY("groups.caption", metric=metric), head, rows, _marked(v, own.lines))
    return [table, Paragraph(SAY("groups.note"), soft=True)]


def _marked(v: Verdict, lines: Sequence[ModelLine]) -> list[int]:
    return [i for i, line in enumerate(lines) if line.candidate == v.chosen.candidate]


def _score(found: Interval) -> Cell:
    return Cell(figures.score(found.value), figures.between(found.low, found.high), number=True)


def _people(group: PeopleGroup) -> Cell:
    if group.value is None:
        return Cell(SAY("groups.nobody"), number=True)
    return Cell(figures.score(group.value), SAY("groups.of", count=f"{group.people:,}"), number=True)


def _found(group: ItemGroup) -> Cell:
    if group.value is None:
        return Cell(SAY("groups.none"), number=True)
    return Cell(figures.share(group.value), SAY("groups.of", count=f"{group.events:,}"), number=True)

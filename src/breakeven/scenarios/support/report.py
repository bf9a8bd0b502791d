"""Support's own part of report.html: what is promised, where it falls short, and what that would change at the company's desk."""

from __future__ import annotations

from breakeven.core.verdict import Text, Verdict, part
from breakeven.report.blocks import Block, Cell, Line, Note, Paragraph, ReportSection, Table, Tile, Words
from breakeven.report.figures import number, score, small
from breakeven.report.names import candidate
from breakeven.scenarios.support import report_desk, report_topics
from breakeven.scenarios.support.report_chart import chart
from breakeven.scenarios.support.report_labels import SAY, UNKNOWN, between, budget, share, tenths
from breakeven.scenarios.support.verdict_section import Stage, SupportSection

#: An error below this is said in words.
NONE_SEEN = 0.0005


def sections(v: Verdict) -> list[ReportSection]:
    """The sections of a verdict; those without anything to show are left out."""
    own = part(SupportSection, v.section)
    found = [
        ReportSection(SAY("promise.title"), _promise(own), "promise", _tile(own)),
        ReportSection(SAY("topics.title"), report_topics.topics(own), "topics"),
        ReportSection(SAY("languages.title"), report_topics.languages(own), "languages"),
        ReportSection(SAY("mistakes.title"), report_topics.mistakes(own), "mistakes"),
        ReportSection(SAY("desk.title"), report_desk.blocks(own.desk), "desk"),
    ]
    return [section for section in found if section.blocks]


def _tile(own: SupportSection) -> Tile:
    if not own.certified:
        return Tile(SAY("tile.answered"), SAY("tile.none"), SAY("tile.uncertified"), "warning")
    why = SAY("tile.wrong", budget=budget(own.budget), sure=share(own.sure))
    return Tile(SAY("tile.answered"), SAY("tile.of_hundred", count=_hundred(own)), why, "good")


def _hundred(own: SupportSection) -> str:
    """Of a hundred questions, how many are answered: rounded down, as a promise is."""
    return str(int(100 * (own.automation.value or 0.0) + 1e-9))


def _promise(own: SupportSection) -> list[Block]:
    said = {"budget": budget(own.budget), "sure": share(own.sure)}
    if not own.certified:
        lead = SAY("promise.lead_none", **said)
    elif (own.automation.value or 0.0) > 0.995:
        lead = SAY("promise.lead_all", **said)
    else:
        lead = SAY("promise.lead", count=_hundred(own), **said)
    out: list[Block] = [Paragraph(lead, lead=True)]
    if own.needed is not None:
        out.append(Note(SAY("promise.needed", needed=f"{own.needed:,}"), "question"))
    if own.certified:
        out.append(Paragraph(_measured(own)))
    out += _broken(own)
    drawn = chart(own)
    out += [drawn] if drawn else []
    out.append(Paragraph(_bound(own)))
    return [*out, *_stages(own.stages)]


def _measured(own: SupportSection) -> Words:
    said = {"automation": tenths(own.automation.value), "automation_range": between(own.automation)}
    wrong = own.error_answered
    if wrong is None or wrong.value is None or own.upper is None:
        return SAY("promise.measured_none", **said)
    return SAY("promise.measured", wrong=share(wrong.value), wrong_range=between(wrong), upper=share(own.upper), **said)


def _broken(own: SupportSection) -> list[Block]:
    """A warning where the test questions show more wrong answers than were promised."""
    wrong = own.error_answered
    if not own.certified or wrong is None or wrong.value is None or wrong.value <= own.budget:
        return []
    said = {"wrong": share(wrong.value), "budget": share(own.budget), "chance": share(1 - own.sure)}
    return [Note(SAY("promise.broken", **said), "warning")]


def _bound(own: SupportSection) -> Words:
    if own.base_error < NONE_SEEN:
        return SAY("promise.right")
    if own.least_to_person <= 0:
        return SAY("promise.free", base=share(own.base_error))
    least = own.least_to_person
    return SAY("promise.bound", base=share(own.base_error), most=share(1 - least), least=share(least))


def _stages(stages: tuple[Stage, ...]) -> list[Block]:
    if not stages:
        return []
    head = [SAY(f"stages.{name}") for name in ("stage", "threshold", "share", "wrong", "ms", "usd")]
    rows: list[Line] = [_stage(stage) for stage in stages]
    return [Table(SAY("stages.caption"), head, rows), Paragraph(SAY("stages.note"), soft=True)]


def _stage(stage: Stage) -> Line:
    own = SAY.get(f"stages.{stage.name}", stage.name)
    model = candidate(stage.candidate) if stage.candidate else ""
    same = isinstance(model, Text) and isinstance(own, Text) and model.en.casefold() == own.en.casefold()
    wrong = stage.wrong
    usd = SAY("stages.unmeasured") if stage.usd_per_1000 is None else number(stage.usd_per_1000)
    seen = Cell(UNKNOWN, number=True)
    if wrong is not None:
        seen = Cell(share(wrong.value) if wrong.value else SAY("stages.none"), between(wrong), number=True)
    return [
        Cell(own, "" if same else model),
        Cell(score(stage.threshold) or UNKNOWN, number=True),
        Cell(share(stage.share) if stage.share else SAY("topics.none"), number=True, strong=True),
        seen,
        Cell(small(stage.ms) or UNKNOWN, number=True),
        Cell(usd if stage.route != "person" or stage.usd_per_1000 is not None else UNKNOWN, number=True),
    ]

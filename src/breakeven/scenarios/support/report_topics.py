"""Where it falls short: topics, languages, questions of no topic, and the surest mistakes."""

from __future__ import annotations

from breakeven.report.blocks import Block, Cell, Line, Note, Paragraph, Table, Words
from breakeven.report.figures import clipped, score, tenths, tenths_between
from breakeven.scenarios.support.report_labels import SAY, UNKNOWN, between, share
from breakeven.scenarios.support.verdict_section import SupportSection, TopicLine

#: Lines of a table.
TOPICS, PAIRS, VALUES, MISTAKES = 12, 8, 8, 15
#: Letters of a question, and of a topic's name.
QUESTION, NAME = 160, 40
#: Fewest confusions of a pair that are worth a line.
OFTEN = 2


def topics(own: SupportSection) -> list[Block]:
    """Topics of which the least is answered, pairs that are mixed up, and what more labels would bring."""
    if not own.topics:
        return []
    worst = sorted(own.topics, key=lambda t: (t.automation, -t.questions, t.topic))[:TOPICS]
    head = [SAY(f"topics.{name}") for name in ("topic", "questions", "answered", "recognised", "wrong", "confused")]
    out: list[Block] = [
        Paragraph(SAY("topics.intro")),
        Table(SAY("topics.caption"), head, [_topic(line) for line in worst]),
    ]
    return [*out, *_values(own), *_pairs(own)]


def _topic(line: TopicLine) -> Line:
    taken = Cell(UNKNOWN)
    if line.confused_with is not None:
        taken = Cell(clipped(line.confused_with, NAME), SAY("topics.times", count=line.confusions))
    return [
        clipped(line.topic, NAME),
        Cell(f"{line.questions:,}", number=True),
        Cell(
            share(line.automation) if line.automation else SAY("topics.none"),
            number=True,
            heat=(1 - line.automation) / 2,
            strong=True,
        ),
        Cell(share(line.accuracy.value), between(line.accuracy), number=True),
        Cell(str(line.wrong), number=True),
        taken,
    ]


def _values(own: SupportSection) -> list[Block]:
    """What labelling would bring, the best first."""
    found = sorted(own.label_value, key=lambda one: -(one.gain.value or 0.0))[:VALUES]
    if not found:
        return []
    best, out = found[0], list[Block]()
    gain = best.gain
    if gain.value is not None and gain.low is not None and gain.high is not None and gain.low > 0:
        said = {"more": best.more, "topic": clipped(best.topic, NAME), "gain": f"+{tenths(gain.value)}"}
        out.append(Note(SAY("topics.value_best", range=tenths_between(gain.low, gain.high), **said), "good"))
    rows: list[Line] = [
        [
            clipped(one.topic, NAME),
            Cell(f"{one.more:,}", number=True),
            Cell(
                UNKNOWN if one.gain.value is None else f"{100 * one.gain.value:+.1f}",
                "" if one.gain.low is None or one.gain.high is None else tenths_between(one.gain.low, one.gain.high),
                number=True,
            ),
        ]
        for one in found
    ]
    head = [SAY("topics.topic"), SAY("topics.value_more"), SAY("topics.value_gain")]
    return [*out, Table(SAY("topics.value_caption"), head, rows, small=True)]


def _pairs(own: SupportSection) -> list[Block]:
    """Pairs of topics that are mixed up, those most often first."""
    found = [t for t in own.topics if t.confused_with is not None and t.confusions >= OFTEN]
    if not found:
        return []
    found.sort(key=lambda t: (-t.confusions, t.topic))
    head = [SAY("topics.pair"), SAY("topics.said"), SAY("topics.questions")]
    rows: list[Line] = [
        [
            clipped(t.topic, NAME),
            clipped(t.confused_with or "", NAME),
            Cell(f"{t.confusions} / {t.questions}", number=True),
        ]
        for t in found[:PAIRS]
    ]
    return [
        Table(SAY("topics.pairs_caption"), head, rows, small=True),
        Paragraph(SAY("topics.pair_note"), soft=True),
    ]


def languages(own: SupportSection) -> list[Block]:
    """Languages, and what happens to questions that belong to no topic."""
    out: list[Block] = []
    if own.languages:
        head = [SAY("languages.language"), *(SAY(f"topics.{n}") for n in ("questions", "answered"))]
        rows: list[Line] = [
            [
                SAY.get(f"languages.{one.language}", one.language),
                Cell(f"{one.questions:,}", number=True),
                Cell(share(one.automation.value), between(one.automation), number=True, strong=True),
                Cell(UNKNOWN, number=True)
                if one.error_answered is None
                else Cell(share(one.error_answered.value), between(one.error_answered), number=True),
                SAY("languages.yes" if one.certified else "languages.no"),
            ]
            for one in own.languages
        ]
        head += [SAY("languages.error"), SAY("languages.proven")]
        out.append(Table(SAY("languages.caption"), head, rows))
    if own.out_of_scope is not None:
        refused = own.out_of_scope.refused
        said = {"refused": share(refused.value), "range": between(refused)}
        out.append(Paragraph(SAY("languages.scope", count=f"{own.out_of_scope.count:,}", **said)))
    else:
        out.append(Note(SAY("languages.scope_none"), "question"))
    if own.scope_auroc is not None:
        found = own.scope_auroc
        spread = f"{score(found.low)} – {score(found.high)}"
        out.append(Paragraph(SAY("languages.scope_auroc", auroc=score(found.value), range=spread), soft=True))
    return out


def mistakes(own: SupportSection) -> list[Block]:
    """Questions answered wrongly, the surest first."""
    if not own.mistakes:
        return []
    found = sorted(own.mistakes, key=lambda one: -one.confidence)[:MISTAKES]
    head = [SAY(f"mistakes.{name}") for name in ("question", "said", "truth", "sure")]
    rows: list[Line] = [
        [
            Cell(clipped(one.text, QUESTION)),
            clipped(one.said, NAME),
            _meant(one.truth),
            Cell(share(one.confidence), number=True),
        ]
        for one in found
    ]
    return [Paragraph(SAY("mistakes.intro")), Table(SAY("mistakes.caption"), head, rows)]


def _meant(truth: str | None) -> Words:
    return SAY("mistakes.scope") if truth is None else clipped(truth, NAME)

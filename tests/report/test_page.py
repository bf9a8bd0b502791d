"""The report is self-contained, readable in both languages, and holds whatever data, names and outcomes there are."""

from __future__ import annotations

import base64
import hashlib
import re
import tomllib
import xml.etree.ElementTree as ElementTree
from datetime import datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from breakeven.core.verdict import Verdict
from breakeven.report import labels, page, plain, shell
from breakeven.scenarios import registry
from tests.report import outcomes
from tests.report import page_verdicts as verdicts

PACKAGES = [
    ("breakeven.report", "labels"),
    ("breakeven.scenarios.predict", "report"),
    ("breakeven.scenarios.recommend", "report"),
    ("breakeven.scenarios.predict", "page"),
    ("breakeven.scenarios.recommend", "page"),
    ("breakeven.serving", "docs"),
]
SOURCE = Path(page.__file__).parents[1]
SERVING = page.Serving("churn", "new.csv", "customers.csv", datetime(2026, 11, 29, 14, 5))


def rendered(v: Verdict, columns: int = 0) -> str:
    found = verdicts.columns(columns) if columns else ()
    return page.render(v, found, SERVING, registry.get(v.scenario).report_sections(v))


class Reader(HTMLParser):
    """Elements that are opened and closed, ids, texts by language, and attributes that would need more than hashes."""

    VOID = {"meta", "link", "input", "br", "path", "rect", "line", "circle", "polyline", "polygon", "image"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.said: dict[str, list[str]] = {"en": [], "zh": [], "": []}
        self.styled: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {k: v or "" for k, v in attrs}
        self.ids += [found["id"]] if "id" in found else []
        self.styled += [f"{tag} {k}" for k in found if k == "style" or k.startswith("on")]
        if tag not in self.VOID:
            self.open.append((tag, found.get("lang", "") if tag != "html" else ""))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & {tag for tag, _ in self.open}:
            language = next((lang for _, lang in reversed(self.open) if lang), "")
            self.said[language].append(data)


@pytest.mark.parametrize("name", verdicts.ALL)
def test_every_outcome_makes_a_sound_page(name: str) -> None:
    html = rendered(verdicts.ALL[name](), 2000 if name == "many_classes" else 0)
    read = Reader(html)
    assert not read.open and len(read.ids) == len(set(read.ids))
    assert len(html.encode()) < 400_000
    assert read.styled == []  # style and handlers in attributes would need a laxer policy
    assert re.search(r"\d[eE]-\d", " ".join(read.said["en"] + read.said[""])) is None  # 4e-06, -2.22e-17
    assert re.search(r"\bnan\b|None(?! is offered)|\binf\b|undefined", " ".join(read.said["en"])) is None
    for svg in re.findall("<svg.*?</svg>", html, re.S):
        ElementTree.fromstring(svg)


def test_every_outcome_that_sentences_are_made_for_makes_a_page() -> None:
    for outcome, v in outcomes.drawn(2):
        read = Reader(page.render(v, (), SERVING))
        assert not read.open, outcome
        for language in ("en", "zh"):
            assert plain.sentences(v, language)[0] in " ".join(read.said[language]), outcome


@pytest.mark.parametrize("name", verdicts.ALL)
def test_the_policy_allows_the_pages_own_style_and_script_and_nothing_else(name: str) -> None:
    html = rendered(verdicts.ALL[name]())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy and "unsafe" not in policy[1] and "default-src &#39;none&#39;" in policy[1]
    for kind in ("style", "script"):
        [text] = re.findall(f"<{kind}>(.*?)</{kind}>", html, re.S)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src &#39;sha256-{digest}&#39;" in policy[1]
    assert re.search(r'(src|href)="(?!data:|#)|url\(|@import', html) is None


@pytest.mark.parametrize(("package", "stem"), PACKAGES)
def test_both_languages_say_the_same_things(package: str, stem: str) -> None:
    for name, text in labels.of(package, stem).texts.items():
        fields = [set(re.findall(r"\{(\w+)\}", said)) for said in (text.en, text.zh)]
        assert fields[1] <= fields[0], name
        assert re.search("[\u4e00-\u9fff\uff5d]\\s*[,;:!?]|[,;:!?]\\s*[\u4e00-\u9fff]", text.zh) is None, name


@pytest.mark.parametrize(("package", "stem"), PACKAGES)
def test_no_text_is_left_over(package: str, stem: str) -> None:
    folder = SOURCE.joinpath(*package.split(".")[1:])
    files = [p for ending in ("py", "html", "js") for p in folder.rglob(f"*.{ending}")]
    code = "".join(p.read_text(encoding="utf-8") for p in files)
    for name in labels.of(package, stem).texts:
        group = name.split(".")[0]
        shown = f'"{group}." ~' in code or (group == "live" and f"words.{name.removeprefix('live.')}" in code)
        assert shown or f'"{name}"' in code or f'f"{group}.{{' in code or f"f'{group}.{{" in code, name


def test_a_language_that_lacks_a_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "__init__.py").write_text("")
    for language, text in (("en", 'a = "x"\nb = "y"'), ("zh", 'a = "x"')):
        (tmp_path / "half" / f"labels.{language}.toml").write_text(text)
        assert tomllib.loads(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match="'b'"):
        labels.of("half")


def test_what_comes_from_the_data_is_escaped_and_kept_apart() -> None:
    html = rendered(verdicts.many_classes(), 2000)
    assert verdicts.EMOJI not in html and "&lt;b&gt;&amp;amp;" in html
    assert "n" * 60 not in re.sub(
        r"<details.*?</details>", "", html, flags=re.S
    )  # whole names only where there is room
    assert f"\u2068{verdicts.HEBREW}\u2069" in html and "<bdi>" in html
    assert "1,980 more columns" in html and "1,980 more" in html and "of 200" in html


def test_where_nothing_is_offered_no_own_price_and_no_sureness_are_shown() -> None:
    html = rendered(verdicts.none())
    first = html[html.index('class="first"') : html.index("<nav")]
    assert "no model yet" in first and "$70.00" not in first and "How sure" not in first
    assert "$1.33" in first and "for an LLM by API" in first


def test_where_nothing_was_measured_no_empty_table_stands_but_why() -> None:
    html = rendered(verdicts.unmeasured())
    part = html[html.index('id="candidates"') : html.index('id="data-growth"')]
    assert "<table" not in part and "torch is not installed" in part and "No candidate could be measured" in part


def test_an_order_that_more_likely_does_not_change_has_no_place_where_it_does() -> None:
    html = rendered(verdicts.none())
    assert "may overtake at about 3,600" not in html and "no crossing within ten times your rows" in html


def test_why_a_candidate_left_is_said_once() -> None:
    html = rendered(verdicts.yes_no())
    assert "left at 94 rows: clearly behind" in html and "left the race: left at" not in html


def test_the_report_of_a_wide_table_has_no_more_in_it_than_a_person_reads() -> None:
    """2,000 columns, 2,000 importances, 2,000 findings and 200 classes; a report of six columns has some 1,500 elements."""
    html = rendered(verdicts.many_classes(), 2000)
    assert len(re.findall(r"<[a-z]", html)) < 3000 and "gene 5" in html and "gene 500" not in html


def test_the_first_screen_names_score_baseline_cost_misses_and_sureness() -> None:
    html = rendered(verdicts.yes_no())
    first = html[html.index('class="first"') : html.index("<nav")]
    for needed in ("82 of 100", "always the same answer: 77 of 100", "$70.00", "10,000 requests", "not tested", "66 % of 'leaves'",
                   "finds 34 %", "a tie", "66 % likely",
                   "Use gradient-boosted trees",
                    "2026-11-29 14:05", "customers.csv", "100 个中 82 个"):  # fmt: skip
        assert needed in unescape(first), needed


def test_without_a_product_the_page_says_what_is_missing() -> None:
    html = rendered(verdicts.none())
    assert "no model yet" in html and "There is no product yet" in html and "no candidate was chosen" in html
    bare = rendered(verdicts.unmeasured())
    assert "No curve was measured" in bare and "only one route ran" in bare


def test_a_build_that_was_cut_short_says_so_first() -> None:
    html = rendered(verdicts.cut_short())
    assert html.index("This build was cut short") < html.index("<nav")
    assert "neural net (MLP) made less than 1 % of its usual training steps" in html


def test_bad_probabilities_are_warned_of_and_good_ones_are_not() -> None:
    assert "Do not act on its probabilities alone" in rendered(verdicts.yes_no())
    assert "are right: do not accept answers unseen" in rendered(verdicts.yes_no())
    assert "can be trusted" in rendered(verdicts.texts())


def test_money_stands_beside_its_parts_and_the_cheaper_way_is_named() -> None:
    html = rendered(verdicts.yes_no())
    assert "an LLM by API would be cheaper: $1.33 a month against $70.00" in html
    assert html.count("&lt;$0.01") >= 2 and "not priced" not in html
    assert 'data-task="bill"' in html and 'data-task="threshold"' in html


def test_one_chart_is_named_for_those_who_do_not_see_it() -> None:
    html = rendered(verdicts.yes_no())
    ids = set(re.findall(r' id="([^"]*)"', html))
    named = re.findall(r'aria-labelledby="([^"]*)"', html)
    assert named and set(named) <= ids
    assert html.count('role="img"') == html.count('class="chart"') == 3


def test_code_is_marked_and_nothing_else_is() -> None:
    assert str(shell.code("a `<b>` c")) == "a <code>&lt;b&gt;</code> c"

"""FAQs and help pages."""

from __future__ import annotations

import pytest

from breakeven.core.errors import InputError
from breakeven.scenarios.support.material import Material
from tests.scenarios.support.sources.conftest import Read, asked, said

PAGE = """---
title: "Start here"
---
Above the first heading.

# Help

## 1. How do I pay?
By **card**, see [fees](https://x.example/fees) or [below](#x). ![shot](a.png)

- one
* two

### 怎么退款？ ###
三天内。

Where are you
-------------
Here.

```
# no heading
```

**Is it bold?**
It is.
"""


def answer(material: Material, topic: str) -> str:
    found = material.book.topics[topic].answer
    assert found is not None
    return next(iter(found.text.values()))


def test_headings_are_questions(read: Read) -> None:
    material = read({"faq.md": PAGE}, "faq.md")
    assert [q.text for q in material.questions] == [
        "Start here",
        "How do I pay?",
        "怎么退款？",
        "Where are you",
        "Is it bold?",
    ]
    assert all(q.text == q.topic for q in material.questions) and [q.line for q in material.questions] == [
        4,
        8,
        14,
        17,
        25,
    ]
    assert answer(material, "How do I pay?") == "By card, see fees (https://x.example/fees) or below.\n\n- one\n* two"
    assert answer(material, "Where are you") == "Here.\n\n# no heading"
    found = material.book.topics["怎么退款？"]
    assert found.title == {"zh": "怎么退款？"} and found.answer is not None and found.answer.source == "faq.md"
    assert said(material, "FAQ") == ["1 headings have no text below them"]


def test_questions_and_answers_by_their_letters(read: Read) -> None:
    material = read(
        {"faq.md": "Q: Fees?\nA: None.\nReally.\n\n**Q2: Limits?**\nA2: 100\n问：几点开门？\n答：九点。\n"}, "faq.md"
    )
    assert {q.text: answer(material, q.text) for q in material.questions} == {
        "Fees?": "None.\nReally.",
        "Limits?": "100",
        "几点开门？": "九点。",
    }


def test_a_faq_as_plain_text(read: Read) -> None:
    assert asked(read({"faq.txt": "Q: Fees?\nA: None.\n"}, "faq.txt")) == [("Fees?", "Fees?")]


HTML = """<!doctype html><html><head><title>Cards</title><link rel="canonical" href="https://h.example/cards"><style>x{}</style></head>
<body><nav><h2>Menu</h2><ul><li>Home</ul></nav><p>All about cards.<h2>Fees &amp; costs?</h2><p>None.<br>See <a href="https://x.example">more</a>.
<script>alert("<h2>no</h2>")</script><ul><li>one<li>two</ul><dl><dt>Lost?<dd>Call <a href="tel:110">110</a></dl>
<details><summary>补卡多少钱？</summary>五元。</details><h2>Empty</h2><footer>© us</footer></body></html>"""


def test_a_folder_of_help_pages(read: Read) -> None:
    material = read(
        {
            "help/cards.html": HTML.replace("<dt>Lost?<dd>", "<dt>Lost?</dt><dd>"),
            "help/deep/loans.md": "# Loans\nYes.\n",
        },
        "help",
    )
    answers = {q.text: answer(material, q.text) for q in material.questions}
    assert (
        answers["Fees & costs?"] == "None.\nSee more (https://x.example).\n- one\n- two"
        and answers["Lost?"] == "Call 110 (110)"
    )
    assert answers["补卡多少钱？"] == "五元。" and answers["Cards"] == "All about cards." and answers["Loans"] == "Yes."
    assert "Menu" not in answers and "no" not in answers and "© us" not in "".join(answers.values())
    found = material.book.topics["Lost?"].answer
    assert found is not None and found.source == "https://h.example/cards"


def test_one_help_page(read: Read) -> None:
    assert asked(read({"a.html": "<h1>Fees</h1><p>None"}, "a.html")) == [("Fees", "Fees")]


def test_a_faq_beside_the_questions(read: Read) -> None:
    files = {
        "q.csv": "utterance,topic\nlost card,lost\n",
        "faq.md": "## Fees?\nNone.\n",
        "faq.csv": "question,answer\nHours?,9 to 5\n",
    }
    material = read(files, "q.csv", {"utterance": "question"}, faq=["faq.md", "faq.csv"])
    assert asked(material) == [("lost card", "lost"), ("Fees?", "Fees?"), ("Hours?", "Hours?")]


def test_long_answers_end_at_a_sentence_and_repeated_questions_are_one(read: Read) -> None:
    material = read(
        {"faq.md": f"## A long one\n{'This is a sentence. ' * 200}\n## Fees\nNone.\n## Fees\nSome.\n"}, "faq.md"
    )
    assert (
        len(answer(material, "A long one")) <= 1_500
        and answer(material, "A long one").endswith("sentence.")
        and answer(material, "Fees") == "None."
    )
    assert len(said(material, "FAQ")) == 2


@pytest.mark.parametrize(
    ("files", "data", "what"),
    [
        ({"faq.md": "just text\n"}, "faq.md", "no heading with a text below it"),
        ({"faq.md": "# One\n# Two\n"}, "faq.md", "no heading with a text below it"),
        ({"h/a.html": "<p></p>"}, "h", "no heading with a text below it"),
        ({"h/a.html": "<p " * 2_000}, "h", "2,000 tags have no '>'"),
        ({"h/a.png": "x"}, "h", r"no file in it is read \(1 others\)"),
        ({"h/a.txt": "x", "h/b.txt": "y"}, "h", "it holds 2 .txt"),
    ],
)
def test_bad_pages(read: Read, files: dict[str, str], data: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read(files, data)

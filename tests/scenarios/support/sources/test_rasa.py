"""Rasa projects: files as people have them, and what their reports say went wrong with them elsewhere."""

from __future__ import annotations

import pytest

from breakeven.core.errors import InputError
from breakeven.scenarios.support.answer_book import Button
from breakeven.scenarios.support.sources.rasa import plain
from tests.scenarios.support.sources.conftest import Read, asked, said

NLU = """version: "3.1"

nlu:

- intent: greet
  examples: |   
    - hey
    - hello [there](x) [you]("y")

- intent: no
  examples: |
    - nope
    - no\tway
    - 0.5
- intent: faq/ask_hours
  examples: |
    - when do you [open]{"entity": "verb", "role": "x", "group": "1"}
    - 几点[开门]{"entity":"t"}
    - see [1] or What's my balance]?
- intent: listed
  examples:
  - text: |
      hi there
    metadata:
      sentiment: neutral
  - text: second
- intent: out_of_scope
  examples: |
    - order me a pizza
- synonym: credit
  examples: |
    - credit card
- regex: zip
  examples: |
    - \\d{5}
- lookup: bank
  examples: |
    - N26
"""  # noqa: W291
DOMAIN = """version: "3.1"
intents:
  - greet
  - no:
      use_entities: []
responses:
  utter_hello:
  - text: Hello!
    buttons:
    - title: Yes
      payload: '/affirm{"a": 1}'
    - title: No
      payload: No
    - title: Our page
      payload: https://x.example
      type: web_url
  - text: Hi again
  - text: On slack
    channel: slack
  - condition: [{type: slot, name: x, value: true}]
    text: Known
  utter_faq/ask_hours:
  - text: |
      From nine.
      To six.
  - text: 九点到六点。
  utter_no:
  - text: Bye {name}
  utter_image:
  - image: x.png
"""
RULES = """rules:
- rule: hello
  steps:
  - intent: greet
  - action: utter_hello
"""


def test_a_project(read: Read) -> None:
    files = {
        "data/nlu.yml": NLU,
        "domain.yml": DOMAIN,
        "data/rules.yml": RULES,
        "config.yml": "language: en\n",
        "credentials.yml": "rest:\n",
        "README.md": "# Bot\nx\n",
    }
    material = read(files, ".")
    assert asked(material) == [
        ("hey", "greet"), ("hello there you", "greet"), ("nope", "no"), ("no\tway", "no"), ("0.5", "no"), ("when do you open", "faq/ask_hours"),
        ("几点开门", "faq/ask_hours"), ("see [1] or What's my balance]?", "faq/ask_hours"), ("hi there", "listed"), ("second", "listed"),
        ("order me a pizza", "out_of_scope"),
    ]  # fmt: skip
    topics = material.book.topics
    assert material.scope == "out_of_scope" and "out_of_scope" not in topics
    greet, hours = topics["greet"].answer, topics["faq/ask_hours"]
    assert greet is not None and greet.text == {"en": "Hello!"}
    assert greet.buttons == (
        Button({"en": "Yes"}, send="Yes"),
        Button({"en": "No"}, send="No"),
        Button({"en": "Our page"}, url="https://x.example"),
    )
    assert (
        hours.answer is not None
        and hours.answer.text == {"en": "From nine.\nTo six.", "zh": "九点到六点。"}
        and hours.title == {"en": "Ask hours"}
    )
    assert topics["no"].answer is None and said(material, "Rasa") == [
        "3 synonyms, regular expressions and look-up tables",
        "1 files have no part that is read",
    ]
    assert said(material, "answers") == ["1 answers of the data have variables without a value (no: {name})"]
    assert said(material, "Rasa responses") == [
        "1 further variants of the same response",
        "2 variants for one channel or under a condition",
        "1 responses follow no intent",
    ]


def test_a_value_for_a_slot_makes_the_response_usable(read: Read) -> None:
    material = read({"nlu.yml": NLU, "domain.yml": DOMAIN}, ".", variables={"name": "friend"})
    answer = material.book.topics["no"].answer
    assert answer is not None and answer.text == {"en": "Bye {name}"}


def test_one_file_finds_its_projects_responses(read: Read) -> None:
    material = read({"data/nlu.yml": NLU, "domain.yml": DOMAIN, "data/rules.yml": RULES}, "data/nlu.yml")
    assert {name for name, t in material.book.topics.items() if t.answer} == {"greet", "faq/ask_hours"}


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        ("fly from [Berlin](city:BER) to [San Francisco]{\"entity\": \"city\", \"role\": \"to\"}", "fly from Berlin to San Francisco"),
        ("[新卡](card)多久", "新卡多久"), ("[a](b)[c](d)", "ac"), ("my [savings](\"account\")", "my savings"), ("no marks", "no marks"),
        ("list [x][y]", "list [x][y]"), ("[June 3 - 5](date)", "June 3 - 5"), ("[what's up]{\"entity\":\"g\"}?", "what's up?"), ("()", "()"),
    ],
)  # fmt: skip
def test_marks_of_entities(example: str, expected: str) -> None:
    assert plain(example) == expected


MARKDOWN = """<!-- intents -->
## intent: ask fee<!-- a comment -->
- what is the [fee](thing)? <!-- another -->
-
* fees
+ any [charge](thing:fee)

## intent:faq/ask channels
- which channels
## synonym:fee
- costs
## regex:zip
- [0-9]{5}
## lookup:bank
  data/bank.txt
"""


def test_markdown_of_rasa_1(read: Read) -> None:
    material = read({"nlu.md": MARKDOWN}, "nlu.md")
    assert asked(material) == [
        ("what is the fee?", "ask fee"),
        ("fees", "ask fee"),
        ("any charge", "ask fee"),
        ("which channels", "faq/ask channels"),
    ]
    assert said(material, "Rasa") == ["1 empty examples", "3 synonyms, regular expressions and look-up tables"]


@pytest.mark.parametrize("key", ["common_examples", "intent_examples", "entity_examples"])
def test_json_of_rasa_1(read: Read, key: str) -> None:
    data = {
        "rasa_nlu_data": {
            key: [{"text": "hi", "intent": "greet", "entities": []}, {"text": "x"}],
            "entity_synonyms": [{"value": "a"}],
        }
    }
    assert asked(read({"nlu.json": data}, "nlu.json")) == [("hi", "greet")]


def test_yaml_in_a_file_that_is_called_markdown(read: Read) -> None:
    assert asked(read({"nlu.md": 'version: "2.0"\nnlu:\n- intent: a\n  examples: |\n    - one two\n'}, "nlu.md")) == [
        ("one two", "a")
    ]


@pytest.mark.parametrize("intent", ["yes", "no", "on", "off", "null", "1.0", "2026-01-02", "true"])
def test_intents_that_yaml_takes_for_something_else(read: Read, intent: str) -> None:
    assert asked(read({"nlu.yml": f"nlu:\n- intent: {intent}\n  examples: |\n    - y\n"}, "nlu.yml")) == [("y", intent)]


def test_an_intent_in_several_files_is_one(read: Read) -> None:
    part = "nlu:\n- intent: a\n  examples: |\n    - {}\n"
    assert asked(read({"data/x.yml": part.format("one"), "data/nlu/y.yaml": part.format("two")}, "data")) == [
        ("two", "a"),
        ("one", "a"),
    ]


def test_lines_that_are_no_examples_and_intents_without_any(read: Read) -> None:
    material = read(
        {"nlu.yml": "nlu:\n- intent: a\n  examples: |\n    - one\n    two\n- intent: b\n- intent: c\n  examples: |\n"},
        "nlu.yml",
    )
    assert asked(material) == [("one", "a")]
    assert said(material, "Rasa") == [
        "2 intents without examples",
        "1 lines of examples that do not begin with '-'",
    ] or said(material, "Rasa") == [
        "1 intents without examples",
        "1 lines of examples that do not begin with '-'",
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("nlu:\n- intent: a\n examples: |\n    - x\n", "line 3: not YAML"),
        ("nlu:\n- intent: a\n\texamples: |\n    - x\n", r"line 3: not YAML"),
        ("responses:\n  utter_a:\n    -text: x\n    -text: y\nnlu:\n", "the key '-text' is given twice"),
        ("nlu:\n  intent: a\n", "nlu: expected a list"),
        ("nlu:\n- intent: ''\n  examples: |\n    - x\n", "an intent without a name"),
        ("nlu:\n- intent: a\n  examples: |\n    - x\nresponses:\n- utter_a\n", "expected responses by name"),
        ("nlu:\n- regex: a\n  examples: |\n    - x\n", "no intent with examples"),
        ("version: 3\n", "no intent with examples"),
        ("responses:\n  x: &a [*a]\nnlu:\n", "stands for nothing, or for itself"),
    ],
)
def test_broken_files(read: Read, text: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read({"nlu.yml": text}, "nlu.yml")


def test_a_response_that_is_no_list(read: Read) -> None:
    text = "nlu:\n- intent: a\n  examples: |\n    - x\nresponses:\n  utter_a:\n  - - x\n"
    with pytest.raises(InputError, match="utter_a: expected variants"):
        read({"nlu.yml": text}, "nlu.yml")

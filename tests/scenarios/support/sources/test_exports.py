"""Exports of Dialogflow and Botpress, as folders, zip archives and single files."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping

import pytest

from breakeven.core.errors import InputError
from breakeven.scenarios.support.answer_book import Button
from tests.scenarios.support.sources.conftest import Read, asked, said


def phrase(*parts: str, **more: object) -> dict[str, object]:
    return {
        "id": "1",
        "data": [{"text": part, "userDefined": False} for part in parts],
        "isTemplate": False,
        "count": 0,
        **more,
    }


WHERE = {"name": "Where/When is it?", "fallbackIntent": False, "responses": [{"parameters": [], "speech": [], "messages": [
    {"type": 0, "lang": "en", "speech": ["In town.", "Downtown."]}, {"type": "0", "lang": "zh-cn", "speech": "在市中心。"},
    {"type": 0, "lang": "en", "speech": []}, {"type": 2, "lang": "en", "title": "More?", "replies": ["Map", "Hours"]},
    {"type": 4, "lang": "en", "payload": {"x": 1}}]}]}  # fmt: skip
ES: Mapping[str, object] = {
    "agent.json": {"language": "en"},
    "package.json": {"version": "1.0.0"},
    "intents/Where_When is it_.json": WHERE,
    "intents/Where_When is it__usersays_en.json": [phrase("where ", "is", " it"), phrase("@x:x", isTemplate=True), phrase(" ")],
    "intents/Where_When is it__usersays_zh-cn.json": [phrase("在哪里")],
    "intents/Order.json": {"name": "Order", "responses": [{"messages": [{"type": 0, "lang": "en", "speech": "Order $number is on its way"}]}]},
    "intents/Order_usersays_en.json": [phrase("where is my order")],
    "intents/No phrases.json": {"name": "No phrases", "responses": [{"messages": [{"type": 0, "lang": "en", "speech": "Hm"}]}]},
    "intents/Default Fallback Intent.json": {
        "name": "Default Fallback Intent", "fallbackIntent": True, "responses": [{"messages": [{"type": 0, "lang": "en", "speech": ["Sorry?"]}]}],
    },
    "intents/Default Fallback Intent_usersays_en.json": [phrase("sing a song")],
    "entities/x.json": {"name": "x", "isOverridable": True},
    "entities/x_entries_en.json": [{"value": "a", "synonyms": ["a"]}],
    "customSmalltalkResponses_en.json": [{"action": "smalltalk.agent.boss", "customAnswers": ["Ann"]}],
}  # fmt: skip


def zipped(files: Mapping[str, object], below: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(
                below + name, content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
            )
    return out.getvalue()


@pytest.mark.parametrize("form", ["folder", "zip", "zip in a folder", "backslashes"])
def test_dialogflow_es(read: Read, form: str) -> None:
    if form == "folder":
        material = read({f"agent/{name}": content for name, content in ES.items()}, "agent")
    else:
        names = {name.replace("/", "\\"): content for name, content in ES.items()} if form == "backslashes" else ES
        material = read({"agent.zip": zipped(names, "my-agent/" if form == "zip in a folder" else "")}, "agent.zip")
    assert sorted(asked(material), key=str) == [
        ("sing a song", "Default Fallback Intent"), ("where is it", "Where/When is it?"), ("where is my order", "Order"),
        ("在哪里", "Where/When is it?"),
    ]  # fmt: skip
    assert {q.text: q.language for q in material.questions}[
        "在哪里"
    ] == "zh" and material.scope == "Default Fallback Intent"
    answer = material.book.topics["Where/When is it?"].answer
    assert answer is not None and answer.text == {"en": "In town.", "zh": "在市中心。"}
    assert answer.buttons == (Button({"en": "Map"}, send="Map"), Button({"en": "Hours"}, send="Hours"))
    assert material.book.topics["Order"].answer is None and "Default Fallback Intent" not in material.book.topics
    assert said(material, "Dialogflow") == [
        "1 cards, images and payloads of responses", "4 files are entities, small talk or settings", "1 further variants of a response",
        "1 phrases are empty", "1 phrases are templates with @entities", "1 texts of responses refer to parameters",
    ]  # fmt: skip
    assert "'No phrases'" in said(material, "answers without a topic")[0]


def test_one_intent_downloaded_alone(read: Read) -> None:
    intent = {**WHERE, "userSays": [phrase("where is it")]}
    assert asked(read({"i.json": intent}, "i.json")) == [("where is it", "Where/When is it?")]


def test_dialogflow_cx_and_intents_of_the_api(read: Read) -> None:
    cx = {"intents/order/order.json": {"displayName": "order now"},
          "intents/order/trainingPhrases/en.json": {"trainingPhrases": [
              {"parts": [{"text": "my order "}, {"text": "12", "parameterId": "n"}], "languageCode": "en"}]}}  # fmt: skip
    assert asked(read({f"a/{k}": v for k, v in cx.items()}, "a")) == [("my order 12", "order now")]
    api = {"intents": [{"name": "projects/x/intents/1", "displayName": "hello", "messages": [{"text": {"text": ["Hello World!"]}}],
                        "trainingPhrases": [{"type": "EXAMPLE", "parts": [{"text": "hi all"}]},
                                            {"type": "TEMPLATE", "parts": [{"text": "@x"}]}]}]}  # fmt: skip
    material = read({"api.json": api}, "api.json")
    answer = material.book.topics["hello"].answer
    assert asked(material) == [("hi all", "hello")] and answer is not None and answer.text == {"en": "Hello World!"}


QNA = {"qnas": [
    {"id": "a", "data": {"action": "text", "enabled": True, "questions": {"en": ["How to pay?", "payment"], "zh": ["怎么付款"]},
                         "answers": {"en": ["By card", "With a card"], "zh": ["刷卡"]}}},
    {"id": "b", "data": {"enabled": False, "questions": {"en": ["off"]}, "answers": {"en": ["x"]}}},
    {"id": "c", "data": {"questions": {"en": [""]}, "answers": {"en": ["x"]}}}]}  # fmt: skip


@pytest.mark.parametrize("export", [QNA, QNA["qnas"]])
def test_botpress(read: Read, export: object) -> None:
    material = read({"qna.json": export}, "qna.json")
    assert asked(material) == [("How to pay?", "How to pay?"), ("payment", "How to pay?"), ("怎么付款", "How to pay?")]
    answer = material.book.topics["How to pay?"].answer
    assert answer is not None and answer.text == {"en": "By card", "zh": "刷卡"}
    assert said(material, "Botpress") == [
        "2 entries are switched off or have no question",
        "1 further variants of an answer",
    ]


@pytest.mark.parametrize(
    ("files", "data", "what"),
    [
        ({"a.zip": b"PK no"}, "a.zip", "not a readable zip archive"),
        ({"a.zip": b""}, "a.zip", "not a readable zip archive"),
        ({"a.zip": zipped({"x.png": "x"})}, "a.zip", "no file in it is read"),
        ({"a.zip": zipped({"intents/A_usersays_en.json": "[{"})}, "a.zip", "intents/A_usersays_en.json: not JSON"),
        ({"a/intents/A_usersays_en.json": [1]}, "a", "not as Dialogflow exports it"),
        ({"a/intents/A_usersays_en.json": []}, "a", "no intent with training phrases"),
        ({"q.json": {"qnas": [{"data": {"questions": ["x"]}}]}}, "q.json", "entry 1: not as Botpress exports it"),
        ({"q.json": {"qnas": [{"data": {"questions": {}}}]}}, "q.json", "no entry with a question"),
    ],
)
def test_broken_exports(read: Read, files: dict[str, object], data: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read(files, data)


def test_an_archive_with_a_damaged_file(read: Read) -> None:
    content = bytearray(
        zipped({"intents/A_usersays_en.json": json.dumps([phrase(f"question {i}") for i in range(50)])})
    )
    content[60:120] = bytes(60)
    with pytest.raises(InputError, match="not a readable zip archive"):
        read({"a.zip": bytes(content)}, "a.zip")


def test_an_archive_is_bounded_by_what_it_holds(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("breakeven.scenarios.support.sources.document_files.MAX_BYTES", 10_000)
    with pytest.raises(InputError, match="bytes"):
        read({"a.zip": zipped({"intents/A_usersays_en.json": " " * 1_000_000})}, "a.zip")
    monkeypatch.setattr("breakeven.scenarios.support.sources.document_files.MAX_FILES", 2)
    with pytest.raises(InputError, match="more than 2 files"):
        read({"b.zip": zipped({f"{i}.json": "{}" for i in range(3)})}, "b.zip")


def test_links_out_of_a_folder_are_not_followed(read: Read, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.md"
    outside.write_text("# Secret\nx\n", encoding="utf-8")
    read({"help/a.md": "# A\nx\n"}, "help")
    folder = next(p for p in tmp_path_factory.getbasetemp().glob("test_links*") if (p / "help").is_dir())
    (folder / "help" / "b.md").symlink_to(outside)
    assert asked(read({}, "help")) == [("A", "A")]

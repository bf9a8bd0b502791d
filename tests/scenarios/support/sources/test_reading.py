"""From a company's files to one material: masks, languages, units, outcomes, the scope, customers who were erased."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from breakeven.core.errors import InputError
from breakeven.core.types import Need, Table
from breakeven.online.event import Event
from breakeven.online.log_changes import merge_users
from breakeven.online.logs import open_log
from breakeven.scenarios.support import transcript
from breakeven.scenarios.support.erasure import erase
from breakeven.scenarios.support.exporting import export
from breakeven.scenarios.support.sources import read_material
from tests.scenarios.support.sources.conftest import Read, asked, said


def test_personal_data_is_masked_and_names_no_customer(read: Read) -> None:
    rows = "我叫张伟，卡号4111 1111 1111 1111,lost,张伟13812345678\nmail a@b.cn,mail,ann@x.example\n"
    material = read({"q.csv": f"question,topic,customer\n{rows}"}, "q.csv")
    assert asked(material) == [("我叫<name>，卡号<card>", "lost"), ("mail <e-mail>", "mail")]
    assert not any(word in repr(material.questions) for word in ("张伟", "138", "ann@"))


def test_answers_keep_the_companys_own_numbers(read: Read) -> None:
    material = read({"faq.csv": "question,answer\nphone?,Call 400-800-1234 or a@b.cn\n"}, "faq.csv")
    answer = material.book.topics["phone?"].answer
    assert answer is not None and answer.text == {"en": "Call 400-800-1234 or a@b.cn"}


def test_outcomes_join_the_questions(read: Read) -> None:
    extra = [{"question": "新的问题 13812345678", "topic": "new"}, {"question": "", "topic": "x"}, {"question": "y"}]
    material = read({"q.csv": "question,topic\nlost card,lost\n"}, "q.csv", extra=extra)
    assert (
        asked(material) == [("lost card", "lost"), ("新的问题 <phone>", "new")] and material.questions[1].line is None
    )
    assert said(material, "outcomes") == ["2 outcomes have no question or no topic"] and "new" in material.book.topics


@pytest.mark.parametrize("name", ["oos", "out_of_scope", "Out of scope", "nlu_fallback"])
def test_the_scope_is_known_by_its_name(read: Read, name: str) -> None:
    material = read({"q.csv": f"question,topic\nlost card,lost\ntell a joke,{name}\n"}, "q.csv")
    assert material.scope == name and set(material.book.topics) == {"lost"}


def test_the_scope_of_the_brief(read: Read) -> None:
    files = {"q.csv": "question,topic\nlost card,lost\ntell a joke,chat\n"}
    assert read(files, "q.csv", out_of_scope="chat").scope == "chat" and read(files, "q.csv").scope is None
    with pytest.raises(InputError, match=r"no question has the topic 'chta'; did you mean 'chat'"):
        read(files, "q.csv", out_of_scope="chta")


def test_languages_are_those_of_the_brief_the_answers_or_the_questions(read: Read) -> None:
    rows = "".join(f"lost card {i},a\n" for i in range(9)) + "卡丢了,a\n卡没了,a\n" + "perdí mi tarjeta,a\n"
    files = {"q.csv": f"question,topic\n{rows}", "answers.yaml": "topics: {a: {zh: 好}}\n"}
    assert read(files, "q.csv").book.languages == ("en", "zh")
    assert read(files, "q.csv", answers="answers.yaml").book.languages == ("zh",)
    assert read(files, "q.csv", languages=["es"]).book.languages == ("es",)


def test_words_that_show_no_language_are_of_that_of_most_others(read: Read) -> None:
    rows = (
        "quiero bloquear mi tarjeta,a\nnecesito ayuda,a\nhora actual,a\nlost card please,a\n卡丢了,a\n¿qué hora es?,a\n"
    )
    material = read({"q.csv": f"question,topic\n{rows}"}, "q.csv")
    assert [q.language for q in material.questions] == ["es", "es", "es", "en", "zh", "es"]


def test_questions_of_marks_alone_are_left_out_and_long_ones_cut(read: Read) -> None:
    material = read({"q.csv": f'question,topic\n👍👍,a\n???,a\n88,a\n"{"long " * 2_000}",a\n'}, "q.csv")
    assert [len(q.text) for q in material.questions] == [2, 5_000]
    assert said(material, "empty questions") == ["2 questions hold neither letters nor digits"]
    assert said(material, "long questions") == ["1 questions are longer than 5,000 characters"]


def test_a_table_in_memory(tmp_path: Path) -> None:
    table = Table({"text": np.array(["lost card", None], dtype=object), "label": np.array([7.0, 8.0])}, "frame", 0)
    material = read_material(Need("desk", "support", "frame", None, tmp_path), table)
    assert asked(material) == [("lost card", "7")]


def test_a_database(tmp_path: Path) -> None:
    import sqlite3

    from breakeven.core import database_address

    with sqlite3.connect(tmp_path / "desk.db") as db:
        db.execute("create table q (question text, topic text)")
        db.execute("insert into q values ('lost card', 'lost')")
    address = database_address.parse("sqlite:///desk.db")
    assert address is not None
    need = Need("desk", "support", "sqlite:///desk.db", None, tmp_path, query="select * from q", database=address)
    assert asked(read_material(need)) == [("lost card", "lost")]


def _served(folder: Path) -> Need:
    """A product whose log holds three customers, one of them under an earlier name."""
    log = open_log(folder, "desk", url="")
    log.append(
        [
            Event("ann", "c1", transcript.MESSAGE, 1.7e9, id="m1", data={"text": "lost card", "channel": "web"}),
            Event("ann", "c1", transcript.REPLY, 1.7e9 + 1, data={"text": "Blocked", "by": "ai"}),
            Event("guest", "c2", transcript.MESSAGE, 1.7e9 + 2, data={"text": "hi"}),
            Event("bob", "c3", transcript.MESSAGE, 1.7e9 + 3, data={"text": "fees"}),
        ]
    )
    merge_users(log, "guest", "ann")
    log.close()
    (folder / "q.csv").write_text("question,topic,customer\nlost card,a,ann\nfees,b,bob\n", encoding="utf-8")
    return Need("desk", "support", "q.csv", None, folder)


def test_all_that_is_kept_of_a_customer_is_exported(tmp_path: Path) -> None:
    need = _served(tmp_path)
    found = export(need.folder, need.name, "ann")
    assert found["records"] == 3 and [c["conversation"] for c in found["conversations"]] == ["c1", "c2"]
    first = found["conversations"][0]["records"][0]
    assert first == {
        "kind": "message",
        "at": "2023-11-14T22:13:20.000+00:00",
        "id": "m1",
        "data": {"text": "lost card", "channel": "web"},
    }
    assert (
        export(tmp_path, "desk", "nobody")["records"] == 0
        and export(tmp_path / "never", "desk", "ann")["conversations"] == []
    )


def test_an_erased_customer_is_gone_from_the_log_and_from_later_builds(tmp_path: Path) -> None:
    need = _served(tmp_path)
    assert asked(read_material(need)) == [("lost card", "a"), ("fees", "b")]
    assert "erased: 4 records" in erase(need, "ann")
    assert (
        export(need.folder, need.name, "ann")["records"] == 0 and export(need.folder, need.name, "bob")["records"] == 1
    )
    material = read_material(need)
    assert asked(material) == [("fees", "b")] and said(material, "customers") == [
        "1 messages are of customers who were erased"
    ]
    assert "erased: 0 records" in erase(need, "ann") and b"lost card" not in (tmp_path / "events.db").read_bytes()

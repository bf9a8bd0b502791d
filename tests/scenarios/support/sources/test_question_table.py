"""Questions as tables: columns by many names, FAQs, chat logs a row a message."""

from __future__ import annotations

import pytest

from breakeven.core.errors import InputError
from tests.scenarios.support.sources.conftest import Read, asked, said


@pytest.mark.parametrize(
    "header",
    [
        "question,topic",
        "text,label",
        "Utterance,Intent",
        "query,category",
        "sentence,class",
        "instruction,intent_name",
        "问题,类别",
        "用户问题,意图",
        "message,tag",
    ],
)
def test_columns_are_known_by_what_people_call_them(read: Read, header: str) -> None:
    assert asked(read({"q.csv": f"{header}\nlost card,7\n卡丢了,7\n"}, "q.csv")) == [
        ("lost card", "7"),
        ("卡丢了", "7"),
    ]


def test_the_brief_has_the_last_word(read: Read) -> None:
    files = {"q.csv": "text,note,label,reason\nhello,I lost it,x,lost\n"}
    assert asked(read(files, "q.csv", {"note": "question", "reason": "topic"})) == [("I lost it", "lost")]
    assert asked(read(files, "q.csv", {"note": "text", "reason": "category"})) == [("I lost it", "lost")]
    assert asked(read(files, "q.csv", {"label": "ignore"})) == [("hello", None)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("q.tsv", "question\ttopic\nlost card\tlost\n"),
        ("q.jsonl", '{"question": "lost card", "topic": "lost"}\n'),
        ("q.json", '[{"question": "lost card", "topic": "lost"}]'),
        ("q.csv", "\ufeffquestion;topic\r\nlost card;lost\r\n"),
        ("q.txt", "question\ttopic\nlost card\tlost\n"),
    ],
)
def test_formats(read: Read, name: str, content: str) -> None:
    assert asked(read({name: content}, name)) == [("lost card", "lost")]


def test_a_sheet_as_chinese_excel_saves_it(read: Read) -> None:
    rows = "问题,答案\n" + "".join(f"第{i}个问题怎么办理转账业务？,请在手机银行里办理{i}\n" for i in range(30))
    material = read({"faq.csv": rows.encode("gb18030")}, "faq.csv")
    assert asked(material)[0] == ("第0个问题怎么办理转账业务？", "第0个问题怎么办理转账业务？")


def test_rows_without_a_question_or_a_topic(read: Read) -> None:
    material = read({"q.csv": "question,topic\nlost card,lost\n,lost\nhow much,\n"}, "q.csv")
    assert asked(material) == [("lost card", "lost"), ("how much", None)]
    assert said(material, "empty questions") == ["1 rows have no question"]
    assert [q.line for q in material.questions] == [2, 4] and [len(material.labelled), len(material.unlabelled)] == [
        1,
        1,
    ]


def test_topics_called_by_numbers_and_leading_zeros_stay_as_they_are(read: Read) -> None:
    material = read({"q.csv": "question,topic,customer\na b,007,0012\nc d,8,0012\n"}, "q.csv")
    assert [t for _, t in asked(material)] == ["007", "8"] and len({q.unit for q in material.questions}) == 1


def test_the_column_of_languages_beats_the_guess(read: Read) -> None:
    material = read({"q.csv": "question,topic,lang\nrefund,r,es-MX\nrefund ok,r,\n退款,r,Chinese\n"}, "q.csv")
    assert [q.language for q in material.questions] == ["es", "en", "zh"]


def test_rows_of_a_customer_or_a_conversation_are_one_unit(read: Read) -> None:
    material = read(
        {"q.csv": "question,topic,user_id,session\na b,t,1,x\nc d,t,1,y\ne f,t,,z\ng h,t,,z\ni j,t,,\n"}, "q.csv"
    )
    units = [q.unit for q in material.questions]
    assert units[0] == units[1] != units[2] == units[3] and units[4] == ""


def test_a_faq_of_two_columns(read: Read) -> None:
    material = read({"faq.csv": "Question,Answer\nHow to pay?,By card\n怎么退款,三天\n"}, "faq.csv")
    assert asked(material) == [("How to pay?", "How to pay?"), ("怎么退款", "怎么退款")]
    topic = material.book.topics["怎么退款"]
    assert topic.title == {"zh": "怎么退款"} and topic.answer is not None and topic.answer.text == {"zh": "三天"}


def test_sections_of_a_faq_are_no_topics(read: Read) -> None:
    rows = "".join(f"question {i},answer {i},{'Cards' if i % 2 else 'Loans'}\n" for i in range(10))
    material = read({"faq.csv": f"question,answer,category\n{rows}"}, "faq.csv")
    assert len(material.book.topics) == 10 and said(material, "FAQ") == [
        "10 rows are entries of a FAQ; 'category' is taken as their section"
    ]


def test_answers_of_labelled_questions_and_several_of_them(read: Read) -> None:
    files = {"q.csv": "utterance,category,intent,response\na b,x,t,Yes\nc d,x,t,Yes\ne f,x,t,No\n退款,x,t,可以\n"}
    material = read(files, "q.csv")
    answer = material.book.topics["t"].answer
    assert answer is not None and answer.text == {"en": "Yes", "zh": "可以"} and material.book.languages == ("en", "zh")
    assert said(material, "several answers") == ["1 topics have several answers in one language"]


def test_a_chat_log_a_row_a_message(read: Read) -> None:
    files = {
        "c.csv": "conversation_id,sender_type,content\n1,Contact,hi there\n1,User,hello\n1,Contact,my card\n2,Ghost,boo\n"
    }
    material = read(files, "c.csv")
    assert asked(material) == [("hi there", None), ("my card", None)] and len({q.unit for q in material.questions}) == 1
    assert said(material, "chat log") == ["1 messages are not the customers'"]
    assert said(material, "unknown speakers") == ["1 messages are of speakers who may be customers or not: 'Ghost'"]


@pytest.mark.parametrize(
    "speakers",
    [
        ("user", "assistant"),
        ("客户", "客服"),
        ("Customer", "Agent"),
        ("incoming", "outgoing"),
        ("0", "1"),
        ("end-user", "admin"),
        ("买家", "卖家"),
        ("客户张三", "客服小王"),
    ],
)
def test_speakers(read: Read, speakers: tuple[str, str]) -> None:
    assert asked(read({"c.csv": f"role,text\n{speakers[0]},help me\n{speakers[1]},sure\n"}, "c.csv")) == [
        ("help me", None)
    ]


@pytest.mark.parametrize(
    ("content", "columns", "what"),
    [
        ("a,b\n1,2\n", {}, "no column for the question"),
        ("a,b\n1,2\n", {"c": "question"}, "the data have no column 'c'"),
        ("a,b\n1,2\n", {"a": "question", "b": "question"}, "are both the question"),
        ("question,topic\n,x\n", {}, "no row has a question"),
        ("question,role\nhello,Ann\nhi,Bob\n", {}, "no speaker is known as a customer: 'Ann', 'Bob'"),
        ("", {}, "the file is empty"),
        ("question,topic\n", {}, "rows"),
    ],
)  # fmt: skip
def test_bad_tables(read: Read, content: str, columns: dict[str, str], what: str) -> None:
    with pytest.raises(InputError, match=what):
        read({"q.csv": content}, "q.csv", columns)


def test_a_file_that_is_not_there(read: Read) -> None:
    with pytest.raises(InputError, match="no such file"):
        read({}, "q.csv")

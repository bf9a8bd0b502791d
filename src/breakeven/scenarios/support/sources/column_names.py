"""What the columns of questions, FAQs and chat logs are called, and the roles that a brief can give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

#: What each column is called elsewhere, compared without case, spaces, `_` and `-`; surer names first.
NAMES: Mapping[str, tuple[str, ...]] = {
    "question": ("question", "questions", "utterance", "userutterance", "usersays", "customermessage", "usermessage", "query", "userquery",
                 "message", "messagetext", "text", "sentence", "instruction", "content", "body", "plainbody", "msg", "input", "phrase", "example",
                 "问题", "提问", "用户问题", "客户问题", "标准问题", "标准问", "相似问", "问句", "句子", "消息", "消息内容", "内容", "文本", "問題"),
    "topic": ("topic", "intent", "intentname", "label", "labelname", "category", "categoryname", "class", "target", "tag", "subject",
              "主题", "意图", "类别", "分类", "标签", "话题", "主題", "類別"),
    "answer": ("answer", "answers", "response", "reply", "output", "answertext", "答案", "回答", "回复", "标准答案", "答复", "回覆"),
    "language": ("language", "lang", "locale", "languagecode", "语言", "語言"),
    "conversation": ("conversation", "conversationid", "session", "sessionid", "dialogue", "dialogueid", "dialogid", "dialog", "thread",
                     "threadid", "chat", "chatid", "ticket", "ticketid", "callid", "会话", "会话id", "对话", "对话id", "工单号", "会话编号"),
    "customer": ("customer", "customerid", "user", "userid", "client", "clientid", "contact", "contactid", "requester", "requesterid",
                 "visitorid", "member", "memberid", "uid", "客户", "客户id", "用户", "用户id", "顾客", "客户编号", "用户编号", "openid"),
    "time": ("time", "timestamp", "date", "datetime", "createdat", "sentat", "ts", "时间", "日期", "发送时间", "时间戳"),
    "speaker": ("speaker", "role", "sender", "sendertype", "from", "author", "authortype", "messagetype", "direction", "participant",
                "说话人", "角色", "发送者", "发送人", "发送方"),
}  # fmt: skip
#: Names of columns that are the sections of a FAQ as often as topics.
SECTIONS = ("category", "categoryname", "subject", "tag", "类别", "分类", "標籤", "标签", "類別")
#: Names of topics that are nothing else.
TOPICS = ("topic", "intent", "intentname", "主题", "意图", "主題")
#: Roles that a brief can give a column; `ignore` leaves it out.
ROLES = (*NAMES, "ignore")
#: What else a brief may call a role.
ALSO = {"text": "question", "category": "topic", "group": "customer"}
#: Who is a customer, and who is not, in a column of speakers.
_CUSTOMERS = (
    "customer client user visitor contact human guest buyer member lead enduser requester consumer caller incoming inbound in me "
    "客户 用户 顾客 买家 访客 来访者 会员 客戶 用戶"
)
_STAFF = (
    "agent bot assistant system staff operator support admin ai chatbot representative rep advisor seller outgoing outbound out tool "
    "function developer agentbot activity template internal team note 客服 坐席 机器人 卖家 商家 系统 人工 人工客服 智能客服 客服机器人"
)
CUSTOMERS, STAFF = frozenset(_CUSTOMERS.split()), frozenset(_STAFF.split())


def suited(columns: Sequence[str]) -> dict[str, str]:
    """Columns by role, where their names are those of a FAQ, of questions with topics, or of messages with speakers.

    >>> suited(["Question", "Answer"]), suited(["text", "label"])
    ({'question': 'Question', 'answer': 'Answer'}, {})
    """
    called = {plain(column): column for column in columns}
    found = {role: next((called[name] for name in NAMES[role] if name in called), None) for role in NAMES}
    for roles in (("question", "answer"), ("question", "topic"), ("conversation", "speaker", "question")):
        there = {role: column for role in roles if (column := found[role]) is not None}
        if len(there) == len(roles) and ("topic" not in there or plain(there["topic"]) in TOPICS):
            return there
    return {}


def plain(name: str) -> str:
    """A name without case, spaces and signs.

    >>> plain("Customer_ID"), plain("End-user")
    ('customerid', 'enduser')
    """
    return "".join(c for c in name.casefold() if c.isalnum())

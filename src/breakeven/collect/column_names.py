"""What a column's name says of it. A name is evidence only together with the values: `amount_paid` is no id, `bid` neither.

>>> words("customerId"), words("OrderNo."), words("客户编号")
(('customer', 'id'), ('order', 'no'), ('客户', '编号'))
"""

from __future__ import annotations

import re

#: The last word of names of identifiers, and those that are as often the name of a count, a code or a house.
_ID = re.compile("ids?|uuid|guid|ident|identifier")
_WEAK_ID = re.compile("no|nr|num|number|key|code|nummer|numero|numéro|编号|号|号码|序号")
#: What comes again and again while its rows differ, and new ones of which come when serving.
_PERSON = re.compile(
    "user|customer|client|patient|speaker|site|store|shop|session|household|account|subject|person|hospital|member|student|"
    "teacher|school|device|machine|sensor|vehicle|driver|doctor|family|kunde|patientin|benutzer|"
    "客户|用户|患者|门店|会员|顾客|学生|病人"
)
#: Words that say how a quantity belongs to a person: `age_of_patient`, `visits_per_customer`.
_BELONGING = re.compile("of|per|in|at|by|each|for|to|from|with|每")
_TIME = re.compile(
    "date|time|datetime|timestamp|ts|day|at|on|when|created|updated|modified|expires|expiry|birthday|dob|since|until|start|"
    "end|begin|datum|zeit|uhrzeit|tag|fecha|hora|heure|日期|时间|时刻"
)
_CHINESE = re.compile("(编号|号码|序号|号|客户|用户|患者|门店|会员|顾客|学生|病人|日期|时间|时刻)")


def words(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case: split at signs, at changes of case, and around known Chinese words."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    apart = _CHINESE.sub(r" \1 ", apart)
    return tuple(word for word in re.split(r"[\W_]+", apart.lower()) if word)


def is_id(name: str) -> bool:
    """Whether a name ends in a word that only identifiers have."""
    found = words(name)
    return bool(found) and (_ID.fullmatch(found[-1]) is not None or found[0] in ("uuid", "guid"))


def is_weak_id(name: str) -> bool:
    """Whether a name ends in a word that identifiers have, but counts and codes as well."""
    found = words(name)
    return len(found) > 1 and _WEAK_ID.fullmatch(found[-1]) is not None


def is_person(name: str) -> bool:
    """Whether a name is that of a person, place or device, alone or before the word of an identifier.

    >>> is_person("patient"), is_person("customer_id"), is_person("age_of_patient"), is_person("visits_per_customer")
    (True, True, False, False)
    """
    found = words(name)
    if not found or any(map(_BELONGING.fullmatch, found)):
        return False
    if _ID.fullmatch(found[-1]) or _WEAK_ID.fullmatch(found[-1]):
        return len(found) > 1 and _PERSON.fullmatch(found[-2]) is not None
    return len(found) == 1 and _PERSON.fullmatch(found[0]) is not None


def is_time(name: str) -> bool:
    """Whether a name says that its values are moments."""
    found = words(name)
    return bool(found) and any(map(_TIME.fullmatch, (found[0], found[-1])))

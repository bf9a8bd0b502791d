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
#: Names of codes: of places, goods, trades, diseases, releases; and those of which every person or thing has its own.
_CODE = re.compile(
    "code|codes|zip|zipcode|postcode|postal|postalcode|plz|postleitzahl|pincode|cep|naics|nace|noga|sic|mcc|icd|icd9|icd10|hsn|cpt|dewey|"
    "iata|version|versions|firmware|邮编|邮政编码|代码|编码|版本"
)
_OWN_CODE = re.compile(
    "sku|ean|gtin|upc|isbn|issn|barcode|iban|ssn|phone|telephone|tel|mobile|fax|telefon|telefonnummer|handy|handynummer|"
    "电话|手机|手机号|条码"
)
#: What is counted of codes, which is no code.
_COUNTED = re.compile(
    "count|number|num|length|len|lines|size|sum|total|amount|price|per|of|share|rate|days|anzahl|数量"
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


def is_code(name: str) -> bool:
    """Whether a name says that its values are codes.

    >>> is_code("zip_code"), is_code("billing_zip"), is_code("ProductCode"), is_code("lines_of_code"), is_code("encoded")
    (True, True, True, False, False)
    """
    found = words(name)
    return is_own_code(name) or (_last(found, _CODE) and not any(map(_COUNTED.fullmatch, found)))


def is_own_code(name: str) -> bool:
    """Whether a name is that of codes of which every person or thing has its own.

    >>> is_own_code("phone_no"), is_own_code("isbn"), is_own_code("phone_price"), is_own_code("postcode")
    (True, True, False, False)
    """
    return _last(words(name), _OWN_CODE)


def _last(found: tuple[str, ...], kind: re.Pattern[str]) -> bool:
    """Whether the last word of a name, or the one before `no` or `number`, is of a kind."""
    if len(found) > 1 and _WEAK_ID.fullmatch(found[-1]) and not kind.fullmatch(found[-1]):
        found = found[:-1]
    return bool(found) and kind.fullmatch(found[-1]) is not None


def is_time(name: str) -> bool:
    """Whether a name says that its values are moments."""
    found = words(name)
    return bool(found) and any(map(_TIME.fullmatch, (found[0], found[-1])))

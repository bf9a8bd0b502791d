"""Who speaks in a log: the customer, or the company.

>>> [is_customer(name, {"user", "assistant"}) for name in ("user", "assistant", "Li Wei")]
[True, False, None]
>>> is_customer("User", {"Contact", "User"})
False
"""

from __future__ import annotations

from collections.abc import Collection

from breakeven.scenarios.support.sources.column_names import CUSTOMERS, STAFF, plain

#: Chatwoot's numbers of incoming, outgoing, activity and template messages.
_NUMBERS = {"0": True, "1": False, "2": False, "3": False}


def is_customer(name: str, all_names: Collection[str]) -> bool | None:
    """Whether a speaker is the customer; None where the name does not say it.

    Where contacts speak, users are the staff, as in Chatwoot. `customer 12` and `客服小王` are told by their first words.
    """
    known = {plain(one) for one in all_names}
    said = plain(name)
    if said == "user" and "contact" in known:
        return False
    if said in CUSTOMERS or said in STAFF:
        return said in CUSTOMERS
    if said in _NUMBERS and known <= _NUMBERS.keys():
        return _NUMBERS[said]
    for names, answer in ((STAFF, False), (CUSTOMERS, True)):
        if any(
            len(one) > 1 and said.startswith(one) and (not one.isascii() or said[len(one) :].isdigit()) for one in names
        ):
            return answer
    return None

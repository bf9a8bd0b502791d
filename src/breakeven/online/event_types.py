"""Kinds of events: what each is worth, which are about the shop rather than about taste, and how they are told apart."""

from __future__ import annotations

#: What an event of each kind is worth where the brief does not say; kinds not named here are worth 1.
WORTH = {"view": 1.0, "click": 1.0, "cart": 3.0, "addtocart": 3.0, "star": 3.0, "like": 3.0, "purchase": 5.0, "transaction": 5.0,
         "buy": 5.0, "order": 5.0, "浏览": 1.0, "加购": 3.0, "购买": 5.0}  # fmt: skip
#: What an event is called of which no kind is said; one that tells of an item, one that tells of a shelf that was shown.
UNNAMED, ITEM, SHOWN = "event", "$item", "$shown"
#: Under what the bar of ratings stands among the weights of kinds.
BAR = "$bar"
#: Kinds by which an item is the user's already, as `plain` has them.
BOUGHT = frozenset(("purchase", "transaction", "buy", "order", "购买"))


def plain(kind: str) -> str:
    """A kind without case and signs: add_to_cart and AddToCart are one.

    >>> plain("Add_To-Cart")
    'addtocart'
    """
    return kind.casefold().replace("_", "").replace("-", "").replace(" ", "")

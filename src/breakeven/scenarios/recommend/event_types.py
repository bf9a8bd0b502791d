"""Kinds of a shop's events: their weights, the kinds that are purchases, the record of a changed item."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from breakeven.core.fields import described, is_number
from breakeven.core.types import Array
from breakeven.online.event import IMPRESSION, RESERVED
from breakeven.online.online_experiment import impression_check
from breakeven.online.record_codec import Checks
from breakeven.scenarios.recommend.exploration import WIDTH

#: Kinds that say no more than that an item was looked at, and those that say that it was bought, as `plain` has them.
VIEWS = frozenset(
    (
        "view",
        "viewed",
        "views",
        "pageview",
        "itemview",
        "viewitem",
        "selectitem",
        "productviewed",
        "productclicked",
        "detail",
        "pv",
        "click",
        "clicked",
        "clicks",
        "浏览",
        "点击",
        "查看",
    )
)
PURCHASES = frozenset(
    (
        "purchase",
        "purchased",
        "transaction",
        "buy",
        "bought",
        "order",
        "ordered",
        "ordercompleted",
        "sale",
        "购买",
        "下单",
    )
)
#: Kinds of a use and of a wish.
_USES = ("read", "watch", "watched", "play", "played", "listen", "listened")
_WISHES = (
    *("cart", "addtocart", "star", "like", "favorite", "favourite", "fav", "wishlist", "save", "bookmark", "share"),
    *(
        "thumbsup",
        "thumbup",
        "upvote",
        "addtowishlist",
        "begincheckout",
        "checkout",
        "productadded",
        "productaddedtowishlist",
    ),
    *("加购", "收藏", "点赞", "分享"),
)
#: The weight of an event of each kind where the brief does not say; kinds not named here weigh DEFAULT_WEIGHT.
EVENT_WEIGHTS: Mapping[str, float] = {
    **dict.fromkeys((*sorted(VIEWS), *_USES), 1.0),
    **dict.fromkeys(_WISHES, 3.0),
    **dict.fromkeys(sorted(PURCHASES), 5.0),
}
DEFAULT_WEIGHT = 1.0
#: The weight of what takes a wish back.
NEGATIVE_WEIGHT = -1.0
#: The kind of an event that names none.
UNNAMED = "event"
#: A new item, or what has changed of one.
ITEM = "$item"
#: A user that a client sent, with labels and a comment.
USER = "$user"
#: How many times a rating at the bar the best one counts.
TOP_RATING = 2.0
#: Kinds that say no, as `plain` has them: the item is hidden from the user, and earlier events about it no longer count.
REFUSALS = frozenset(
    (
        *(
            "dislike",
            "disliked",
            "thumbsdown",
            "thumbdown",
            "downvote",
            "refund",
            "refunded",
            "orderrefunded",
            "return",
            "returned",
        ),
        *("report", "block", "hide", "notinterested", "dismiss", "complaint", "negative", "unsubscribe"),
        *("不喜欢", "踩", "退款", "退货", "屏蔽", "举报", "隐藏", "不感兴趣", "退订", "差评", "投诉"),
    )
)
#: Kinds that take an earlier event back and say no more than that; what was skipped may be shown at another time.
CANCELLATIONS = frozenset(
    (
        *(
            "removefromcart",
            "cartremove",
            "removecart",
            "remove",
            "removed",
            "uncart",
            "productremoved",
            "productremovedfromwishlist",
            "cancel",
            "cancelled",
            "canceled",
        ),
        *(
            "cancellation",
            "cancelorder",
            "unlike",
            "unstar",
            "unfavorite",
            "unfavourite",
            "removefromwishlist",
            "skip",
            "skipped",
        ),
        *("取消", "取消订单", "移出购物车", "删除购物车", "取消收藏", "取消点赞", "跳过"),
    )
)
#: Kinds that say what a user was shown: no wish, but what experiments start from.
IMPRESSIONS = frozenset(
    ("impression", "impressions", "exposure", "shown", "displayed", "viewitemlist", "productlistviewed", "曝光", "展示")
)
#: Kinds whose value is a rating.
RATINGS = frozenset(("rating", "ratings", "rate", "rated", "star", "stars", "review", "score", "评分", "评价", "打分"))


def usual_weight(kind: str) -> float | None:
    """The weight of a kind where the brief does not say; None for one that is not known.

    >>> usual_weight("Remove from cart"), usual_weight("impression"), usual_weight("wave")
    (-1.0, 0.0, None)
    """
    name = plain(kind)
    if name in REFUSALS or name in CANCELLATIONS:
        return NEGATIVE_WEIGHT
    if name in IMPRESSIONS:
        return 0.0
    return EVENT_WEIGHTS.get(name, DEFAULT_WEIGHT if name in RATINGS else None)


def hides(kind: str) -> bool:
    """Whether an event of negative weight hides its item: all but those that only take an earlier event back."""
    return plain(kind) not in CANCELLATIONS


def is_view(kind: str) -> bool:
    """Whether a kind says no more than that an item was looked at."""
    return plain(kind) in VIEWS


def is_purchase(kind: str) -> bool:
    """Whether a kind says that an item was bought."""
    return plain(kind) in PURCHASES


def is_rating(kind: str) -> bool:
    """Whether a kind's value says how much an item was liked."""
    return kind == UNNAMED or plain(kind) in RATINGS


def plain(kind: str) -> str:
    """A kind without case and signs: add_to_cart and AddToCart are one.

    >>> plain("Add_To-Cart")
    'addtocart'
    """
    return kind.casefold().replace("_", "").replace("-", "").replace(" ", "")


@dataclass(frozen=True)
class Ratings:
    """A scale: a rating below `bad` is a refusal, one below `bar` no wish; the best, `top`, counts TOP_RATING times one at the bar, and
    one between both as an event without a value, so that models that take weights for certainty see no more of it than before.

    >>> [round(Ratings(bad=3.0, bar=3.0, top=5.0).factor(value), 2) for value in (2, 3, 4, 5)]
    [-1.0, 0.67, 1.0, 1.33]
    """

    bad: float
    bar: float
    top: float

    @staticmethod
    def of_stored(weights: Mapping[str, float]) -> Ratings | None:
        """The scale among the weights of a product's description; earlier versions have the bar alone, below which nothing is a wish."""
        bar = weights.get("$bar")
        return None if bar is None else Ratings(weights.get("$bad", -np.inf), bar, weights.get("$top", bar))

    def stored(self) -> dict[str, float]:
        """The scale as it stands among the weights of kinds."""
        return {"$bad": self.bad, "$bar": self.bar, "$top": self.top}

    def factor(self, value: float) -> float:
        """What the weight of a rating's kind is multiplied by; -1 for a refusal."""
        if value < self.bar:
            return NEGATIVE_WEIGHT if value < self.bad else 0.0
        part = (min(value, self.top) - self.bar) / (self.top - self.bar) if self.top > self.bar else 0.0
        return (1 + (TOP_RATING - 1) * part) / ((1 + TOP_RATING) / 2)


@dataclass(frozen=True)
class EventWeights:
    """The weight of each kind, by its name or by `plain` of it, and the scale of ratings.

    The same in training, for columns, and in serving, for single events.

    >>> weights = EventWeights({"purchase": 5.0}, Ratings(bad=3.0, bar=3.0, top=5.0))
    >>> weights.of("Purchase"), weights.of("other"), weights.of("event", 2.0), weights.of("event", 4.0)
    (5.0, 1.0, -1.0, 1.0)
    >>> weights.of("refund"), weights.of("purchase", -2.0), weights.of("rating", 1.0)
    (-1.0, -1.0, -1.0)
    """

    by_kind: Mapping[str, float]
    ratings: Ratings | None = None

    @staticmethod
    def stored(weights: Mapping[str, float]) -> EventWeights:
        """The weights of a product's description."""
        by_kind = {kind: weight for kind, weight in weights.items() if not kind.startswith(RESERVED)}
        by_plain = {plain(kind): weight for kind, weight in by_kind.items()}
        return EventWeights({**by_plain, **by_kind}, Ratings.of_stored(weights))

    @staticmethod
    def of_brief(given: Mapping[str, float]) -> EventWeights:
        """The usual weights, with those that a brief gives in their place."""
        return EventWeights({**EVENT_WEIGHTS, **{str(kind): float(weight) for kind, weight in given.items()}})

    def of(self, kind: str, value: float | None = None) -> float:
        """The weight of one event: 0 for what is no wish, negative for what takes a wish back.

        A negative quantity is a return, whatever the kind.
        """
        weight = self.by_kind.get(kind)
        if weight is None:
            weight = self.by_kind.get(plain(kind))
        if weight is None:
            usual = usual_weight(kind)
            weight = DEFAULT_WEIGHT if usual is None else usual
        if value is None or value != value or weight <= 0:
            return weight
        if value < 0:
            return NEGATIVE_WEIGHT
        if self.ratings is None or not is_rating(kind):
            return weight
        factor = self.ratings.factor(value)
        return factor * weight if factor >= 0 else NEGATIVE_WEIGHT

    def of_columns(self, names: tuple[str, ...], kind: Array, value: Array | None = None) -> Array:
        """The weights (n,) of events by the numbers of their kinds (n,) among `names`, and their values (n,), NaN for none."""
        weights = np.array([self.of(name) for name in names])[kind]
        if value is not None:
            weights[(value < 0) & (weights > 0)] = NEGATIVE_WEIGHT
            rates = np.array([self.ratings is not None and is_rating(name) for name in names])
            for k in np.flatnonzero(rates):
                for rating in np.unique(value[(kind == k) & (value >= 0)]):
                    weights[(kind == k) & (value == rating)] = self.of(names[k], float(rating))
        return np.asarray(weights)


def item_check(data: Mapping[str, object]) -> str | None:
    """What is wrong with the data of an ITEM record. Numbers pass for titles and categories: they were accepted once."""
    for key, fits in _FITS.items():
        if key in data and not fits(data[key]):
            return f"{key} is {described(data[key])}"
    return None


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)


def _is_scalars(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, str | int | float) for v in value)


def _is_flag(value: object) -> bool:
    return value is None or isinstance(value, bool)


def _is_amount(value: object) -> bool:
    return value is None or is_number(value)


_FITS: Mapping[str, Callable[[object], bool]] = {
    "title": _is_scalar,
    "text": _is_scalar,
    "categories": _is_scalars,
    "price": _is_amount,
    "stock": _is_amount,
    "hidden": _is_flag,
    "deleted": _is_flag,
    "image": lambda value: value is None or isinstance(value, str),
    "timestamp": _is_amount,
}
#: The checks of a shop's records.
CHECKS: Checks = {ITEM: item_check, IMPRESSION: impression_check(WIDTH)}

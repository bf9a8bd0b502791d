"""What shops call the columns of their files, and the roles that a brief can give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from breakeven.scenarios.recommend import event_types

#: What each column is called elsewhere, compared without case, `_`, `-`, spaces and RecBole's types.
NAMES: Mapping[str, tuple[str, ...]] = {
    "user": ("user", "userid", "customer", "customerid", "visitor", "visitorid", "buyer", "member", "memberid", "uid", "userpseudoid",
             "customeremail", "useremail", "email", "用户", "用户id", "顾客"),
    "item": ("item", "itemid", "product", "productid", "sku", "article", "articleid", "movieid", "goods", "goodsid", "iid", "stockcode", "asin",
             "productsku", "lineitemsku",
             "商品", "商品id", "物品"),
    "time": ("time", "timestamp", "date", "datetime", "at", "createdat", "when", "eventtime", "eventtimestamp", "eventdate", "invoicedate",
             "orderdate", "ordertime", "purchasedate", "purchasetime", "ts", "timestampms", "unixtime", "visitdate", "datecreated",
             "orderedat", "purchasedat", "placedat", "时间", "日期", "下单时间", "时间戳"),
    "kind": ("kind", "event", "eventtype", "eventname", "feedbacktype", "type", "action", "behavior", "behaviour", "behaviortype",
             "behaviourtype", "interaction", "interactiontype", "类型", "行为", "行为类型"),
    "value": ("value", "rating", "stars", "score", "quantity", "count", "qty", "productqty", "qtyordered", "lineitemquantity", "评分", "数量"),
    "id": ("id", "eventid", "event_id"),
    "title": ("title", "name", "itemname", "productname", "movietitle", "booktitle", "producttitle", "comment", "标题", "名称", "商品名"),
    "categories": ("categories", "category", "categoryid", "categoryname", "genres", "genre", "class", "labels", "tags", "类别", "分类"),
    "price": ("price", "cost", "unitprice", "variantprice", "价格", "单价"),
    "stock": ("stock", "instock", "quantity", "available", "availability", "isavailable", "inventory", "stockstatus", "stockquantity",
              "inventoryquantity", "variantinventoryqty", "库存", "有货"),
    "hidden": ("hidden", "ishidden", "隐藏", "下架"),
    "text": ("text", "description", "描述", "简介"),
    "image": ("image", "picture", "imagepath", "图片"),
    "friend": ("friend", "friendid", "followee", "target", "targetid", "targetuserid", "follows", "好友"),
}  # fmt: skip
#: The roles of each file's columns; without the first `MUST` of them it says nothing.
ROLES_OF: Mapping[str, tuple[str, ...]] = {
    "events": ("user", "item", "time", "kind", "value", "id"),
    "items": ("item", "title", "categories", "price", "stock", "hidden", "text", "image"),
    "users": ("user",),
    "friends": ("user", "friend"),
}
MUST = {"events": 2, "items": 1, "users": 1, "friends": 2}
#: Roles that say how a column is read, whatever it is for.
READINGS = ("number", "time", "category", "ignore")
#: What else a brief may call a role.
ALSO = {"category": "categories"}
#: Every role that a brief can give a column.
ROLES = tuple(dict.fromkeys((*(role for roles in ROLES_OF.values() for role in roles), *READINGS)))
#: Roles whose values are ids, and what a column of a person's judgement is called (a quantity is none).
IDS, STARS = ("user", "item", "friend", "id"), ("value", "rating", "ratings", "stars", "score", "评分")
#: Of RecBole's files, which end says what they hold.
BESIDE = {"items": ".item", "users": ".user", "friends": ".net"}


def named(columns: Sequence[str], roles: Sequence[str]) -> dict[str, str]:
    """Columns by role, as far as their names tell; surer names first.

    >>> named(["order_id", "Customer", "sku"], ("user", "item", "time"))
    {'user': 'Customer', 'item': 'sku'}
    """
    called = {plain(column): column for column in columns}
    found = {role: next((called[name] for name in NAMES[role] if name in called), None) for role in roles}
    return {role: column for role, column in found.items() if column is not None}


def plain(name: str) -> str:
    """A column's name without case, signs and RecBole's type.

    >>> plain("User_ID:token"), plain("FeedbackType")
    ('userid', 'feedbacktype')
    """
    return event_types.plain(name.partition(":")[0])

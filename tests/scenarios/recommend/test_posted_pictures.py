"""Pictures of items posted to a served shop: below the brief's addresses alone, shown in the next answer, and never read by `learn`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from breakeven.core.errors import InputError
from breakeven.online.event_log import Event
from breakeven.scenarios.recommend import event_types, item_list, item_pictures, requests, shown_items
from breakeven.scenarios.recommend.catalogue import Catalogue
from breakeven.scenarios.recommend.live_items import LiveItems
from breakeven.scenarios.recommend.notes import Notes
from breakeven.scenarios.recommend.product import load
from breakeven.scenarios.recommend.requests import ItemBatch, ItemRequest
from breakeven.scenarios.recommend.tables import Named

BASES = ("https://img.shop.example/small", "https://cdn.example")


def posted(image: str | None, bases: tuple[str, ...] = BASES) -> list[Event]:
    return requests.items(ItemBatch([ItemRequest("new", title="blue mug", image=image)]), bases)


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        ("mugs/blue 1.png", "https://img.shop.example/small/mugs/blue%201.png"),
        ("https://cdn.example/b.png", "https://cdn.example/b.png"),
    ],
)
def test_a_picture_that_is_posted_is_shown_at_once_and_can_be_taken_back(made: Path, image: str, shown: str) -> None:
    loaded = load(made / "build" / "latest" / "product")
    live = LiveItems(replace(loaded, about={**loaded.about, "pictures": list(BASES)}))
    (event,) = posted(image)
    assert event_types.item_check(event.data or {}) is None
    live.change_item(event)
    assert shown_items.item_fields(live, live.number["new"])["image"] == shown
    live.change_item(Event("", loaded.catalogue.ids[0], event.kind, event.at + 1, data={"image": image}))
    assert shown_items.item_fields(live, 0)["image"] == shown
    (gone,) = posted(None)
    live.change_item(replace(gone, at=event.at + 2))
    assert "image" not in shown_items.item_fields(live, live.number["new"])


@pytest.mark.parametrize(
    "image",
    [
        "https://elsewhere.example/b.png",
        "http://img.shop.example/small/b.png",
        "https://img.shop.example.evil.example/b.png",
        "https://img.shop.example/large/b.png",
        "//elsewhere.example/b.png",
        "https://img.shop.example/small/../large/b.png",
        "https://img.shop.example/small/%2e%2E/large/b.png",
        "https://img.shop.example/small/..\\large/b.png",
        "a\n/b.png",
    ],
)
def test_a_picture_elsewhere_is_refused_with_the_remedy(image: str) -> None:
    with pytest.raises(InputError) as refused:
        posted(image)
    assert refused.value.where == "items[0], image"
    assert "below https://img.shop.example/small/ or https://cdn.example/" in refused.value.what
    assert "send a path below https://img.shop.example/small/" in refused.value.remedy


def test_without_addresses_in_the_brief_the_remedy_is_to_name_one() -> None:
    with pytest.raises(InputError, match=r"the brief names no address of pictures; name .*recommend: \{pictures:"):
        posted("b.png", ())
    assert posted(None, ()) and "image" not in (requests.items(ItemBatch([ItemRequest("i")]))[0].data or {})


@pytest.mark.parametrize("image", ["\\\\elsewhere.example/b.png", "/\\elsewhere.example/b.png", "javascript:alert(1)"])
def test_what_browsers_read_as_another_host_becomes_a_path_of_the_shop(image: str) -> None:
    found = item_pictures.address(image, BASES)
    assert found is None or (found.startswith("https://img.shop.example/small/") and "\\" not in found)


def test_learn_reads_the_files_of_the_list_alone(tmp_path: Path) -> None:
    """Whoever may post must not name files of the machine that learns."""
    ids, none = ("a", "b"), np.full(2, np.nan)
    no = np.zeros(2, dtype=bool)
    catalogue = Catalogue(ids, ids, ((), ()), none, none, ("", ""), ("/etc/hostname", "b.png"), no, ~no)
    listed = {"item": np.array(ids, dtype=object), "image": np.array([None, "gone.png"], dtype=object)}
    notes = Notes()
    assert item_list.pictures(catalogue, Named(listed, "items.csv", root=tmp_path), notes) == ()
    assert "1 item names a picture that is no file here, such as 'gone.png'" in notes.findings[0].what

"""Addresses of items' pictures, as the shop's page shows them: those below the addresses that the brief names, and no others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote, unquote

from msgspec import Meta

from breakeven.core.errors import InputError
from breakeven.core.fields import described

#: An address that stands in a page's policy as it is: a host, perhaps a port and folders, and nothing that could end the policy.
Address = Annotated[str, Meta(pattern=r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*/?$", max_length=500)]
#: The brief's key: addresses below which the pictures are.
Addresses = Annotated[tuple[Address, ...], Meta(max_length=20)]


def address(image: str, bases: Sequence[str]) -> str | None:
    """The address of a picture: `image` where it is below one of `bases`, a path below the first of them; else None.

    >>> bases = ["https://img.shop.example/small"]
    >>> address("mugs/red 1.png", bases), address("https://img.shop.example/small/2.png", bases)
    ('https://img.shop.example/small/mugs/red%201.png', 'https://img.shop.example/small/2.png')
    >>> address("https://elsewhere.example/2.png", bases), address("../2.png", bases), address("2.png", [])
    (None, None, None)
    """
    folders = [folder(base) for base in bases]
    # Browsers take \\ for / and %2e for a point, and drop the ends of lines.
    plain = unquote(image).replace("\\", "/")
    if not image or not folders or ".." in plain.split("/") or not plain.isprintable():
        return None
    if "://" in image or image.startswith("//"):
        return image if image.startswith(tuple(folders)) else None
    return folders[0] + quote(image.lstrip("/"))


def check(where: str, image: str, bases: Sequence[str]) -> None:
    """Raises InputError for a picture that no page would show, with what would make it shown."""
    if address(image, bases) is not None:
        return
    if not bases:
        remedy = "name the address of your pictures in the brief, recommend: {pictures: https://img.shop.example/}, and build again"
        raise InputError(where, "the brief names no address of pictures", remedy)
    below = " or ".join(map(folder, bases[:5]))
    raise InputError(
        where,
        f"{described(image)} is not below {below}",
        f"send a path below {folder(bases[0])}, or name its address in the brief and build again",
    )


def folder(base: str) -> str:
    """An address with the slash at its end, by which a page's policy allows all that is below it.

    >>> folder("https://img.shop.example")
    'https://img.shop.example/'
    """
    return base.rstrip("/") + "/"

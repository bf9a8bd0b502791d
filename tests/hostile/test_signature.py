"""Signed products: `serve --trusted-key` serves what the holder of a key has signed, and nothing else."""

from __future__ import annotations

import builtins
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import breakeven
from breakeven.cli import main
from breakeven.core import product_folder, signature
from breakeven.core.errors import MissingExtra, ProductError
from breakeven.core.product_folder import SIGNATURE
from breakeven.scenarios import registry
from breakeven.serving import pages
from breakeven.serving.run import application
from tests.hostile import small_products
from tests.hostile.small_products import copied, edited, product_of, reseal


@pytest.fixture(autouse=True)
def _nothing_stays_held() -> Iterator[None]:
    yield
    product_folder._pins.clear()


@pytest.fixture
def signed(tmp_path: Path) -> tuple[Path, Path]:
    """A signed product, and the public key."""
    place, key = small_products.table(tmp_path / "product"), tmp_path / "key"
    assert main(["sign", "--new-key", str(key)]) == 0
    assert main(["sign", str(place), "--key", str(key)]) == 0
    return place, tmp_path / "key.pub"


def serve(place: Path, *keys: Path) -> object:
    return application([place], registry.get, None, keys)


def test_a_signed_product_is_served_and_its_key_is_private(signed: tuple[Path, Path]) -> None:
    place, public = signed
    serve(place, public)
    assert public.with_suffix("").stat().st_mode & 0o777 == 0o600
    assert b"<title>report</title>" in pages.report(product_of(place)).body


def _edit(name: str, change: Callable[[Any], object]) -> Callable[[Path], None]:
    return lambda product: edited(product, name, change)


def _signature(**keys: str) -> Callable[[Path], None]:
    def spoil(product: Path) -> None:
        plain = json.loads((product / SIGNATURE).read_text())
        (product / SIGNATURE).write_text(json.dumps({**plain, **keys}))

    return spoil


def _link(product: Path) -> None:
    (product / SIGNATURE).rename(product.parent / "elsewhere")
    (product / SIGNATURE).symlink_to(product.parent / "elsewhere")


SPOILS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no signature": (lambda p: (p / SIGNATURE).unlink(), "is not signed"),
    "classes swapped": (_edit("product.json", lambda a: a["decoder"]["classes"].reverse()), "changed since it was signed"),
    "a file more": (lambda p: ((p / "more.txt").write_text("x"), reseal(p)), "changed since it was signed"),
    "a model replaced": (lambda p: small_products.replaced(p, "model.onnx", small_products.honest()[:-1]), "changed since"),
    "a byte of the model": (lambda p: (p / "model.onnx").write_bytes(b"x"), "sha256 differs"),
    "a report replaced": (lambda p: (p.parent / "report.html").write_text("<b>"), r"report\.html: changed since"),
    "a report gone": (lambda p: (p.parent / "report.html").unlink(), r"report\.html: changed since"),
    "a card come": (lambda p: (p.parent / "card.md").write_text("x"), r"card\.md: changed since"),
    "a verdict replaced": (lambda p: (p.parent / "verdict.json").write_text("{}"), r"verdict\.json: changed since"),
    "a signature of zeros": (_signature(signature="0" * 128), "not of this key"),
    "another statement": (_signature(statement='{"manifest":"' + "0" * 64 + '","beside":{}}'), "not of this key"),
    "a statement of nothing": (_signature(statement=""), "not of this key"),
    "a key of zeros": (_signature(key="0" * 64), "another key"),
    "a key of letters": (_signature(key="x"), "cannot be read"),
    "a signature of words": (lambda p: (p / SIGNATURE).write_text("words"), "cannot be read"),
    "a signature that is large": (lambda p: (p / SIGNATURE).write_bytes(b" " * 100_000), "larger than"),
    "a signature deep": (lambda p: (p / SIGNATURE).write_bytes(b"[" * 60_000), "cannot be read"),
    "a signature a link": (_link, "link"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILS)
def test_what_is_not_as_it_was_signed_is_refused(signed: tuple[Path, Path], name: str) -> None:
    place, public = signed
    spoil, says = SPOILS[name]
    spoil(product_of(place))
    with pytest.raises(ProductError, match=says):
        serve(place, public)


def test_another_key_is_refused_and_one_of_two_is_enough(signed: tuple[Path, Path], tmp_path: Path) -> None:
    place, public = signed
    other = signature.make_key(tmp_path / "other")
    with pytest.raises(ProductError, match="signed by another key"):
        serve(place, other)
    serve(place, other, public)


def test_what_was_signed_is_held_to_while_it_is_served(signed: tuple[Path, Path]) -> None:
    place, public = signed
    serve(place, public)
    product = product_of(place)
    (product.parent / "report.html").write_text("<title>another</title>")
    assert b"changed since it was signed" in pages.report(product).body
    edited(product, "product.json", lambda a: a["decoder"]["classes"].reverse())
    with pytest.raises(ProductError, match="changed since it was signed"):
        registry.load_product(place)


def test_a_saved_copy_keeps_its_signature(signed: tuple[Path, Path], tmp_path: Path) -> None:
    place, public = signed
    saved = breakeven.load(copied(place, tmp_path / "copy")).save(tmp_path / "saved")
    serve(saved, public)


def test_a_changed_product_is_not_signed(
    signed: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, _ = signed
    (product_of(place) / "model.onnx").write_bytes(b"x")
    assert main(["sign", str(place), "--key", str(tmp_path / "key")]) == 2
    assert "sha256 differs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "nothing to sign"),
        (["PLACE"], "nothing to sign, or no key"),
        (["PLACE", "--key", "KEY.pub"], "not a private Ed25519 key"),
        (["PLACE", "--key", "nothing"], "no such file"),
        (["PLACE", "--key", "KEY", "--new-key", "b"], "two keys"),
        (["--new-key", "KEY"], "a file already"),
    ],
)
def test_mistakes_with_keys_are_one_line(
    signed: tuple[Path, Path], arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place, public = signed
    names = {"PLACE": str(place), "KEY.pub": str(public), "KEY": str(public.with_suffix(""))}
    assert main(["sign", *(names.get(one, one) for one in arguments)]) == 2
    line = capsys.readouterr().err
    assert says in line and line.count("\n") == 1


def test_a_private_key_is_no_trusted_one(signed: tuple[Path, Path]) -> None:
    place, public = signed
    with pytest.raises(breakeven.errors.InputError, match="not a public Ed25519 key"):
        serve(place, public.with_suffix(""))


def test_without_the_package_it_is_named(signed: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any, **keys: Any) -> Any:
        if name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, *rest, **keys)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(MissingExtra, match=r"cryptography is not installed; pip install 'breakeven\[sign\]'"):
        serve(signed[0], signed[1])

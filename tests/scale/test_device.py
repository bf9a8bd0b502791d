"""Which device nets are trained on, and that workers are told."""

from __future__ import annotations

import sys
import types

import pytest

from breakeven.core.errors import InputError
from breakeven.scale import device
from breakeven.scale.executor import Workers, alone


@pytest.fixture
def torch_with(monkeypatch: pytest.MonkeyPatch):
    """Replaces torch by one that sees the cards named."""

    def install(*cards: str) -> None:
        fake = types.SimpleNamespace(
            cuda=types.SimpleNamespace(is_available=lambda: "cuda" in cards, get_device_name=lambda: "Tesla T4"),
            backends=types.SimpleNamespace(mps=types.SimpleNamespace(is_available=lambda: "mps" in cards)),
        )
        monkeypatch.setitem(sys.modules, "torch", fake)
        monkeypatch.setattr(device.importlib.util, "find_spec", lambda name: fake)
        monkeypatch.setattr(device, "_may_have", lambda name: name in cards)

    return install


def test_auto_takes_a_card_where_torch_can_use_one(torch_with) -> None:
    torch_with("cuda")
    assert device.resolve("auto", "product.yaml, device") == "cuda"
    assert device.title("cuda") == "cuda (Tesla T4)"
    torch_with("mps")
    assert device.resolve("auto", "product.yaml, device") == "mps"
    torch_with()
    assert device.resolve("auto", "product.yaml, device") == "cpu"


def test_the_processor_is_taken_where_it_is_asked_for(torch_with) -> None:
    torch_with("cuda", "mps")
    assert device.resolve("cpu", "product.yaml, device") == "cpu"
    assert device.resolve("mps", "product.yaml, device") == "mps"


@pytest.mark.parametrize(("asked", "named"), [("cuda", "NVIDIA"), ("mps", "Apple")])
def test_a_card_that_is_not_there_is_refused(torch_with, asked: device.Device, named: str) -> None:
    torch_with()
    with pytest.raises(InputError, match=named) as caught:
        device.resolve(asked, "product.yaml, device")
    assert str(caught.value).startswith("product.yaml, device")


def test_a_driver_that_torch_cannot_use_is_the_processor(torch_with, monkeypatch: pytest.MonkeyPatch) -> None:
    torch_with()
    monkeypatch.setattr(device, "_may_have", lambda name: True)
    assert device.resolve("auto", "product.yaml, device") == "cpu"


def _here(_: int) -> str:
    return device.current()


def test_workers_compute_on_the_device_of_who_asks() -> None:
    with device.on("mps"):
        found = [name for _, name in Workers(2).run(_here, [1, 2])]
        assert found == ["mps", "mps"] and alone(_here, 1) == "mps"
    assert [name for _, name in Workers(2).run(_here, [1])] == ["cpu"]

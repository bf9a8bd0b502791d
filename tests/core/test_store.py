"""Atomic writes, the manifest, the ledger."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from breakeven.core import store
from breakeven.core.errors import ProductError
from breakeven.core.product_folder import ProductFolder


def test_json_refuses_nan(tmp_path: Path) -> None:
    store.write_json(tmp_path / "a.json", {"a": 1})
    with pytest.raises(ValueError, match=r"NaN|JSON"):
        store.write_json(tmp_path / "a.json", {"a": float("nan")})
    assert store.read_json(tmp_path / "a.json") == {"a": 1}
    assert list(tmp_path.iterdir()) == [tmp_path / "a.json"]


@pytest.mark.parametrize("harm", ["byte", "gone", "link", "no manifest", "cut manifest", "format", "outside"])
def test_a_changed_product_is_refused(tmp_path: Path, harm: str) -> None:
    (tmp_path / "model.onnx").write_bytes(b"0123456789")
    store.seal(tmp_path, {"name": "x"})
    assert json.loads((tmp_path / store.MANIFEST).read_text())["name"] == "x"
    model, manifest = tmp_path / "model.onnx", tmp_path / store.MANIFEST
    if harm == "byte":
        model.write_bytes(b"0123456788")
    elif harm == "gone":
        model.unlink()
    elif harm == "link":
        model.rename(tmp_path / "elsewhere")
        model.symlink_to(tmp_path / "elsewhere")
    elif harm == "no manifest":
        manifest.unlink()
    elif harm == "cut manifest":
        manifest.write_text(manifest.read_text()[:40])
    elif harm == "format":
        store.write_json(manifest, {**store.read_json(manifest), "format": 99})
    else:
        store.write_json(manifest, {"format": 1, "files": {"../secret": "0"}})
    with pytest.raises(ProductError, match=r"manifest|missing|changed|format|link"):
        ProductFolder.open(tmp_path).check()


def test_ledger_forgets_what_was_cut(tmp_path: Path) -> None:
    ledger = store.Ledger(tmp_path)
    ledger.put("a", prediction=np.arange(3.0))
    assert ledger.get("a")["prediction"].tolist() == [0, 1, 2]
    file = tmp_path / "a.npz"
    file.write_bytes(file.read_bytes()[:60])
    assert ledger.get("a") is None
    assert ledger.get("b") is None


def test_arrays_with_objects_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="pickle"):
        store.read_arrays(tmp_path / "x.npz")


def test_latest_moves_in_one_step(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / "build" / name).mkdir(parents=True)
        store.point_latest(tmp_path / "build" / name)
        assert store.latest(tmp_path).name == name
    with pytest.raises(ProductError, match="nothing is built"):
        store.latest(tmp_path / "build")


def test_log_passes_over_a_cut_line(tmp_path: Path) -> None:
    log = store.Log(tmp_path / "log.jsonl")
    log.write("a", n=1)
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"event": "b", "n"')
    assert [e["event"] for e in log.read()] == ["a"]

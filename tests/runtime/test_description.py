"""product.json: recorded ones are read, and what does not fit is refused with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from breakeven.core.errors import ProductError
from breakeven.features.calibration import Temperature
from breakeven.features.number_format import NumberFormat
from breakeven.features.time_format import TimeFormat
from breakeven.runtime.description import ABOUT, Description, Heading, read

RECORDED = Path(__file__).with_name("product.json")


def changed(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """A folder with the recorded description, changed."""
    plain = json.loads(RECORDED.read_text(encoding="utf-8"))
    change(plain)
    (folder / ABOUT).write_text(json.dumps(plain), encoding="utf-8")
    return folder


def test_a_recorded_one_is_read() -> None:
    found = read(RECORDED.parent, Description)
    assert (found.name, found.target, found.metric, found.candidate) == ("churn", "left", "accuracy", "linear")
    formats = {f.name: type(f.format) for f in found.schema.fields}
    assert formats["age"] is NumberFormat and formats["signed"] is TimeFormat and formats["plan"] is type(None)
    assert found.decoder.classes == ("no", "yes") and found.decoder.calibration == Temperature(1.3625423907751546)
    assert found.reader is not None and found.reader.table is not None and found.reader.table.kind == "dense"
    assert found.fit is not None and found.fit.rows > 0 and found.parity is not None and found.parity.agreement == 1.0
    assert found.sample.keys() == {f.name for f in found.schema.fields}


def test_one_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    def earlier(plain: dict[str, Any]) -> None:
        plain["view"] = plain.pop("reader")["table"]
        for key in ("scenario", "encoding", "int8"):
            del plain[key]
        for f in plain["schema"]["fields"]:
            del f["format"], f["sentinels"], f["scale"]

    found = read(changed(tmp_path, earlier), Description)
    assert found.scenario == "" and found.reader is None and found.view is not None
    assert [f.format for f in found.schema.fields] == [None] * len(found.schema.fields)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda p: p.update(format=3), "format 3, this version reads 2; install a newer breakeven"),
        (lambda p: p.pop("target"), "missing required field `target`"),
        (lambda p: p["decoder"].update(temperature="hot"), r"at `\$.decoder.temperature`.*build the product again"),
        (lambda p: p["decoder"].update(calibration={"kind": "magic"}), r"'magic' - at `\$.decoder.calibration.kind`"),
        (
            lambda p: p["decoder"].update(calibration={"kind": "vector", "weights": [1, 1, 1], "offsets": [0, 0, 0]}),
            r"the calibration map is not one of 2 classes",
        ),
        (
            lambda p: p["decoder"].update(calibration={"kind": "isotonic", "said": [[0, 1]], "was": [[0.9, 0.1]]}),
            r"points rise from 0 to 1 - at `\$.decoder.calibration`",
        ),
        (lambda p: p["schema"]["fields"][0].update(role="colour"), r"at `\$.schema.fields\[0\].role`"),
        (lambda p: p["schema"]["fields"][0].update(format={"decimal": 1}), r"`str`, got `int`"),
        (lambda p: p["reader"]["parts"].append({"kind": "smells"}), r"'smells'"),
    ],
)
def test_what_does_not_fit_is_refused(change: Callable[[dict[str, Any]], object], why: str, tmp_path: Path) -> None:
    with pytest.raises(ProductError, match=why) as error:
        read(changed(tmp_path, change), Description)
    assert "\n" not in str(error.value) and ABOUT in str(error.value)


def test_broken_json_is_refused(tmp_path: Path) -> None:
    for kind in (Heading, Description):
        with pytest.raises(ProductError, match="cannot be read"):
            read(tmp_path, kind)
        (tmp_path / ABOUT).write_text("{")

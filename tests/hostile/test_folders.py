"""Product folders from somebody else: whatever is wrong is one line that names a file, before anything is answered."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from onnx import helper

import breakeven
from breakeven.core import product_folder
from breakeven.core.errors import InputError, ProductError
from breakeven.core.product_folder import ProductFolder
from breakeven.runtime.guarded_session import guarded
from breakeven.scenarios import registry
from breakeven.scenarios.registry import load_product
from breakeven.serving import pages
from breakeven.serving.run import application
from tests.hostile import folder_cases, graph_cases, small_products
from tests.hostile.folder_cases import Case
from tests.hostile.small_products import copied, graph, honest, product_of


@pytest.fixture(scope="session")
def products(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """One sound product of each kind."""
    place = tmp_path_factory.mktemp("small")
    kinds = {"table": small_products.table, "ensemble": small_products.ensemble, "shop": small_products.shop}
    return {name: make(place / name) for name, make in kinds.items()}


@pytest.mark.parametrize("kind", ["table", "ensemble", "shop"])
def test_a_sound_product_answers(products: Mapping[str, Path], tmp_path: Path, kind: str) -> None:
    product = load_product(copied(products[kind], tmp_path / "copy"))
    if kind == "shop":
        assert len(product.shelf(0, 5)) == 5
    else:
        (answer,) = product.predict([{"age": 31, "plan": "paid", "spend": 9.5}])
        assert answer["prediction"] in ("no", "yes") and abs(sum(answer["probabilities"].values()) - 1) < 1e-6


@pytest.mark.parametrize("case", [*folder_cases.CASES, *graph_cases.CASES], ids=lambda case: case.name)
def test_a_spoiled_folder_is_refused_by_one_line(products: Mapping[str, Path], tmp_path: Path, case: Case) -> None:
    place = copied(products[case.product], tmp_path / "copy")
    case.spoil(product_of(place))
    with pytest.raises(InputError) as refused:
        load_product(place)
    line = str(refused.value)
    assert case.says in line and "\n" not in line and line.isprintable() and len(line) < 600
    assert isinstance(refused.value, ProductError) or case.name.startswith("scenario")


def run(*arguments: str | Path, timeout: float = 60) -> tuple[int, str]:
    """The command line in a process of its own: exit code and all that it said."""
    command = [sys.executable, "-m", "breakeven", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    return done.returncode, done.stdout + done.stderr


BY_COMMAND = ["manifest deep", "model a pipe", "a loop without end", "a tensor of 160 GB by a sum", "starts reversed",
              "a scorer nested 3,000 deep", "a member the product itself", "a graph that uses itself"]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", BY_COMMAND)
def test_the_command_line_ends_with_2_and_one_line(products: Mapping[str, Path], tmp_path: Path, name: str) -> None:
    case = next(one for one in [*folder_cases.CASES, *graph_cases.CASES] if one.name == name)
    place = copied(products[case.product], tmp_path / "copy")
    case.spoil(product_of(place))
    rows = tmp_path / "rows.csv"
    rows.write_text("user\nu1\n" if case.product == "shop" else "age,plan,spend\n31,paid,9\n")
    code, said = run("predict", place, "--input", rows, "--output", tmp_path / "out.csv")
    assert code == 2 and said.startswith("breakeven: ") and said.count("\n") == 1 and case.says in said
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("put", ["link", "hard link", "pipe", "script", "large"])
def test_a_report_that_is_no_plain_file_is_not_shown(products: Mapping[str, Path], tmp_path: Path, put: str) -> None:
    product = product_of(copied(products["table"], tmp_path / "copy"))
    report, secret = product.parent / "report.html", tmp_path / "secret"
    secret.write_text("SECRET")
    report.unlink()
    if put == "link":
        report.symlink_to(secret)
    elif put == "hard link":
        os.link(secret, report)
    elif put == "pipe":
        os.mkfifo(report)
    elif put == "large":
        with report.open("wb") as file:
            file.truncate(product_folder.MAX_BESIDE_BYTES + 1)
    else:
        report.write_text("<script>SECRET</script>")
    shown = pages.report(product)
    assert (b"SECRET" in shown.body) == (put == "script") and len(shown.body) < 10_000
    assert b"script-src" not in shown.policy and b"unsafe" not in shown.policy


@pytest.mark.parametrize("content", [b"[" * 100_000, b"[]", b"{", b"\xff", b'{"a":' + b"[" * 100_000])
def test_a_verdict_that_is_none_is_refused_by_its_name(
    products: Mapping[str, Path], tmp_path: Path, content: bytes
) -> None:
    place = copied(products["table"], tmp_path / "copy")
    (product_of(place).parent / "verdict.json").write_bytes(content)
    with pytest.raises(ProductError, match=r"verdict\.json: the verdict cannot be read"):
        application([place], registry.get)


def test_nothing_but_what_the_manifest_lists_is_copied(products: Mapping[str, Path], tmp_path: Path) -> None:
    place = copied(products["table"], tmp_path / "copy")
    (tmp_path / "secret").write_text("SECRET")
    (product_of(place) / "more").symlink_to(tmp_path / "secret")
    (product_of(place) / "notes.txt").write_text("of mine")
    saved = breakeven.load(place).save(tmp_path / "saved")
    assert {p.name for p in (saved / "product").iterdir()} == {"manifest.json", "model.onnx", "product.json"}
    kept = copy.deepcopy(breakeven.load(place))
    assert {p.name for p in kept.product_folder.iterdir()} == {"manifest.json", "model.onnx", "product.json"}


def test_a_file_exchanged_after_the_check_is_not_used(products: Mapping[str, Path], tmp_path: Path) -> None:
    product = product_of(copied(products["table"], tmp_path / "copy"))
    files = ProductFolder.open(product)
    files.check()
    (product / "model.onnx").write_bytes(honest(classes=3))
    with pytest.raises(ProductError, match="sha256 differs"):
        files.read("model.onnx")


def test_an_answer_that_takes_too_long_is_stopped() -> None:
    size = 1200
    nodes = [helper.make_node("MatMul", [f"v{i}", "w"], [f"v{i + 1}"]) for i in range(400)]
    first, last = helper.make_node("MatMul", ["x", "w"], ["v0"]), helper.make_node("Identity", ["v400"], ["scores"])
    content = graph([first, *nodes, last], {"w": np.eye(size, dtype=np.float32)})
    session = guarded(content, "model.onnx")
    session._seconds = 0.0
    with pytest.raises(InputError, match=r"model\.onnx: an answer took more than 0 s and was stopped"):
        session.run(["scores"], {"x": np.ones((size, size), dtype=np.float32)})


def test_memory_of_answers_is_bounded_and_given_back() -> None:
    nodes = [
        helper.make_node("Add", ["x", "b"], ["big"]),
        helper.make_node("ReduceSum", ["big"], ["scores"], keepdims=0),
    ]
    session = guarded(graph(nodes, {"b": np.zeros((1, 40_000), "f")}), "model.onnx")
    assert session.run(["scores"], {"x": np.ones((10, 1), "f")})[0] == 400_000
    with pytest.raises(InputError, match="rows: the model refuses them"):  # 64 GB
        session.run(["scores"], {"x": np.ones((400_000, 1), "f")})
    assert session.run(["scores"], {"x": np.ones((10, 1), "f")})[0] == 400_000

"""breakeven from Python: build, weigh, load, and what a product does with tables."""

from __future__ import annotations

import io
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import breakeven
from breakeven import notebook, product
from breakeven.cli import main
from breakeven.core import store
from tests.conftest import customers

QUICK = {"candidates": ["linear"], "quiet": True, "effort": 1, "split": {"by": "random"}}


def table(rows: int = 300) -> pd.DataFrame:
    frame = pd.read_csv(io.StringIO(customers(rows)), parse_dates=["signed"])
    return frame.set_index(pd.Index(range(1000, 1000 + rows), name="row"))


@pytest.fixture(scope="module")
def made() -> breakeven.Product:
    frame = table()
    frame["left"] = frame["left"] == "yes"
    return breakeven.build(frame, target="left", minutes=2, **QUICK)


def test_a_frame_is_built_and_answered_with_its_index(made: breakeven.Product) -> None:
    frame = table(20)
    found = made.predict(frame)
    assert found.index.equals(frame.index)
    assert list(found.columns) == ["prediction", "probability", "p_false", "p_true"]
    assert found["prediction"].dtype == bool
    np.testing.assert_allclose(found["probability"], found[["p_false", "p_true"]].max(axis=1))
    proba = made.predict_proba(frame)
    assert list(proba.columns) == ["false", "true"] and proba.index.equals(frame.index)
    np.testing.assert_allclose(proba.sum(axis=1), 1)


def test_every_kind_of_table_gets_the_same_answers(made: breakeven.Product) -> None:
    frame = table(20)
    wanted = made.predict(frame)["p_true"].to_numpy()
    polars, arrow = pl.DataFrame(frame.to_dict("list")), pa.Table.from_pandas(frame, preserve_index=False)
    rows = frame.to_dict("records")
    for kind in (polars, arrow, rows, frame.to_dict("list")):
        assert type(made.predict(kind)) is type(kind)
    np.testing.assert_allclose(made.predict(polars)["p_true"].to_numpy(), wanted)
    np.testing.assert_allclose(made.predict(arrow)["p_true"].to_numpy(), wanted)
    np.testing.assert_allclose(made.predict(frame.to_dict("list"))["p_true"], wanted)
    answers = made.predict(rows)
    np.testing.assert_allclose([a["probabilities"]["true"] for a in answers], wanted)
    assert made.predict([]) == []


def test_missing_cells_of_every_kind_are_the_same(made: breakeven.Product) -> None:
    row = table(20).to_dict("records")[0]
    rows = [
        {**row, "age": age, "signed": signed} for age, signed in ((None, None), (float("nan"), pd.NaT), (pd.NA, pd.NA))
    ]
    first, *others = made.predict(rows)
    assert others == [first, first]


def test_a_row_that_cannot_be_answered_is_named(made: breakeven.Product) -> None:
    frame = table(3).astype({"age": object})
    frame.iloc[1, frame.columns.get_loc("age")] = "old"
    with pytest.raises(breakeven.errors.InputError, match="row 1: column 'age': expected a number"):
        made.predict(frame)
    found = made.predict(frame, errors="column")
    assert found["prediction"].isna().tolist() == [False, True, False]
    assert "expected a number" in found["error"].iloc[1]
    with pytest.raises(breakeven.errors.InputError, match=r"column 'age' is missing.*did you mean 'Age'"):
        made.predict(frame.rename(columns={"age": "Age"}))
    with pytest.raises(breakeven.errors.InputError, match=r"predict\(k=...\): not an option"):
        made.predict(frame, k=3)
    with pytest.raises(breakeven.errors.InputError, match="errors: 'ignore'"):
        made.predict(frame, errors="ignore")


def test_the_leaderboard_has_every_candidate_with_the_reason(made: breakeven.Product) -> None:
    board = made.leaderboard()
    assert set(board["candidate"]) == {"baseline", "linear"}
    assert board.iloc[0]["candidate"] == "linear" and board["chosen"].tolist() == [True, False]
    assert (board["rows"] > 100).all() and (board["seconds"] >= 0).all()
    assert board.set_index("candidate").loc["baseline", "why_not"]
    assert ((board["low"] < board["score"]) & (board["score"] < board["high"])).all()


def test_what_a_notebook_shows_is_the_report_in_a_frame_of_its_own(made: breakeven.Product) -> None:
    html = made._repr_html_()
    assert html is not None and html.startswith('<iframe sandbox="allow-scripts"') and html.count("<") == 2
    assert made.report().read_text(encoding="utf-8").lstrip().startswith("<!")
    assert made.verdict.chosen.candidate == "linear"
    assert made.verdict.sentence.en in repr(made)


def test_a_saved_product_is_loaded_served_and_not_written_over(made: breakeven.Product, tmp_path: Path) -> None:
    place = made.save(tmp_path / "churn")
    again = breakeven.load(place)
    frame = table(5)
    pd.testing.assert_frame_equal(again.predict(frame), made.predict(frame))
    assert again.verdict == made.verdict and again.report().parent == place
    with pytest.raises(breakeven.errors.InputError, match="there is a product already"):
        made.save(place)
    assert made.save(place, overwrite=True) == place == again.save(place, overwrite=True)
    bare = breakeven.load(place / "product" if (place / "verdict.json").unlink() is None else place)
    assert bare.predict(frame).equals(made.predict(frame))
    with pytest.raises(breakeven.errors.ProductError, match="no such file beside the product"):
        _ = bare.verdict
    assert "no verdict" in repr(bare)


def test_it_serves_in_the_background_until_told_to_stop(made: breakeven.Product) -> None:
    with made.serve(port=0) as server:
        with urllib.request.urlopen(f"{server.url}health/ready", timeout=10) as reply:
            assert reply.status == 200
        with pytest.raises(breakeven.errors.InputError, match="cannot listen there"):
            made.serve(port=server.port)
        assert server.running and server.url in repr(server)
    assert not server.running
    server.stop()
    with pytest.raises(OSError):
        urllib.request.urlopen(f"{server.url}health/ready", timeout=2)


def test_a_priced_product_answers_in_python_as_in_a_file(tmp_path: Path) -> None:
    made = breakeven.build(table(), "left", prices={"usd_per_miss": 100, "usd_per_false_alarm": 1}, **QUICK)
    frame = table(60)
    found = made.predict(frame)
    assert (found["p_yes"] < 0.5).any() and (found["prediction"] == "yes").mean() > (found["p_yes"] > 0.5).mean()
    answers = [row["prediction"] for row in made.predict(frame.to_dict("records"))]
    frame.to_csv(tmp_path / "in.csv", index=False)
    assert (
        main(
            [
                "predict",
                str(made.save(tmp_path / "p")),
                "--input",
                str(tmp_path / "in.csv"),
                "--output",
                str(tmp_path / "out.csv"),
            ]
        )
        == 0
    )
    assert list(found["prediction"]) == answers == list(pd.read_csv(tmp_path / "out.csv")["prediction"])


def test_where_nothing_may_be_offered_the_verdict_says_why() -> None:
    made = breakeven.build(table(), "left", limits={"latency_ms": 1e-9}, **QUICK)
    assert made.verdict.chosen.route == "none"
    for act in (lambda: made.predict(table(2)), lambda: made.save("x"), lambda: made.serve(port=0)):
        with pytest.raises(breakeven.errors.LimitsError, match="limit"):
            act()


def test_a_file_and_a_brief_are_built_like_a_frame(tmp_path: Path) -> None:
    file = tmp_path / "churn.csv"
    file.write_text(customers(), encoding="utf-8")
    with pytest.raises(
        breakeven.errors.InputError, match=r'churn.csv: it is not said .*; add target="NAME"; likely: left'
    ):
        breakeven.build(file, **QUICK)
    with pytest.raises(breakeven.errors.InputError, match="did you mean 'left'"):
        breakeven.build(table(), "leftt", **QUICK)
    found = breakeven.weigh(file, "left", folder=tmp_path / "kept", **QUICK)
    assert found["name"] == "churn" and found.verdict.name == "churn"
    assert found["chosen"]["candidate"] == "linear" and set(found) >= {"test", "curves"} and len(found) > 10
    assert (tmp_path / "kept" / "build").is_dir() and not (tmp_path / "product.yaml").exists()
    (tmp_path / "product.yaml").write_text(
        "name: mine\nscenario: predict\ndata: churn.csv\ntarget: left\n", encoding="utf-8"
    )
    assert breakeven.weigh(tmp_path, **QUICK)["name"] == "mine"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"target": "left", "minutes": 1, "limits": {"minutes": 2}}, "give the minutes once"),
        ({"target": "left", "metrc": "accuracy"}, "did you mean 'metric'"),
        ({"target": "left", "candidates": ["lineer"]}, "unknown candidate 'lineer'"),
        ({"target": "left", "candidates": [3]}, "3 is no candidate"),
        ({}, "it is not said which column to predict"),
        ({"target": "left", "scenario": "predct"}, "not part of this version"),
    ],
)
def test_a_mistake_is_one_line(keys: dict[str, object], said: str) -> None:
    with pytest.raises(breakeven.errors.InputError, match=said) as error:
        breakeven.build(table(30), quiet=True, **keys)
    assert "\n" not in str(error.value)


def test_paths_that_hold_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(breakeven.errors.InputError, match=r"none.csv: there is no such file"):
        breakeven.build(tmp_path / "none.csv", "y")
    with pytest.raises(breakeven.errors.InputError, match="one sub-folder a class"):
        breakeven.build(tmp_path, quiet=True)
    (tmp_path / "product.yaml").write_text("name: a\n", encoding="utf-8")
    with pytest.raises(breakeven.errors.InputError, match=r"folder: .* has a brief"):
        breakeven.build(tmp_path, folder=tmp_path / "x")
    with pytest.raises(breakeven.errors.ProductError):
        breakeven.load(tmp_path)


def test_a_temporary_build_ends_with_its_product() -> None:
    found = breakeven.weigh(table(), "left", **QUICK)
    place = found.folder
    assert place.is_dir()
    del found
    assert not place.exists()


def test_progress_in_a_notebook_is_one_line_that_is_kept_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    class Handle:
        def update(self, obj: object) -> None:
            shown.append(str(obj))

    display = type("display", (), {"display": staticmethod(lambda *_, **__: Handle())})
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.setattr(notebook, "in_notebook", lambda: True)
    monkeypatch.setattr(notebook, "PACE", 0)
    progress = notebook.progress()
    progress.stage("gate")
    progress.step(1, 4, "racing <linear>")
    progress.note("warning: a & b")
    notebook.close(progress)
    assert 'value="0.250"' in shown[1] and "racing &lt;linear&gt;" in shown[1]
    assert "finished in" in shown[-1] and "a &amp; b" in shown[-1] and "<progress" not in shown[-1]


def test_the_public_names_are_what_dir_says() -> None:
    assert sorted(dir(breakeven)) == sorted(breakeven.__all__)
    assert all(getattr(breakeven, name) is not None for name in dir(breakeven))
    assert sorted(dir(breakeven.errors)) == sorted(breakeven.errors.__all__)
    with pytest.raises(AttributeError, match="its public names are"):
        _ = breakeven.fit


def test_import_and_load_stay_light(made: breakeven.Product, tmp_path: Path) -> None:
    place = made.save(tmp_path / "light")
    row = {"age": 31, "plan": "pro", "city": "Paris", "signed": "2025-01-01", "spend": 3.5}
    code = (
        "import sys, breakeven; assert 'numpy' not in sys.modules, 'import breakeven loads numpy'\n"
        f"print(breakeven.load({str(place)!r}).predict([{row!r}]))\n"
        "heavy = {'pandas', 'sklearn', 'pyarrow', 'torch', 'lightgbm', 'narwhals', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "probabilities" in done.stdout


def test_a_folder_takes_the_place_of_another(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text(name)
        store.seal(tmp_path / name, {"name": name})
    store.copy_folder(tmp_path / "new", tmp_path / "old")
    assert {p.name for p in (tmp_path / "old").iterdir()} == {"new", "manifest.json"} and product.PRODUCT == "product"

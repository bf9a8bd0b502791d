"""`breakeven forecast` on files as strangers write them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from breakeven.core.errors import InputError
from breakeven.gate import curves_file


def write(path: Path, lines: list[str], header: str = "task,curve,rows,score") -> Path:
    path.write_text(header + "\n" + "\n".join(lines) + "\n")
    return path


def curve(task: str, name: str, c: float, a: float, b: float, extra: str = "") -> list[str]:
    return [f"{task},{name},{n},{1 - c - a * n**-b:.5f}{extra}" for n in (50, 100, 200, 400, 800) for _ in range(2)]


def read(path: Path) -> list[dict]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_forecast_and_choice(tmp_path: Path) -> None:
    source = write(tmp_path / "c.csv", curve("t1", "a", 0.1, 2, 0.6) + curve("t1", "b", 0.3, 1, 0.6))
    assert curves_file.run(source, 6400, tmp_path / "o.csv") == 2
    out = read(tmp_path / "o.csv")
    assert list(out[0]) == ["task", "curve", "rows", "score", "low", "high", "chosen"]
    assert [(r["curve"], r["chosen"]) for r in out] == [("a", "1"), ("b", "0")]
    for row in out:
        assert float(row["low"]) <= float(row["score"]) <= float(row["high"]) <= 1
    assert abs(float(out[0]["score"]) - (1 - 0.1 - 2 * 6400**-0.6)) < 0.03


def test_routes_give_a_probability_and_at_its_own_rows(tmp_path: Path) -> None:
    lines = curve("t1", "a", 0.1, 2, 0.6, ",traditional,1600") + curve("t1", "b", 0.4, 1, 0.6, ",large,1600")
    lines += curve("t2", "a", 0.4, 1, 0.6, ",traditional,6400") + curve("t2", "b", 0.1, 1, 0.6, ",large,6400")
    source = write(tmp_path / "c.csv", lines, "task,curve,rows,score,route,at")
    curves_file.run(source, None, tmp_path / "o.csv")
    out = read(tmp_path / "o.csv")
    assert [r["rows"] for r in out] == ["1600", "1600", "6400", "6400"]
    assert float(out[0]["p_large"]) < 0.5 < float(out[2]["p_large"])
    assert [r["chosen"] for r in out] == ["1", "0", "0", "1"]


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_any_scale(tmp_path: Path, better: str) -> None:
    sign = -1 if better == "higher" else 1
    lines = [
        f"t,{name},{n},{sign * (scale * 100 * n**-0.5 + 300)}"
        for name, scale in (("a", 1), ("b", 3))
        for n in (50, 100, 200, 400)
    ]
    curves_file.run(write(tmp_path / "c.csv", lines), 800, tmp_path / "o.csv", better)
    out = read(tmp_path / "o.csv")
    assert [r["chosen"] for r in out] == ["1", "0"]
    assert abs(float(out[0]["score"]) - sign * (100 * 800**-0.5 + 300)) < 2
    assert float(out[0]["low"]) <= float(out[0]["score"]) <= float(out[0]["high"])


def test_two_sizes_one_repeat_and_rows_below_those_seen(tmp_path: Path) -> None:
    source = write(tmp_path / "c.csv", ["t,a,100,0.8", "t,a,200,0.85"])
    curves_file.run(source, 150, tmp_path / "o.csv")
    assert 0.8 <= float(read(tmp_path / "o.csv")[0]["score"]) <= 0.85


@pytest.mark.parametrize(
    ("header", "lines", "words"),
    [
        ("task,curve,rows", ["t,a,1"], "score"),
        ("task,curve,rows,score", ["t,a,x,0.5"], "line 2"),
        ("task,curve,rows,score", ["t,a,10,nan"], "line 2"),
        ("task,curve,rows,score", ["t,a,0,0.5"], "at least 1"),
        ("task,curve,rows,score,route", ["t,a,10,0.5,deep"], "route"),
        ("task,curve,rows,score", [], "no curves"),
    ],
)
def test_bad_files(tmp_path: Path, header: str, lines: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        curves_file.run(write(tmp_path / "c.csv", lines, header), 100, tmp_path / "o.csv")
    assert not (tmp_path / "o.csv").exists()


def test_no_rows_asked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--rows"):
        curves_file.run(write(tmp_path / "c.csv", ["t,a,10,0.5"]), None, tmp_path / "o.csv")


def test_names_and_rows_come_back_as_they_were(tmp_path: Path) -> None:
    with (tmp_path / "c.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [["task", "curve", "rows", "score"], *[['a"b,c', "x", n, 0.5 + n / 1e4] for n in (100, 200, 400)]]
        )
    curves_file.run(tmp_path / "c.csv", 1234567, tmp_path / "o.csv")
    (row,) = read(tmp_path / "o.csv")
    assert (row["task"], row["rows"]) == ('a"b,c', "1234567")
    for wrong in (float("nan"), float("inf"), -5.0):
        with pytest.raises(InputError, match="--rows"):
            curves_file.run(tmp_path / "c.csv", wrong, tmp_path / "o.csv")

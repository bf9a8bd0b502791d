"""From a shop's files to a verdict, a product and shelves in a file."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from breakeven import cli, pipeline
from breakeven.core import store
from breakeven.core.errors import InputError, ProductError
from breakeven.core.product_folder import ProductFolder
from breakeven.core.types import Fold, Route
from breakeven.core.verdict import dump, from_plain
from breakeven.gate import full_population
from breakeven.gate.results import Board, Job, Measured, Race
from breakeven.metrics import UnitLosses
from breakeven.online.event_log import Event
from breakeven.online.sqlite_log import SqliteLog
from breakeven.runtime import predictor as table_product
from breakeven.scenarios import registry
from breakeven.scenarios.recommend import product
from breakeven.scenarios.recommend.recommender import Recommender
from breakeven.scenarios.registry import load_brief
from tests.scenarios.recommend.conftest import QUICK, folder


@pytest.fixture
def verdict(made: Path) -> dict:
    return json.loads((made / "build" / "latest" / "verdict.json").read_text())


def test_the_verdict_keeps_its_contract(made: Path, verdict: dict) -> None:
    assert (
        verdict["format"] == 2
        and verdict["scenario"] == "recommend"
        and verdict["metric"] == {"name": "ndcg", "better": "higher"}
    )
    assert {c["candidate"] for c in verdict["curves"]} == set(QUICK)
    assert verdict["chosen"]["route"] == "traditional" and verdict["rows"]["all"] == 90
    best = next(t for t in verdict["test"] if t["candidate"] == verdict["chosen"]["candidate"])
    assert best["low"] <= best["score"] <= best["high"] and best["within_limits"]
    lines = {line["candidate"]: line for line in verdict["recommend"]["lines"]}
    assert {"popular", "item_neighbours", verdict["chosen"]["candidate"]} <= set(lines)
    assert lines[verdict["chosen"]["candidate"]]["ndcg"]["value"] > lines["popular"]["ndcg"]["value"]
    assert verdict["recommend"]["lift"]["hit"]["low"] <= verdict["recommend"]["lift"]["hit"]["value"]
    fewer = [
        line["share"]
        for line in verdict["recommend"]["by_events"]
        if line["candidate"] == verdict["chosen"]["candidate"]
    ]
    assert fewer == [0.25, 0.5, 1.0]
    assert "people" in verdict["sentence"]["en"] and "人" in verdict["sentence"]["zh"]
    report = (made / "build" / "latest" / "report.html").read_text()
    assert "How good the shelves are" in report and "http" not in report.replace("http-equiv", "")
    assert "sealed people" in (made / "build" / "latest" / "card.md").read_text()


def test_a_finished_build_is_found_again_and_resumes(made: Path) -> None:
    before = (made / "build" / "latest").resolve()
    (before / "done.json").unlink()
    verdict = store.read_json(before / "verdict.json")
    run = pipeline.build(load_brief(made), names=QUICK)  # from its ledger and folders
    assert (
        run.folder == before
        and run.verdict["chosen"] == verdict["chosen"]
        and run.verdict["curves"] == verdict["curves"]
    )
    assert pipeline.build(load_brief(made), names=QUICK).folder == before


@pytest.mark.slow
def test_killed_at_any_moment_it_resumes_to_the_same_verdict(made: Path, verdict: dict, tmp_path: Path) -> None:
    """kill -9 during the race and while finalists are written; then a build must agree with one that nobody disturbed."""
    place = folder(tmp_path / "shop", limits={"minutes": 1})
    code = (
        "from pathlib import Path; from breakeven import pipeline; from breakeven.scenarios.registry import load_brief; "
        f"pipeline.build(load_brief(Path({str(place)!r})), names={QUICK!r})"
    )
    work = "build/*/work/"
    for moment in ("fits/*-*.npz", "finalists/*/product.json"):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not list(place.glob(work + moment)) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
        process.wait()
    assert not (place / "build" / "latest").exists()
    found = pipeline.build(load_brief(place), names=QUICK).verdict
    assert found["chosen"] == verdict["chosen"] and found["rows"] == verdict["rows"]
    scores = [[(p["rows"], p["score"]) for c in v["curves"] for p in c["points"]] for v in (found, verdict)]
    assert scores[0] == scores[1] and [t["score"] for t in found["test"]] == [t["score"] for t in verdict["test"]]


def test_products_of_other_versions(made: Path, tmp_path: Path) -> None:
    """One from before there were segments is served as it was; one whose model is not known is refused in one line."""
    place = shutil.copytree(made / "build" / "latest" / "product", tmp_path / "product")
    (place / product.SEGMENTS).unlink()
    store.seal(place, {"name": "of before"})
    assert product.load(place).segments == {}
    about = store.read_json(place / product.ABOUT)
    store.write_json(place / product.ABOUT, {**about, "scorer": {**about["scorer"], "kind": "of tomorrow"}})
    store.seal(place, {"name": "of tomorrow"})
    with pytest.raises(ProductError, match=r"'of tomorrow'.*build the product again"):
        product.load(place)


def test_the_product_is_safe_and_knows_all_events(made: Path) -> None:
    place = made / "build" / "latest" / "product"
    ProductFolder.open(place).check()
    assert {p.suffix for p in place.iterdir()} <= {".json", ".safetensors", ".onnx"}
    loaded = product.load(place)
    assert len(loaded.seen.items) == int(pipeline.check(load_brief(made)).shop.seen.starts[-1])
    with pytest.raises(ProductError, match="answers no rows"):
        table_product.load(made)


def test_who_is_close_to_the_leader_is_asked_on_all_people() -> None:
    """Also who left for want of minutes; who is far behind only if no slower than the leader; nobody where no time is left."""
    routes: dict[str, Route] = {"popular": "traditional", "als": "traditional", "ease_als": "traditional", "bpr": "traditional",
                                "ease": "traditional", "user_neighbours": "traditional", "gru": "large"}  # fmt: skip
    fold = Fold(np.arange(800), np.arange(40))
    race = Race(
        routes,
        (fold,),
        lambda scores, _: UnitLosses.mean(scores),
        800,
        "ndcg",
        0.005,
        "popular",
        costly=True,
        paced=frozenset({"gru"}),
        unit="people",
    )
    scores = {
        "popular": 0.1,
        "als": 0.30,
        "ease_als": 0.29,
        "bpr": 0.15,
        "ease": 0.28,
        "user_neighbours": 0.2,
        "gru": 0.1,
    }
    slow = {"als": 0.2, "ease_als": 1.0, "ease": 1.0, "bpr": 1.0, "gru": 20.0}
    board = Board(race, sizes=[100, 200])
    for n, share in ((100, 0.8), (200, 1.0)):
        for name, score in scores.items():
            board.results[Job(name, n, 0)] = Measured(
                np.full(40, share * score, dtype=np.float32), n / 200 * slow.get(name, 0.01)
            )
    board.results[Job("als", 400, 0)] = Measured(np.full(40, 0.33, dtype=np.float32), 0.4)
    board.sizes.append(400)
    board.eliminated["ease_als"] = "left at 200 people: about 5 s more, which the brief's minutes do not leave"
    assert set(full_population.affordable(board, "traditional", 60.0)) == {
        "als",
        "ease_als",
        "ease",
        "user_neighbours",
    }
    assert full_population.affordable(board, "traditional", 2.0) == []
    assert full_population.affordable(board, "large", 60.0) == []


def test_shelves_in_a_file(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "users.csv").write_text("customer_id\nu3\nu4\nnobody\n")
    arguments = [
        "predict",
        str(made),
        "--input",
        str(tmp_path / "users.csv"),
        "--output",
        str(tmp_path / "out.csv"),
        "--k",
        "4",
        "--explain",
    ]
    assert cli.main(arguments) == 0
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()))
    assert [r["user"] for r in rows] == ["u3"] * 4 + ["u4"] * 4 + ["nobody"] * 4
    assert [r["rank"] for r in rows[:4]] == ["1", "2", "3", "4"] and all(r["reason"] for r in rows)
    assert "1 people nobody met yet" in capsys.readouterr().out
    (tmp_path / "users.csv").write_text("who\nu3\n")
    assert cli.main(arguments) == 2


def test_check_says_what_was_found(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(made)]) == 0
    assert "90 users, 46 items" in capsys.readouterr().out


@pytest.mark.slow
def test_friends_are_a_side_signal_that_must_prove_itself(tmp_path: Path) -> None:
    """Half of the people take what a friend of another taste took before: friends help."""
    rng, lines, pairs = np.random.default_rng(0), ["user,item,time"], ["user,friend"]
    for u in range(160):
        own = 20 * (u % 3) + rng.choice(20, 8, replace=False)
        lines += [f"u{u},i{i},{1_700_000_000 + 1000 * n + u}" for n, i in enumerate(own)]
        if u % 2:  # follows the one before, and takes three of the same
            theirs = [line.split(",")[1] for line in lines if line.startswith(f"u{u - 1},")][-5:-2]
            lines += [f"u{u},{i},{1_700_100_000 + n}" for n, i in enumerate(theirs)]
            pairs.append(f"u{u},u{u - 1}")
    place = folder(
        tmp_path / "shop", "\n".join(lines), "", recommend={"friends": "friends.csv"}, limits={"minutes": 0.5}
    )
    (place / "friends.csv").write_text("\n".join(pairs))
    run = pipeline.build(load_brief(place), names=["popular", "item_neighbours"])
    told = run.verdict["recommend"]["friends"]
    assert told["kept"] and told["low"] > 0 and told["share"] > 0
    assert "What friends took" in (run.folder / "report.html").read_text()
    live = Recommender(product.load(run.product))
    with_ = [p.item for p in live.recommend("u1", live.usual)]
    live.friends_share = 0.0
    assert with_ != [p.item for p in live.recommend("u1", live.usual)]


@pytest.mark.slow
def test_learning_from_what_came_in(shop: Callable[..., Path]) -> None:
    place = shop(limits={"minutes": 0.5})
    first = pipeline.build(load_brief(place), names=QUICK)
    with pytest.raises(InputError, match="no events have come in"):
        pipeline.learn(load_brief(place))
    log = SqliteLog(place)
    log.append([Event("", "fresh", "$item", 1.8e9, data={"title": "blue kite 99", "categories": ["kite"], "stock": 3})])
    three = ["fresh", "fresh too", "fresh as well"]  # taken one after another, by each in another order
    log.append(
        [
            Event(f"u{u}", three[(u // 3 + n) % 3], "view", 1.7911e9 + n, None, f"x{u}-{n}")
            for u in range(2, 90, 3)
            for n in range(3)
        ]
    )
    log.close()
    run, promoted, gap = pipeline.learn(load_brief(place))
    assert run.folder != first.folder and run.product is not None and gap["low"] <= gap["value"] <= gap["high"]
    assert store.latest(place) == (run.folder.resolve() if promoted else first.folder.resolve())
    learned = product.load(run.product)
    fresh = learned.catalogue.ids.index("fresh")
    assert learned.catalogue.titles[fresh] == "blue kite 99" and learned.catalogue.stock[fresh] == 3
    live = Recommender(learned)
    own, log = live.history("u2"), SqliteLog(place)
    events = list(log.read())
    log.close()
    assert (
        int(learned.about["log"]) == len(events)
        and [d for d in own if live.ids[d.item] == "fresh"]
        and len(own) == len(set(own))
    )
    assert promoted and gap["value"] > 0  # a third of the people took what the champion never heard of


@pytest.mark.slow
def test_both_routes_race_and_a_net_is_served(shop: Callable[..., Path]) -> None:
    place = shop(limits={"minutes": 0.6})
    run = pipeline.build(load_brief(place), names=["popular", "item_neighbours", "gru", "sasrec"])
    routes = {t["route"] for t in run.verdict["test"] if t["score"] is not None}
    assert routes == {"traditional", "large"} and run.verdict["breakeven"]["rows"] is not None
    finalist = next(
        p
        for p in (run.folder / "work" / "finalists").iterdir()
        if p.is_dir() and p.name.split("-")[0] in ("gru", "sasrec")
    )
    assert len(product.load(finalist).shelf(3, 5)) == 5


def test_the_verdict_validates_and_comes_back_unchanged(verdict: dict) -> None:
    jsonschema.validate(verdict, registry.verdict_schema())
    document = from_plain(verdict)
    assert dump(document) == verdict
    assert document.section == verdict["recommend"] and "shop" not in verdict
    assert document.unit.en == "people"

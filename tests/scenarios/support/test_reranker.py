"""The cross-encoder behind the own models: what it reads, the order it gives, and what becomes of a message when it may not or cannot."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from onnx import TensorProto, helper

from breakeven.core import store
from breakeven.core.errors import InputError, ProductError
from breakeven.core.product_folder import ProductFolder
from breakeven.scenarios.support import rerank_stage, reranker, settings
from breakeven.scenarios.support.answer_book import Answer, AnswerBook, Topic
from breakeven.scenarios.support.product import RerankGate
from breakeven.scenarios.support.rerank_promise import Reranking, by_chance, finding
from breakeven.scenarios.support.rerank_stage import RerankStage
from breakeven.scenarios.support.reranker import Passages, Reranker, joined
from breakeven.scenarios.support.understanding import Understander
from breakeven.scenarios.support.understood import Asking, Guess, Understood
from tests.scenarios.support import tiny_encoder

BOOK = AnswerBook(
    topics={
        "fees": Topic(answer=Answer(text={"en": "An account costs {price}. Cards are free.", "zh": "账户{price}。"})),
        "lost_card": Topic(title={"en": "Lost card"}, answer=Answer(text={"en": "Call us."})),
        "hours": Topic(answer=Answer(text={"zh": "我们九点开门。"})),
    },
    variables={"price": "5 USD"},
    languages=("en", "zh"),
)
QUESTIONS = {
    "fees": ["what is the price", "is there a charge", "monthly cost", "what does a transfer cost"],
    "lost_card": ["my wallet is gone", "card stolen"],
}
KINDS = {"wallet": "card", "stolen": "card", "card": "card", "purse": "card", "price": "money", "cost": "money"}
LIKELY = tuple(Guess(topic, p) for topic, p in (("fees", 0.4), ("lost_card", 0.3), ("hours", 0.2)))
UNSURE = Understood("handoff", LIKELY, "en", reason="not sure")


class Own:
    """Own models that always make the same of a message."""

    def __init__(self, found: Understood, made: Reranker | None, gate: RerankGate | None) -> None:
        about = SimpleNamespace(name="desk", reranker=gate)
        self.product, self._found = SimpleNamespace(book=BOOK, about=about, reranker=made), found

    def at_once(self, text: str) -> Understood | None:
        return self._found

    def considered(self, texts: list[str]) -> list[tuple[Understood, tuple[Guess, ...]]]:
        return [(self._found, LIKELY) for _ in texts]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files of a re-ranker, sealed as a product's is."""
    tiny_encoder.write(tmp_path, KINDS)
    store.write_json(tmp_path / reranker.QUESTIONS, QUESTIONS)
    store.seal(tmp_path, {"name": "desk"})
    return tmp_path


@pytest.fixture
def made(folder: Path) -> Reranker:
    return reranker.load(ProductFolder.open(folder), BOOK)


def stage(made: Reranker, found: Understood = UNSURE, at_a_time: int | None = None, **gate: Any) -> RerankStage:
    kept = RerankGate(**{"weight": 1.0, "reorders": True, "languages": ("en",), **gate})
    opened = rerank_stage.opened(cast(Understander, Own(found, made, kept)), at_a_time)
    assert opened is not None
    return opened


def topics(found: Understood) -> list[str]:
    return [guess.topic for guess in found.guesses]


def test_a_passage_is_the_title_the_nearest_questions_and_the_first_sentence() -> None:
    passages = Passages(QUESTIONS, BOOK)
    (first, second, third) = passages.pairs("the price of a transfer", ["fees", "lost_card", "hours"])
    assert first[0] == "the price of a transfer" and first[1].startswith("fees: what does a transfer cost; ")
    assert first[1].endswith(". An account costs 5 USD.") and first[1].count(";") == reranker.NEAREST - 1
    assert second[1].startswith("Lost card: ") and second[1].endswith("Call us.")
    assert third[1] == "hours"


def test_a_question_is_not_read_beside_itself() -> None:
    ((_, passage),) = Passages(QUESTIONS, BOOK).pairs("card stolen", ["lost_card"], {"card stolen"})
    assert passage == "Lost card: my wallet is gone. Call us."


def test_the_topic_that_fits_comes_first(made: Reranker) -> None:
    scores = made.scores("my purse was taken", ["fees", "lost_card", "hours"])
    assert scores.tolist() == [0.0, 3.0, 0.0]
    ranked = made.ranked("my purse was taken", LIKELY, 1.0)
    assert [one.topic for one in ranked] == ["lost_card", "fees", "hours"]
    odds = [0.4 * math.exp(-1), 0.3 * math.exp(2), 0.2 * math.exp(-1)]
    assert ranked[0].confidence == pytest.approx(odds[1] / (sum(odds) + 0.1))
    assert made.ranked("nothing that is known", LIKELY, 1.0)[0].confidence == pytest.approx(0.4)


def test_a_pair_scores_the_same_alone_and_in_a_batch(made: Reranker) -> None:
    names = ["fees", "lost_card", "hours"]
    alone = [made.scores("my purse, at what price", [name])[0] for name in names]
    assert made.scores("my purse, at what price", names).tolist() == alone and len(set(alone)) == 2


def test_joint_confidences_leave_room_for_what_is_not_likely() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        said = rng.dirichlet(np.ones(5))[:4]
        found = joined(said, rng.normal(size=4) * 20, 1.0)
        assert (found >= 0).all() and found.sum() <= 1 + 1e-9
    assert joined(np.array([1.0, 0.0]), np.array([0.0, 300.0]), 1.0)[1] > 0.9


def test_it_answers_where_it_is_sure_enough(made: Reranker) -> None:
    asked = stage(made, threshold=0.7)
    (found,) = asked.understand(["my purse was taken"])
    assert (found.decision, found.stage, found.guesses[0].topic) == ("answer", "reranker", "lost_card")
    (left,) = asked.understand(["nothing that is known"])
    assert left == UNSURE and asked.counts == {"answered": 1, "unchanged": 1}
    (family,) = asked.measured()
    assert {s.labels["outcome"]: s.value for s in family.samples} == {"answered": 1, "unchanged": 1}


def test_below_the_floor_of_the_own_stages_nothing_is_answered(made: Reranker) -> None:
    (found,) = stage(made, threshold=0.7, floor=0.5).understand(["my purse was taken"])
    assert found.decision == "handoff" and topics(found)[0] == "lost_card"


def test_a_topic_that_it_does_not_read_keeps_its_place_among_the_guesses(made: Reranker) -> None:
    own = Understood("handoff", (*LIKELY[:2], Guess("oos", 0.1)), "en", reason="not sure")
    (found,) = stage(made, own).understand(["my purse was taken"])
    assert topics(found) == ["lost_card", "fees", "oos"]
    said = {guess.topic: guess.confidence for guess in made.ranked("my purse", LIKELY, 1.0, [Guess("oos", 0.1)])}
    assert sum(said.values()) == pytest.approx(1) and said["oos"] / said["fees"] == pytest.approx(0.25 * math.e)


def test_a_topic_without_an_answer_is_not_asked_back(made: Reranker) -> None:
    own = Understood("clarify", (*LIKELY[:2], Guess("oos", 0.2)), "en")
    asked = stage(made, own)
    assert asked.understand(["my purse was taken"]) == [own] and asked.counts == {"unchanged": 1}


def test_without_a_threshold_it_only_reorders(made: Reranker) -> None:
    for own in (UNSURE, Understood("clarify", LIKELY[:2], "en")):
        (found,) = stage(made, own).understand(["my purse was taken"])
        assert (found.decision, found.reason, found.stage) == (own.decision, own.reason, "")
        assert topics(found)[:2] == ["lost_card", "fees"] and len(found.guesses) == len(own.guesses)


def test_an_order_that_was_not_better_is_not_shown(made: Reranker) -> None:
    asked = stage(made, threshold=0.99, reorders=False)
    assert asked.understand(["my purse was taken"]) == [UNSURE] and asked.counts == {"unchanged": 1}


@pytest.mark.parametrize(
    "own",
    [
        Understood("handoff", LIKELY, "zh", reason="not sure"),
        Understood("handoff", LIKELY, "und", reason="not sure"),
        Understood("handoff", LIKELY, "en", reason="out of scope"),
        Understood("handoff", LIKELY, "en", reason="topic for a person"),
        Understood("answer", LIKELY, "en", "linear_svm"),
    ],
)
def test_other_languages_and_decisions_do_not_come_to_it(made: Reranker, own: Understood) -> None:
    asked = stage(made, own, threshold=0.1)
    assert asked.understand(["my purse was taken"]) == [own] and not asked.counts
    assert asked.at_once("my purse was taken") == own


def test_what_comes_to_it_is_not_decided_at_once(made: Reranker) -> None:
    asked = stage(made)
    assert asked.at_once("my purse was taken") is None and asked.at_once("thanks!") == UNSURE
    assert not isinstance(asked, Asking), "it is part of the own models, which no waiting list stands before"


def test_personal_data_is_masked_before_it_reads(made: Reranker, monkeypatch: pytest.MonkeyPatch) -> None:
    read = list[str]()
    scores = made.scores
    monkeypatch.setattr(made, "scores", lambda text, names, but=(): read.append(text) or scores(text, names))
    stage(made).understand(["my purse, mail ann@bank.example"])
    assert read == ["my purse, mail <e-mail>"]


def test_of_many_messages_at_once_it_reads_a_few(made: Reranker) -> None:
    asked = stage(made, at_a_time=2)
    found = asked.understand(["my purse was taken"] * 5)
    assert [topics(one)[0] for one in found] == ["lost_card"] * 2 + ["fees"] * 3
    assert asked.counts == {"reordered": 2, "skipped": 3}


def test_a_graph_that_fails_leaves_the_own_decision(made: Reranker, caplog: pytest.LogCaptureFixture) -> None:
    def broken(text: str, names: object, but: object = ()) -> None:
        raise InputError("rows", "the model refuses them", "send what it knows")

    made.scores = broken  # type: ignore[assignment, method-assign]
    asked = stage(made, threshold=0.1)
    assert asked.understand(["my purse was taken"]) == [UNSURE] and asked.counts == {"failed": 1}
    assert "could not read a message" in caplog.text


def test_a_product_without_it_has_no_stage(made: Reranker) -> None:
    gate = RerankGate(1.0)
    assert rerank_stage.opened(cast(Understander, Own(UNSURE, None, gate))) is None
    assert rerank_stage.opened(cast(Understander, Own(UNSURE, made, None))) is None


@pytest.mark.parametrize("name", [reranker.GRAPH, reranker.WORDS, reranker.QUESTIONS])
def test_a_changed_or_missing_file_is_refused(folder: Path, name: str) -> None:
    kept = (folder / name).read_bytes()
    (folder / name).write_bytes(kept + b" ")
    with pytest.raises(ProductError, match="changed since it was published"):
        reranker.load(ProductFolder.open(folder), BOOK)
    (folder / name).unlink()
    with pytest.raises(ProductError, match=name):
        reranker.load(ProductFolder.open(folder), BOOK)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (reranker.GRAPH, b"no graph", "not a graph"),
        (reranker.WORDS, b"{}", "tokenizer cannot be read"),
        (reranker.WORDS, b"\xff", "tokenizer cannot be read"),
        (reranker.QUESTIONS, b'{"fees": [1]}', "cannot be read"),
    ],
)
def test_files_of_another_kind_are_refused(folder: Path, name: str, content: bytes, said: str) -> None:
    (folder / name).write_bytes(content)
    store.seal(folder, {"name": "desk"})
    with pytest.raises(ProductError, match=said):
        reranker.load(ProductFolder.open(folder), BOOK)


def test_a_graph_that_is_no_cross_encoder_is_refused(folder: Path) -> None:
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 2]) for name in ("x", "y"))
    other = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "other", [x], [y])
    model = helper.make_model(other, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    (folder / reranker.GRAPH).write_bytes(model.SerializeToString())
    store.seal(folder, {"name": "desk"})
    with pytest.raises(ProductError, match="no cross-encoder"):
        reranker.load(ProductFolder.open(folder), BOOK)


def test_scores_that_are_none_are_refused(folder: Path) -> None:
    tiny_encoder.write(folder, KINDS, height=math.nan)
    store.seal(folder, {"name": "desk"})
    with pytest.raises(ProductError, match="no score a pair"):
        reranker.load(ProductFolder.open(folder), BOOK).scores("my purse", ["fees"])


def test_the_brief_says_none_or_auto() -> None:
    assert settings.read({}, "product.yaml").reranker == "auto"
    assert settings.read(json.loads('{"reranker": null}'), "product.yaml").reranker == "auto"
    assert settings.read({"reranker": "none"}, "product.yaml").reranker == "none"
    for wrong in ("never", "None", "", True, 1, ["auto"], {"auto": 1}):
        with pytest.raises(InputError, match=r"support\.reranker.*none, auto"):
            settings.read({"reranker": wrong}, "product.yaml")
    with pytest.raises(InputError, match="unknown key 'rerank'"):
        settings.read({"rerank": "auto"}, "product.yaml")


def test_a_better_order_is_one_that_chance_hardly_gives() -> None:
    assert by_chance(4, 0) == 1 / 16 and by_chance(3, 3) == pytest.approx(42 / 64)
    assert Reranking(gained=4, lost=0).reorders and not Reranking(gained=3, lost=0).reorders
    assert not Reranking(gained=0, lost=9).reorders and not Reranking(gained=9, lost=6).reorders
    assert Reranking(gained=9, lost=6).gate() is None
    gate = Reranking(weight=0.3, gained=9, lost=1).gate()
    assert gate is not None and gate.threshold is None and gate.reorders and gate.languages == ("en",)


def test_what_was_left_out_is_said_with_numbers() -> None:
    said = finding(Reranking(eligible=90, judged=60, first=(40, 41), second=(50, 49), lost=1), 0.01)
    assert "of 60 open questions" in said.what and "right in 40 without and 41 with" in said.what
    assert "50 and 49" in said.what and "does without it" in said.done
    assert "too few" in finding(Reranking(eligible=9, why="the own models leave too few"), 0.01).what

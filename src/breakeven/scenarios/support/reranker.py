"""A cross-encoder that reads a message together with what a topic is asked: one score a pair, higher where they fit better.

A topic is read as its title, the questions of it that are most like the message, and the first sentence of its answer. Scores move the own
models' probabilities in log odds. onnxruntime, tokenizers and numpy only.

>>> joined(np.array([0.4, 0.3]), np.array([-2.0, 2.0]), 0.5).round(2).tolist()
[0.12, 0.65]
>>> joined(np.array([0.4, 0.3]), np.array([-2.0, 2.0]), 0.0).round(2).tolist()
[0.4, 0.3]
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from breakeven.core.errors import MissingExtra, ProductError
from breakeven.core.plain_file import RESTORE
from breakeven.core.product_folder import ProductFolder
from breakeven.core.types import Array
from breakeven.runtime.guarded_session import GuardedSession, guarded
from breakeven.scenarios.support import draft, question_vectors
from breakeven.scenarios.support.answer_book import AnswerBook
from breakeven.scenarios.support.understood import Guess

if TYPE_CHECKING:
    from tokenizers import Tokenizer

#: Name of the stage, and of its folder in the product; its files.
STAGE = "reranker"
GRAPH, WORDS, QUESTIONS = "model.onnx", "tokenizer.json", "questions.json"
#: Language that it reads.
LANGUAGE = "en"
#: Questions of a topic that it reads, and that a product keeps; characters of one, and of an answer's first sentence.
NEAREST, KEPT, QUESTION_CHARACTERS, ANSWER_CHARACTERS = 3, 50, 160, 160
#: Word pieces of a pair, and of the message in it.
LONGEST, MESSAGE_CHARACTERS = 128, 400
#: Inputs of the graph.
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
#: Least probability in a logarithm, and least of all that is not among the likely topics.
TINY, REST = 1e-12, 1e-6
_SENTENCE = re.compile(r"(?<=[.!?])\s|\n")
Weights = dict[str, float]


class CrossEncoder:
    """Scores of pairs of texts by an ONNX graph and its tokenizer."""

    def __init__(self, session: GuardedSession, words: Tokenizer, where: str) -> None:
        self._session, self._words, self._where = session, words, where
        self._inputs = [one.name for one in session.get_inputs()]
        if not set(self._inputs) <= set(INPUTS) or INPUTS[0] not in self._inputs or len(session.get_outputs()) != 1:
            what = f"takes {', '.join(self._inputs)} and is no cross-encoder"
            raise ProductError(where, what, "build the product again")

    @classmethod
    def of(cls, graph: bytes, words: bytes, where: str) -> CrossEncoder:
        """From the bytes of the two files. Raises ProductError naming `where`, the graph; MissingExtra without tokenizers."""
        try:
            from tokenizers import Tokenizer
        except ImportError:
            what = "tokenizers is not installed"
            raise MissingExtra("the re-ranker", what, "pip install 'breakeven[pretrained]'") from None
        try:
            made = Tokenizer.from_str(words.decode("utf-8"))
        except Exception as error:  # the library raises plain ones
            why = " ".join(str(error).split())[:80]
            raise ProductError(where, f"its tokenizer cannot be read ({why})", RESTORE) from None
        made.no_padding()
        made.enable_truncation(LONGEST)
        return cls(guarded(graph, where), made, where)

    def scores(self, pairs: Sequence[tuple[str, str]]) -> Array:
        """One score (n,) a pair, read as one batch. Raises InputError where the graph fails, or says what are no scores."""
        read = self._words.encode_batch(list(pairs))
        longest = max((len(one.ids) for one in read), default=1)
        values = {name: np.zeros((len(read), longest), dtype=np.int64) for name in INPUTS}
        for i, one in enumerate(read):
            for name, own in zip(INPUTS, (one.ids, one.attention_mask, one.type_ids), strict=True):
                values[name][i, : len(own)] = own
        (found,) = self._session.run(None, {name: values[name] for name in self._inputs})
        if found.size != len(read) or not np.isfinite(found).all():
            raise ProductError(self._where, "gives no score a pair", "build the product again")
        return np.asarray(found.reshape(len(read)), dtype=float)


class Passages:
    """What is read of topics beside a message: `questions` of each, personal data masked, and the company's answers."""

    def __init__(self, questions: Mapping[str, Sequence[str]], book: AnswerBook) -> None:
        self._book, self._questions = book, {topic: list(dict.fromkeys(own)) for topic, own in questions.items()}
        counted = {text: question_vectors.features(text) for own in self._questions.values() for text in own}
        self._seen = Counter(name for one in counted.values() for name in one)
        self._texts = len(counted)
        self._weights = {text: self._weighed(one) for text, one in counted.items()}
        self._around = {topic: self._title_and_answer(topic) for topic in book.topics}

    def pairs(self, text: str, topics: Sequence[str], but: Collection[str] = ()) -> list[tuple[str, str]]:
        """A masked message with the passage of each topic; questions in `but` are not read."""
        said = text[:MESSAGE_CHARACTERS]
        own = self._weighed(question_vectors.features(said))
        return [(said, self._passage(own, topic, but)) for topic in topics]

    def _passage(self, said: Weights, topic: str, but: Collection[str]) -> str:
        title, answer = self._around[topic]
        like = [(self._likeness(said, one), one) for one in self._questions.get(topic, ()) if one not in but]
        nearest = sorted(like, key=lambda pair: -pair[0])[:NEAREST]
        asked = "; ".join(one[:QUESTION_CHARACTERS] for _, one in nearest)
        return ". ".join(part for part in (f"{title}: {asked}" if asked else title, answer) if part)

    def _likeness(self, said: Weights, question: str) -> float:
        other = self._weights[question]
        few, many = (said, other) if len(said) < len(other) else (other, said)
        return math.fsum(weight * many[name] for name, weight in few.items() if name in many)

    def _weighed(self, counted: Counter[str]) -> Weights:
        """TF-IDF of length 1, over the questions that are kept."""
        found = {
            name: (1 + math.log(n)) * math.log((2 + self._texts) / (1 + self._seen[name]))
            for name, n in counted.items()
        }
        length = math.sqrt(math.fsum(weight * weight for weight in found.values())) or 1.0
        return {name: weight / length for name, weight in found.items()}

    def _title_and_answer(self, topic: str) -> tuple[str, str]:
        answer = self._book.answer(topic, LANGUAGE)
        text = draft.filled(answer.text[LANGUAGE], self._book.variables) if answer is not None else None
        return draft.title(self._book, topic, LANGUAGE), _SENTENCE.split(text or "", maxsplit=1)[0][:ANSWER_CHARACTERS]


class Reranker:
    """A cross-encoder with the passages that it reads."""

    def __init__(self, encoder: CrossEncoder, passages: Passages) -> None:
        self._encoder, self._passages = encoder, passages

    def scores(self, text: str, topics: Sequence[str], but: Collection[str] = ()) -> Array:
        """How well each topic fits a masked message (n,). Raises InputError where the graph fails."""
        return self._encoder.scores(self._passages.pairs(text, topics, but))

    def ranked(self, text: str, likely: Sequence[Guess], weight: float, others: Sequence[Guess] = ()) -> list[Guess]:
        """Likely topics, and others that it does not read, in a new order, the best first, with joint confidences; equals stay as they were."""
        said = np.array([guess.confidence for guess in likely])
        found = joined(said, self.scores(text, [guess.topic for guess in likely]), weight)
        kept = rest(said, found)
        all_of = [Guess(guess.topic, float(p)) for guess, p in zip(likely, found, strict=True)]
        all_of += [Guess(guess.topic, guess.confidence * kept) for guess in others]
        return sorted(all_of, key=lambda guess: -guess.confidence)


def joined(said: Array, scores: Array, weight: float) -> Array:
    """Probabilities (m,) of likely topics with scores (m,): log odds moved by the weight times the score above the mean; what is in none
    of them keeps its own part.
    """
    others = math.log(max(1.0 - float(said.sum()), REST))
    moved = np.log(np.maximum(said, TINY)) + weight * (scores - scores.mean())
    highest = max(others, float(moved.max()))
    found = np.exp(moved - highest)
    return np.asarray(found / (found.sum() + math.exp(others - highest)))


def rest(said: Array, found: Array) -> float:
    """By what the probabilities of all other topics are to be multiplied where those of likely ones (m,) became others.

    >>> round(rest(np.array([0.5, 0.3]), np.array([0.8, 0.1])), 6)
    0.5
    """
    return max(1.0 - float(found.sum()), 0.0) / max(1.0 - float(said.sum()), REST)


def load(files: ProductFolder, book: AnswerBook) -> Reranker:
    """The re-ranker of a product's folder. Raises ProductError for a file that is missing, was changed or does not fit."""
    encoder = CrossEncoder.of(files.read(GRAPH), files.read(WORDS), str(files.path(GRAPH)))
    return Reranker(encoder, Passages(files.json(QUESTIONS, dict[str, list[str]]), book))

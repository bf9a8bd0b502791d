"""A finished model, an ONNX file that the brief names, as a candidate: judged and served as it is, never fitted.

    predict:
      models:
        scorer: {file: scorer.onnx, route: traditional}      # or just: scorer: scorer.onnx

Its inputs are named as columns are (one value a row each, as skl2onnx writes them), or there is one matrix of numbers, whose
`columns` the brief lists (default: all numbers in the file's order). Its last output of floats (n, classes) or (n, 1) is
its answer: probabilities, or logits, which are brought to probabilities; `classes` lists their order (default: sorted).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from breakeven.core import store
from breakeven.core.errors import InputError, nearest
from breakeven.core.types import Array, Layout, Route
from breakeven.features.media import Media
from breakeven.features.numeric import Given, Wanted
from breakeven.features.reader import Reader
from breakeven.features.schema import Schema
from breakeven.models.base import Candidate
from breakeven.runtime import graph_check
from breakeven.runtime.onnx_session import FATAL, OnnxSession, open_session

if TYPE_CHECKING:
    from onnx import ModelProto

KEYS = ("file", "route", "columns", "classes")
#: Numpy types of what a graph may take or give.
TYPES = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(int64)": "int64",
    "tensor(int32)": "int32",
    "tensor(bool)": "bool",
    "tensor(string)": "str",
}
FLOATS = ("tensor(float)", "tensor(double)")
#: How far from 1 probabilities may add up to.
OFF = 1e-3
#: ONNX's data location of a tensor that is stored in another file.
EXTERNAL = 1
#: Rows on which the model is tried in one call.
TRIED = 256


@dataclass(frozen=True)
class Model:
    """A finished model made ready: its graph with output `scores`, and what it reads. Written beside the run, so that what
    travels to a worker is its path.
    """

    path: str
    sha256: str
    given: Given

    def __repr__(self) -> str:
        return f"Model({self.sha256}, {self.given})"


class Finished(Candidate):
    """A ready `model`; fitting it does nothing, so its curve is flat."""

    name = "finished"
    route = "traditional"
    fills = False

    def __init__(
        self, layout: Layout | None = None, classes: int = 0, seed: int = 0, model: Model | None = None
    ) -> None:
        self.layout, self.classes, self.seed, self.model = layout, classes, seed, model

    def fit(self, X: Array, y: Array) -> Self:
        """Nothing is learned; it knows all classes, whichever are there."""
        super().fit(np.asarray(X), np.asarray(y))
        if self.classes:
            self.present_ = np.arange(self.classes)
        return self

    def _look(self, X: Array, layout: Layout) -> Reader:
        assert self.model is not None
        return Reader(None, (self.model.given,))

    def _read(self, X: Array) -> Any:
        return self.reader_.inputs(X, self.media_)

    def _fit(self, V: Mapping[str, Array], y: Array) -> None:
        del V, y

    def _scores(self, V: Mapping[str, Array]) -> Array:
        assert self.model is not None
        try:
            return np.asarray(_session(self.model.path).run(["scores"], dict(V))[0])
        except Exception as error:  # onnxruntime's own errors have no common base
            raise ValueError(" ".join(str(error).split())[-160:]) from None

    def graph(self) -> bytes:
        """As it was made ready."""
        assert self.model is not None
        return Path(self.model.path).read_bytes()


@lru_cache(maxsize=4)
def _session(path: str) -> OnnxSession:
    return open_session(Path(path).read_bytes(), log_level=FATAL)


def ready(
    model: Any,
    where: tuple[str, Path, Path],
    schema: Schema,
    classes: Sequence[str],
    sample: tuple[Array, Media | None],
) -> tuple[Route, Model]:
    """Route and model from a line of the brief. `where`: its name, the brief's folder, and the folder to write to; `sample`
    are the rows (n, p) of the base matrix, with their media, all of which it must answer.

    Raises InputError for a file that is missing, cut, of unknown operators, or with weights elsewhere, and for inputs or
    outputs that do not fit the data.
    """
    name, folder, work = where
    place = f"product.yaml, predict.models.{name}"
    model = {"file": model} if isinstance(model, str) else model
    if not isinstance(model, Mapping) or "file" not in model:
        raise InputError(place, f"expected a file, not {model!r}", f"write '{name}: model.onnx'")
    for key in model:
        if key not in KEYS:
            raise InputError(place, f"unknown key {key!r}", nearest(str(key), KEYS))
    route: Route = model.get("route", "traditional")
    if route not in ("traditional", "large"):
        raise InputError(f"{place}.route", f"{route!r} is no route", "write traditional or large")
    path = folder / str(model["file"])
    proto, session = _opened(path)
    given = Given("", -1, "given", _wanted(session, schema, model.get("columns"), str(path)))
    order = _order(model.get("classes"), classes, place)
    graph = _finished(proto, session, Reader(None, (given,)), (order, len(classes)), sample, str(path))
    try:
        _run(
            open_session(graph, log_level=FATAL),
            "scores",
            Reader(None, (given,)),
            (sample[0][:TRIED], sample[1]),
            str(path),
        )
    except InputError:
        raise
    except Exception as error:
        why = " ".join(str(error).split())[:160]
        raise InputError(
            str(path), f"it cannot be given an output of ours: {why}", "export it again, without loops and branches"
        ) from None
    fault = graph_check.fault(graph)
    if fault is not None:
        what, remedy = f"a product may not hold it: {fault}", "export it again, without loops, branches and functions"
        raise InputError(str(path), what, remedy)
    store.write_bytes(work / f"{name}.onnx", graph)
    return route, Model(str(work / f"{name}.onnx"), store.sha256(work / f"{name}.onnx"), given)


def _opened(path: Path) -> tuple[ModelProto, OnnxSession]:
    """The file as a graph and as something that runs. Raises InputError."""
    import onnx

    if not path.is_file():
        raise InputError(str(path), "there is no such file", "name an ONNX file, from the brief's own folder")
    try:
        proto = onnx.load_from_string(path.read_bytes())
    except Exception as error:
        raise InputError(
            str(path),
            f"it cannot be read as ONNX ({type(error).__name__}; {path.stat().st_size:,} bytes)",
            "export it again",
        ) from None
    away = [t.name for t in proto.graph.initializer if t.data_location == EXTERNAL]
    if away:
        raise InputError(
            str(path),
            f"{len(away):,} of its tensors lie in other files",
            "save it as one file (onnx.save_model(..., save_as_external_data=False))",
        )
    try:
        return proto, open_session(path.read_bytes(), log_level=FATAL)
    except Exception as error:
        why = " ".join(str(error).split())[:200]
        raise InputError(
            str(path),
            f"onnxruntime cannot run it: {why}",
            "use operators that onnxruntime knows, of an older opset if need be",
        ) from None


def _wanted(session: OnnxSession, schema: Schema, columns: Any, path: str) -> tuple[Wanted, ...]:
    """Which columns its inputs are. Raises InputError."""
    inputs, layout = session.get_inputs(), schema.layout
    fields = {f.name: f for f in schema.fields}
    for one in inputs:
        if one.type not in TYPES:
            raise InputError(path, f"input {one.name!r} is a {one.type}", f"one of {', '.join(TYPES)} can be given")
    matrix = len(inputs) == 1 and inputs[0].name not in fields
    if columns is not None and not (matrix and isinstance(columns, list) and all(isinstance(c, str) for c in columns)):
        raise InputError(
            path,
            f"columns {columns!r}",
            "list names of columns, and only for a model whose one input is a matrix of numbers",
        )
    if matrix:
        names = list(columns) if columns else [f.name for f in schema.fields if f.role == "number"]
        strange = [n for n in names if n not in fields or fields[n].role != "number"]
        if strange:
            raise InputError(
                path, f"columns {strange} are no numbers of the data", "name columns of numbers in `columns`"
            )
        wide = inputs[0].shape[1] if len(inputs[0].shape) == 2 else None
        if len(inputs[0].shape) != 2 or (isinstance(wide, int) and wide != len(names)):
            shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
            raise InputError(
                path,
                f"input {inputs[0].name!r} has shape {inputs[0].shape}, the data {len(names)} columns of numbers ({shown})",
                "list its `columns` in the brief, in its order",
            )
        places = tuple(layout.names.index(n) for n in names)
        return (Wanted(inputs[0].name, "number", TYPES[inputs[0].type], places),)
    out = []
    for one in inputs:
        field = fields.get(one.name)
        if field is None:
            raise InputError(path, f"input {one.name!r} is no column of the data", nearest(one.name, fields))
        text = TYPES[one.type] == "str"
        if field.role not in ("number", "category", "text") or text != (field.role != "number"):
            raise InputError(
                path,
                f"input {one.name!r} takes a {one.type}, but the column is a {field.role}",
                "let it take texts for categories and texts, numbers for numbers",
            )
        out.append(
            Wanted(
                one.name,
                field.role,
                TYPES[one.type],
                (layout.names.index(one.name),),
                field.levels if field.role == "category" else (),
                one.name,
            )
        )
    return tuple(out)


def _order(given: Any, classes: Sequence[str], where: str) -> list[int]:
    """Where each of our classes is among its columns."""
    if given is None:
        return list(range(len(classes)))
    named = [str(c) for c in given] if isinstance(given, list) else []
    if sorted(named) != sorted(classes):
        raise InputError(
            f"{where}.classes", f"{given!r} are not the classes of the target", f"list all of {', '.join(classes[:20])}"
        )
    return [named.index(c) for c in classes]


def _finished(
    proto: ModelProto,
    session: OnnxSession,
    reader: Reader,
    classes: tuple[list[int], int],
    sample: tuple[Array, Media | None],
    path: str,
) -> bytes:
    """The graph with one output `scores`: probabilities (n, classes) in our order, or values (n, 1). Raises InputError."""
    floats = [o for o in session.get_outputs() if o.type in FLOATS]
    if not floats:
        kinds = ", ".join(f"{o.name} {o.type}" for o in session.get_outputs())
        raise InputError(
            path, f"no output is a tensor of floats ({kinds})", "export probabilities as one (skl2onnx: zipmap=False)"
        )
    output = floats[-1].name
    got = _run(session, output, reader, sample, path)
    flat = got.reshape(len(got), -1)
    order, count = classes
    widths = (1,) if not count else (count, 1) if count == 2 else (count,)
    if flat.shape[1] not in widths:
        raise InputError(
            path, f"output {output!r} of {len(sample[0])} rows has shape {got.shape}", f"let it be (rows, {widths[0]})"
        )
    bad = int((~np.isfinite(flat)).any(axis=1).sum())
    if bad:
        raise InputError(
            path, f"it answers {bad} of {len(flat)} rows with no number", "let it fill in missing values itself"
        )
    try:
        return _wired(proto, output, order if count else [], _as_probabilities(flat, count))
    except Exception as error:
        why = " ".join(str(error).split())[:160]
        raise InputError(path, f"no output of ours fits it: {why}", "export it without loops and branches") from None


def _run(session: OnnxSession, output: str, reader: Reader, sample: tuple[Array, Media | None], path: str) -> Array:
    """Its answers to all rows. Raises InputError naming the rows that it refuses."""
    X, media = sample
    parts = []
    for start in range(0, len(X), TRIED):
        some = X[start : start + TRIED]
        try:
            found = np.asarray(session.run([output], reader.inputs(some, media))[0])
        except InputError:
            raise
        except Exception as error:
            why = " ".join(str(error).split())[-200:]
            raise InputError(
                path,
                f"it refuses rows {start} to {start + len(some) - 1}: {why}",
                "leave its first dimension free, and "
                "let it answer values that it has not seen (handle_unknown='ignore')",
            ) from None
        if len(found) != len(some):
            raise InputError(
                path, f"output {output!r} of {len(some)} rows has shape {found.shape}", "begin with the rows"
            )
        parts.append(found)
    return np.concatenate(parts)


def _as_probabilities(flat: Array, count: int) -> str:
    """What brings its answers to probabilities: nothing, "softmax", "sigmoid", or "pair" (one column is that of class 1)."""
    within = bool((flat >= 0).all() and (flat <= 1 + OFF).all())
    if not count:
        return ""
    if flat.shape[1] == 1:
        return "pair" if within else "sigmoid"
    return "" if within and bool((np.abs(flat.sum(axis=1) - 1) < OFF).all()) else "softmax"


def _wired(proto: ModelProto, output: str, order: list[int], how: str) -> bytes:
    """Nodes behind an output, all other outputs dropped; own names are kept apart from the graph's."""
    import onnx
    from onnx import TensorProto, helper
    from onnx.compose import add_prefix

    inner = add_prefix(proto, "own/", rename_inputs=False)
    graph, last = inner.graph, f"own/{output}"
    if output in {i.name for i in proto.graph.input}:
        last = output
    nodes = [
        helper.make_node("Cast", [last], ["/float"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["/float", "/shape"], ["/flat"]),
    ]
    now, constants = "/flat", [helper.make_tensor("/shape", TensorProto.INT64, [2], [0, -1])]
    if how == "softmax":
        nodes.append(helper.make_node("Softmax", [now], ["/soft"], axis=1))
        now = "/soft"
    if how == "sigmoid":
        nodes.append(helper.make_node("Sigmoid", [now], ["/yes"]))
        now = "/yes"
    if how in ("sigmoid", "pair"):
        constants.append(helper.make_tensor("/one", TensorProto.FLOAT, [1], [1.0]))
        nodes += [
            helper.make_node("Sub", ["/one", now], ["/no"]),
            helper.make_node("Concat", ["/no", now], ["/both"], axis=1),
        ]
        now = "/both"
    if order != sorted(order):
        constants.append(helper.make_tensor("/order", TensorProto.INT64, [len(order)], order))
        nodes.append(helper.make_node("Gather", [now, "/order"], ["/ours"], axis=1))
        now = "/ours"
    nodes.append(helper.make_node("Identity", [now], ["scores"]))
    graph.node.extend(nodes)
    graph.initializer.extend(constants)
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", None]))
    onnx.checker.check_model(inner)
    return bytes(inner.SerializeToString())

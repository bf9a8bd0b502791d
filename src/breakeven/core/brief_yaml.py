"""YAML of a brief, counted before it is laid out: a few lines of aliases can stand for more values than the memory holds."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml

#: Most characters of a brief, values with those that aliases repeat, and lists and mappings within each other.
MAX_CHARACTERS, MAX_VALUES, MAX_DEPTH = 1_000_000, 100_000, 20


class _Strict(yaml.SafeLoader):
    """The safe loader, which refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """A mapping. Raises yaml.constructor.ConstructorError for a key that is given twice."""
        seen = set[tuple[str, str]]()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if (key.tag, key.value) in seen:
                    what = f"the key {key.value[:60]!r} is given twice"
                    raise yaml.constructor.ConstructorError(None, None, what, key.start_mark)
                seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep)


class _Texts(_Strict):
    """The same, by which every value is a text as it is written: `no`, `09:00` and `1e3` are no truth value, number or time."""

    yaml_implicit_resolvers = {}


def load(text: str) -> object:
    """The values of a document. Raises yaml.YAMLError or ValueError for what is no YAML, too large, or too deep.

    >>> load("name: churn\\nlimits: {minutes: 5}")
    {'name': 'churn', 'limits': {'minutes': 5}}
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"more than {MAX_CHARACTERS:,} characters")
    _count(text)
    return yaml.load(text, Loader=_Strict)  # noqa: S506  a SafeLoader


def load_texts(text: str, most: int = MAX_CHARACTERS) -> object:
    """The same of at most so many characters, with every value as a text; "" where nothing is written.

    >>> load_texts("opens: 09:00\\nintent: no\\nphone:")
    {'opens': '09:00', 'intent': 'no', 'phone': ''}
    """
    if len(text) > most:
        raise ValueError(f"more than {most:,} characters")
    _count(text)
    return yaml.load(text, Loader=_Texts)  # noqa: S506  a SafeLoader


def _count(text: str) -> None:
    """Count values as if every alias were written out. Raises yaml.MarkedYAMLError."""
    sizes, inside, total = dict[str, int](), list[tuple[str | None, int]](), 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            size = sizes.get(str(event.anchor))
            if size is None:
                raise _refused(event, f"the alias *{str(event.anchor)[:60]} stands for nothing, or for itself")
            total += size
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            inside.append((event.anchor, total))
            total += 1
            if len(inside) > MAX_DEPTH:
                raise _refused(event, f"nested more than {MAX_DEPTH} deep")
            if event.anchor:
                sizes.pop(event.anchor, None)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = inside.pop()
            if anchor:
                sizes[anchor] = total - before
        if total > MAX_VALUES:
            raise _refused(event, f"more than {MAX_VALUES:,} values, with those that aliases repeat")


def _refused(event: yaml.Event, what: str) -> yaml.MarkedYAMLError:
    mark = event.start_mark
    return yaml.MarkedYAMLError(problem=what, problem_mark=mark if isinstance(mark, yaml.Mark) else None)

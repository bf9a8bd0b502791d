"""What the source raises, finds and notes in English, as samples: every text of an error, a finding or a note, with its values filled in.

A text is followed to where it is written: through names, the arguments of the function's callers, and what helpers return.
What cannot be followed, such as a value of the data, stands as `HOLE`; a number as `7`. Run `python -m tests.report.raised`
for those that have no Chinese phrase.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

import breakeven

SOURCE = Path(breakeven.__file__).parent
HOLE, NUMBER, QUOTED = "X", "7", "'X'"
#: Steps that a text is followed, and samples that are kept of one.
DEPTH, MOST = 12, 40
#: Exceptions whose one argument stands in an error's message, beside those of `BreakevenError`.
INNER = ("ArgumentTypeError", "BadGraph", "BadImage", "Busy", "Unreadable")
Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Raised(NamedTuple):
    """A text that a person may read: where it is raised, which part of the message it is, and a sample of it."""

    place: str
    part: str
    text: str


class Sources:
    """The parsed source, with what is needed to follow a text through it."""

    def __init__(self, folder: Path) -> None:
        self.file: dict[ast.AST, Path] = {}
        self.parent: dict[ast.AST, ast.AST] = {}
        self.module: dict[Path, ast.Module] = {}
        self.functions = defaultdict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]](list)
        self.classes = dict[str, ast.ClassDef]()
        self.calls = defaultdict[str, list[ast.Call]](list)
        for path in sorted(folder.rglob("*.py")):
            self.module[path] = tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                self.file[node] = path
                self.parent |= dict.fromkeys(ast.iter_child_nodes(node), node)
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    self.functions[node.name].append(node)
                elif isinstance(node, ast.ClassDef):
                    self.classes[node.name] = node
                elif isinstance(node, ast.Call):
                    self.calls[called(node)].append(node)

    def errors(self) -> set[str]:
        """Names of `BreakevenError` and of all classes below it."""
        found, before = {"BreakevenError"}, 0
        while len(found) > before:
            before = len(found)
            found |= {name for name, node in self.classes.items() if found & {_name(base) for base in node.bases}}
        return found

    def function(self, node: ast.AST) -> Function | None:
        """The innermost function around a node."""
        while (above := self.parent.get(node)) is not None:
            node = above
            if isinstance(node, Function):
                return node
        return None

    @cache  # noqa: B019 - one instance for the whole run
    def assigned(self, inside: ast.AST, name: str) -> list[ast.expr]:
        """What a name may stand for within a function or a module."""
        out = list[ast.expr]()
        for node in ast.walk(inside):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    out += _of_target(target, node.value, name)
            elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                out += _of_target(node.target, node.value, name)
            elif isinstance(node, ast.For | ast.comprehension) and isinstance(node.iter, ast.Tuple | ast.List):
                for one in node.iter.elts:
                    out += _of_target(node.target, one, name)
        return out

    def known(self, name: ast.Name) -> list[ast.expr]:
        """What a name may stand for, where it is not an argument of the function around it."""
        inside = self.function(name)
        while inside is not None:
            if found := self.assigned(inside, name.id):
                return found
            if name.id in _arguments(inside):
                return []
            inside = self.function(inside)
        module = self.module[self.file[name]]
        found = [one for node in module.body for one in self.assigned(node, name.id) if isinstance(node, ast.Assign)]
        return found or self._imported(module, name.id)

    def _imported(self, module: ast.Module, name: str) -> list[ast.expr]:
        for node in module.body:
            if isinstance(node, ast.ImportFrom) and node.module and any(one.name == name for one in node.names):
                path = SOURCE.parent.joinpath(*node.module.split(".")).with_suffix(".py")
                if path in self.module:
                    return [
                        v for n in self.module[path].body if isinstance(n, ast.Assign) for v in self.assigned(n, name)
                    ]
        return []

    def arguments(self, function: Function, name: str) -> list[ast.expr]:
        """What callers give for an argument of a function, and its default."""
        if isinstance(function, ast.Lambda):
            return []
        spec, above = function.args, self.parent[function]
        names = [one.arg for one in (*spec.posonlyargs, *spec.args)]
        out = dict(zip(names[::-1], spec.defaults[::-1], strict=False)).get(name), *_keyword_default(spec, name)
        given = [one for one in out if one is not None]
        is_made = function.name == "__init__" and isinstance(above, ast.ClassDef)
        calls = self.calls[above.name if is_made else function.name]  # type: ignore[attr-defined]
        if not is_made and len(self.functions[function.name]) > 1:
            calls = [one for one in calls if self.file[one] == self.file[function]]
        place = [one for one in names if one not in ("self", "cls")].index(name) if name in names else None
        for call in calls:
            given += [one.value for one in call.keywords if one.arg == name]
            if place is not None and place < len(call.args) and not any(isinstance(a, ast.Starred) for a in call.args):
                given.append(call.args[place])
        return given

    def returned(self, name: str, caller: ast.AST) -> list[ast.expr]:
        """What a helper of the project returns: one of the same file, or the only one of its name."""
        known = self.functions[name]
        own = [one for one in known if self.file[one] == self.file[caller]] or (known if len(known) < 3 else [])
        texts = [one for one in own if one.returns is None or "str" in ast.unparse(one.returns)]
        return [
            node.value
            for one in texts
            for node in ast.walk(one)
            if isinstance(node, ast.Return) and node.value is not None and self.function(node) is one
        ]


class Follower:
    """Samples of the texts that an expression may be."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources

    def samples(self, node: ast.expr, path: tuple[ast.expr, ...] = ()) -> list[str]:
        """At most `MOST` texts; a hole where it cannot be followed."""
        if len(path) >= DEPTH or node in path:
            return [HOLE]
        return list(dict.fromkeys(self._samples(node, (*path, node))))[:MOST] or [HOLE]

    def _all(self, nodes: Sequence[ast.expr], path: tuple[ast.expr, ...]) -> list[str]:
        return [text for node in nodes for text in self.samples(node, path)]

    def _samples(self, node: ast.expr, path: tuple[ast.expr, ...]) -> list[str]:
        match node:
            case ast.Constant(value=value):
                return [str(value)] if value is not None else []
            case ast.JoinedStr(values=parts):
                return _joined([self.samples(part, path) for part in parts])
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return _joined([self.samples(left, path), self.samples(right, path)])
            case ast.FormattedValue(conversion=114):
                return [QUOTED]
            case ast.FormattedValue(value=value, format_spec=spec):
                return [NUMBER] if spec is not None else self.samples(value, path)
            case ast.IfExp(body=body, orelse=other):
                return self._all([body, other], path)
            case ast.BoolOp(values=values):
                return [text for text in self._all(values, path) if text]
            case ast.Attribute(attr="level"):
                return ["warning", "question"]
            case ast.NamedExpr(value=value) | ast.Subscript(value=value, slice=ast.Slice()):
                return self.samples(value, path)
            case ast.Subscript(value=value):
                return self._all(self._entries(value), path)
            case ast.Name():
                return self._named(node, path)
            case ast.Call():
                return self._call(node, path)
        return []

    def _entries(self, node: ast.expr) -> list[ast.expr]:
        """Values of a mapping or a tuple that stands there or under a name."""
        held = self.sources.known(node) if isinstance(node, ast.Name) else [node]
        maps = [value for one in held if isinstance(one, ast.Dict) for value in one.values]
        return maps + [value for one in held if isinstance(one, ast.Tuple) for value in one.elts]

    def _named(self, node: ast.Name, path: tuple[ast.expr, ...]) -> list[str]:
        found, inside = self._all(self.sources.known(node), path), self.sources.function(node)
        while inside is not None and node.id not in _arguments(inside):
            inside = self.sources.function(inside)
        return found + (self._all(self.sources.arguments(inside, node.id), path) if inside is not None else [])

    def _call(self, node: ast.Call, path: tuple[ast.expr, ...]) -> list[str]:
        name, given = called(node), node.args
        if name == "counted" and len(given) > 1:
            one = self.samples(given[1], path)
            more = self.samples(given[2], path) if len(given) > 2 else [f"{text}s" for text in one]
            return [f"1 {text}" for text in one] + [f"{NUMBER} {text}" for text in more]
        if name == "get" and isinstance(node.func, ast.Attribute):
            return self._all([*self._entries(node.func.value), *given[1:]], path)
        if name in ("strip", "lower", "lstrip", "rstrip", "removeprefix") and isinstance(node.func, ast.Attribute):
            return self.samples(node.func.value, path)
        if name == "join" and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Constant):
            between = str(node.func.value.value)
            return [HOLE if ";" in between else f"{HOLE}{between}{HOLE}"]
        if name in ("len", "sum", "int", "min", "max"):
            return [NUMBER]
        return self._all(self.sources.returned(name, node), path)


def called(node: ast.Call) -> str:
    """The name that a call has after its last point."""
    return _name(node.func)


def raised() -> Iterator[Raised]:
    """All texts that a person may read."""
    sources = Sources(SOURCE)
    follower, errors = Follower(sources), sources.errors()
    for name, calls in list(sources.calls.items()):
        for node in calls:
            for part, text in _parts(name, node, errors):
                place = f"{sources.file[node].relative_to(SOURCE)}:{node.lineno}"
                for one in follower.samples(text):
                    yield Raised(place, part, one.strip() if part == "note" else " ".join(one.split()))


def _parts(name: str, node: ast.Call, errors: set[str]) -> Iterator[tuple[str, ast.expr]]:
    """The texts among a call's arguments, where it makes an error, a finding or a note."""
    holder = _name(node.func.value) if isinstance(node.func, ast.Attribute) else ""
    if name in errors and len(node.args) >= 3:
        yield from zip(("where", "what", "remedy"), node.args, strict=False)
    elif name in errors or name in INNER:
        yield from (("what", one) for one in node.args[-1:] if not isinstance(one, ast.Starred))
    elif name == "Finding" or (name == "add" and holder == "notes"):
        yield from (("finding", one) for one in node.args[1:3])
    elif name in ("note", "refusal", "_Refusal") or (name in ("say", "said") and holder == "speech"):
        yield from (("note", one) for one in node.args[int("efusal" in name) :][:1])


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _arguments(function: Function) -> list[str]:
    spec = function.args
    return [one.arg for one in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)]


def _keyword_default(spec: ast.arguments, name: str) -> list[ast.expr | None]:
    return [d for one, d in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if one.arg == name]


def _of_target(target: ast.expr, value: ast.expr, name: str) -> list[ast.expr]:
    """What an assignment gives a name, also as one of several."""
    if isinstance(target, ast.Name):
        return [value] if target.id == name else []
    if not isinstance(target, ast.Tuple):
        return []
    several = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
    return [
        found
        for one in several
        if isinstance(one, ast.Tuple) and len(one.elts) == len(target.elts)
        for inner, given in zip(target.elts, one.elts, strict=True)
        for found in _of_target(inner, given, name)
    ]


def _joined(parts: Sequence[Sequence[str]]) -> list[str]:
    out = [""]
    for part in parts:
        out = [before + text for before in out for text in part][:MOST]
    return [
        text for text in out if not text.startswith(" ")
    ] or out  # an empty name at the beginning is one not yet set


if __name__ == "__main__":
    from tests.report.test_raised import unsaid

    print("\n".join(f"{one.place}\t{one.part}\t{one.text}" for one in unsaid()))

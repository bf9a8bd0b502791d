"""The mutation score of gate, metrics and runtime: what share of small faults put into a file its own tests notice.

    make mutants, or python -m tests.mutations [--mutants 200] [--seed 0] where cosmic-ray is installed

Mutants are cosmic-ray's, drawn at random from all that it can make of the files that have a test file of their own. Each is
put into a copy of src and that one test file is run, so the score is a lower bound: the laws, oracles and end-to-end tests
are left out. Survivors are listed, for some of them are tests that are missing.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
ROOMS = ("gate", "metrics", "runtime")
#: Seconds of a test run beyond which the mutant counts as noticed: it hangs.
TIMEOUT = 180
#: Annotations and docstrings are code to cosmic-ray, too; what changes nothing but them is not counted. Operators
#: on variables need to be told which.
UNCOUNTED = ("core/RemoveDecorator", "core/ReplaceBinaryOperator_BitOr", "core/Variable")


class Mutant(NamedTuple):
    """The nth place of a file at which an operator can be applied."""

    file: Path
    operator: str
    nth: int


def files() -> dict[Path, Path]:
    """Files with their own test file."""
    pairs = {}
    for room in ROOMS:
        for file in sorted((ROOT / "src" / "breakeven" / room).rglob("*.py")):
            inside = file.relative_to(ROOT / "src" / "breakeven")
            test = ROOT / "tests" / inside.parent / f"test_{inside.name}"
            if test.is_file():
                pairs[file] = test
    return pairs


def mutants(file: Path) -> list[Mutant]:
    """All mutants of a file."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    tree, out = get_ast(file.read_text()), list[Mutant]()
    for name in sorted(operator_names()):
        if name.startswith(UNCOUNTED):
            continue
        operator = get_operator(name)()
        count = sum(1 for node in ast_nodes(tree) for _ in operator.mutation_positions(node))
        out += [Mutant(file, name, nth) for nth in range(count)]
    return out


def noticed(mutant: Mutant, test: Path, copy: Path) -> bool | None:
    """Whether the tests fail with the mutant in place; None where it changes no statement or is no program."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    text = mutant.file.read_text()
    changed = mutate_code(text, get_operator(mutant.operator)(), mutant.nth)
    if changed is None or (bare := _bare(changed)) is None or bare == _bare(text):
        return None
    place = copy / mutant.file.relative_to(ROOT)
    place.write_text(changed)
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", str(test)]
    environment = {**os.environ, **threads, "PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=TIMEOUT)
        return done.returncode != 0
    except subprocess.TimeoutExpired:
        return True
    finally:
        place.write_text(text)


def _bare(text: str) -> str | None:
    """A program without docstrings and annotations, as text; None where it is no program."""
    import ast

    class Bare(ast.NodeTransformer):
        def visit_arg(self, node: ast.arg) -> ast.arg:
            node.annotation = None
            return node

        def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
            node.returns = None
            self.generic_visit(node)
            return node

        def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
            return ast.Pass() if isinstance(node.value, ast.Constant) else node

    try:
        return ast.dump(Bare().visit(ast.parse(text)))
    except SyntaxError:
        return None


def interval(share: float, count: int) -> tuple[float, float]:
    """Wilson's 90 % interval of a share of `count`.

    >>> [round(x, 2) for x in interval(0.8, 100)]
    [0.73, 0.86]
    """
    z = 1.645
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return centre - half, centre + half


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--mutants", type=int, default=200)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    pairs = files()
    drawn = [mutant for file in pairs for mutant in mutants(file)]
    total = len(drawn)
    random.Random(given.seed).shuffle(drawn)
    found: dict[str, list[bool]] = {room: [] for room in ROOMS}
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place)
        shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__"))
        for mutant in drawn:
            if sum(map(len, found.values())) == given.mutants:
                break
            result = noticed(mutant, pairs[mutant.file], copy)
            if result is None:
                continue
            inside = mutant.file.relative_to(ROOT / "src" / "breakeven")
            found[inside.parts[0]].append(result)
            if not result:
                print(f"survived: {inside} {mutant.operator.removeprefix('core/')} {mutant.nth}", flush=True)
    results = [one for room in found.values() for one in room]
    print(f"{len(pairs)} files, {total:,} mutants, {len(results)} drawn")
    for name, some in (*found.items(), ("all", results)):
        if some:
            low, high = interval(sum(some) / len(some), len(some))
            print(f"{name}: {sum(some)} of {len(some)} noticed, {sum(some) / len(some):.2f} ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()

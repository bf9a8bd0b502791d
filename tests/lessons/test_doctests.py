"""The examples in the docstrings of the lessons run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import lessons


def test_docstring_examples_of_the_lessons_run() -> None:
    ran = 0
    for module in pkgutil.iter_modules(lessons.__path__, "lessons."):
        result = doctest.testmod(importlib.import_module(module.name))
        assert result.failed == 0, module.name
        ran += result.attempted
    assert ran >= 4

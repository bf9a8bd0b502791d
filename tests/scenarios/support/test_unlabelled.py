"""Chat logs without topics say which groups of questions are worth a name first."""

from __future__ import annotations

from pathlib import Path

import pytest

from breakeven import pipeline
from breakeven.core.errors import InputError
from breakeven.scenarios import registry
from breakeven.scenarios.support.unlabelled import COMPARED, largest_groups

LOG = """Customer: where is my card
Agent: On its way.
Customer: where is my new card
Customer: where is my card please
Agent: Tomorrow.
Customer: 怎么修改密码
Customer: 怎么修改登录密码
Customer: something else entirely
"""


def test_a_log_without_topics_names_its_largest_groups(tmp_path: Path) -> None:
    (tmp_path / "chats.txt").write_text(LOG, encoding="utf-8")
    (tmp_path / "product.yaml").write_text("name: a\nscenario: support\ndata: chats.txt\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        pipeline.check(registry.load_brief(tmp_path))
    assert "none of 6 questions has a topic" in error.value.what
    assert "'where is my card' and 2 like it" in error.value.what and "修改" in error.value.what
    assert "something else" not in error.value.what and "columns" in str(error.value)


def test_many_questions_are_sampled_and_none_is_fine() -> None:
    assert largest_groups([]) == [] == largest_groups(["alone"])
    found = largest_groups([f"where is parcel {i}" for i in range(3 * COMPARED // 2)])
    assert sum(size for _, size in found) <= COMPARED

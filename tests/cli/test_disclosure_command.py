"""What a policy costs, by the command."""

from __future__ import annotations

import json

import pytest

from perinatal.cli import run


def test_policies_are_compared_on_an_invented_country(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["disclosure", "compare", "--national", "4", "--policies", "rivm10,ggd5", "--json"]
    assert run(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert [cost["policy"] for cost in found] == ["rivm10", "ggd5"]
    for cost in found:
        assert cost["shown"] + cost["too_small"] + cost["complementary"] == cost["figures"]
        assert 0 < cost["municipal_shown"] <= cost["municipal"]
        assert 0.5 < cost["births_shown"] <= 1


def test_an_unknown_policy_is_named_with_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["disclosure", "compare", "--national", "2", "--policies", "rivm11"]) == 2
    assert "no policy 'rivm11'. Known: ggd5, pcornet11, rivm10" in capsys.readouterr().err

"""Steps are played once, in order, each at its own moment, without anyone waiting."""

from __future__ import annotations

from watcher.simulator.player import Player
from watcher.simulator.scenario import JobStep, Scenario, Step, parse_scenario

TEXT = """
project = "p"
[[jobs]]
name = "a"
[[steps]]
at = "9s"
job = "a"
actual_state = "RUNNING"
[[steps]]
at = "2s"
every = "2s"
times = 2
job = "a"
actual_state = "PAUSED"
"""


def moments(player: Player, now: float) -> list[float]:
    return [at for at, _ in player.due(now)]


def state_of(step: Step) -> object:
    return step.change.fields["actual_state"] if isinstance(step, JobStep) else None


def test_nothing_is_due_before_it_began() -> None:
    """A player that was not begun has no moments."""
    player = Player(parse_scenario(TEXT))
    assert player.began_at is None
    assert [] == moments(player, 1e9)


def test_each_step_is_due_once_at_its_moment() -> None:
    """However late someone asks, a step bears the moment that it was planned for."""
    player = Player(parse_scenario(TEXT))
    player.begin(100.0)
    assert [] == moments(player, 101.9)
    assert [102.0, 104.0] == moments(player, 105.0)
    assert [] == moments(player, 105.0)
    assert [(109.0, "RUNNING")] == [(at, state_of(step)) for at, step in player.due(1000.0)]
    assert [] == moments(player, 1e9)


def test_a_scenario_repeats() -> None:
    """Each round begins repeat_every after the one before, also over a long pause."""
    player = Player(parse_scenario(f'repeat_every = "10s"{TEXT}'))
    player.begin(100.0)
    assert [102.0, 104.0, 109.0, 112.0, 114.0, 119.0, 122.0] == moments(player, 122.0)


def test_to_begin_again_is_to_play_again() -> None:
    """Begin makes its moment the new 0s."""
    player = Player(parse_scenario(TEXT))
    player.begin(100.0)
    assert [102.0] == moments(player, 102.0)
    player.begin(200.0)
    assert [202.0] == moments(player, 202.0)


def test_a_scenario_without_steps_is_quiet() -> None:
    """Nothing is ever due."""
    player = Player(Scenario())
    player.begin(0.0)
    assert [] == moments(player, 1e9)

"""How a return on its way is named, what news of it means, what follows for the return, and settings that are wrong."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from services.reporting.app import ReportingSettings
from services.reporting.rules import life
from services.reporting.rules.submissions import (
    FROM,
    KEPT,
    dropped_name,
    fate,
    local_id,
    mailboxes,
    next_look,
    next_question,
    next_try,
    steps,
    whole,
)
from shared.runtime.settings import SettingsError

NOON = datetime(2026, 7, 20, 11, tzinfo=UTC)
STATES = ("queued", "intended", "sent", "acknowledged", "undeliverable", "unknown")


def test_a_local_id_is_of_one_version_for_one_recipient_and_fits_a_path() -> None:
    named = {local_id(*told) for told in (("cmh:QXX:2025-26-Q2", 1, "A"), ("cmh:QXX:2025-26-Q2", 2, "A"), ("cmh:QXX:2025-26-Q2", 1, "B"))}
    assert len(named) == 3
    assert local_id("cmh:QXX:2025-26-Q2", 1, "A") in named
    assert all(len(one) <= 60 and one.replace("-", "").isalnum() for one in named)


def test_the_name_of_a_file_says_which_return_version_recipient_and_content_it_is() -> None:
    name = dropped_name("cmh:QXX:2025-26-Q2", 3, "the region/../x", "0123456789abcdef" * 4, "return of Q2.xlsx")
    assert name == "cmh-QXX-2025-26-Q2_v3_the-region-..-x_0123456789abcdef.xlsx"
    assert dropped_name("r", 1, "a", "f" * 64, "no suffix") == f"r_v1_a_{'f' * 16}"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("accepted", "sent"),
        ("acknowledged", "acknowledged"),
        ("undeliverable", "undeliverable"),
        ("error", "undeliverable"),
        ("new", "sent"),
    ],
)
def test_what_mesh_says_means_something(status: str, state: str) -> None:
    assert fate(status) == state


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((), None),
        (("queued",), None),
        (("sent", "intended"), None),
        (("sent",), "submitted"),
        (("sent", "acknowledged"), "submitted"),
        (("acknowledged", "acknowledged"), "acknowledged"),
        (("acknowledged", "undeliverable"), "undeliverable"),
        (("queued", "unknown"), "unknown"),
        (("undeliverable", "unknown"), "undeliverable"),
    ],
)
def test_a_return_is_as_far_as_the_worst_of_its_submissions(states: tuple[str, ...], expected: str | None) -> None:
    assert whole(states) == expected


def test_every_way_of_two_submissions_is_a_life_that_a_return_may_have() -> None:
    """All news in all orders: each step that follows is one that the machine of returns takes."""
    seen: set[tuple[tuple[str, ...], str]] = set()

    def go(states: tuple[str, ...], life_state: str) -> None:
        if (states, life_state) in seen:
            return
        seen.add((states, life_state))
        for at, news in itertools.product(range(2), [*FROM, "intended", "queued"]):
            allowed = {"intended": {"queued"}, "queued": {"intended", "unknown"}}.get(news) or FROM[news]
            if states[at] in allowed:
                after = (*states[:at], news, *states[at + 1 :])
                then = life_state
                for change in steps(life_state, after):
                    then = life.after(then, change)
                go(after, then)

    go(("queued", "queued"), "signed")
    assert {states for states, _ in seen} >= {("acknowledged", "acknowledged"), ("unknown", "undeliverable")}
    assert all(whole(states) in {None, then} for states, then in seen), "and it is as far as they are"


def test_times_grow_and_end() -> None:
    assert [next_try(tries, NOON) - NOON for tries in (0, 1, 9)] == [timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1)]
    assert [next_question(looks, NOON) - NOON for looks in (0, 3, 50)] == [timedelta(minutes=m) for m in (1, 8, 60)]
    assert next_look(NOON, 0, NOON) == NOON + timedelta(minutes=10)
    assert next_look(NOON, 9, NOON + KEPT - timedelta(hours=1)) is None


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (
            {"mesh_url": None},
            "setting MESH_MAILBOX: it needs MESH_URL, MESH_PASSWORD, MESH_SHARED_KEY and MESH_WORKFLOW; set them all, or none",
        ),
        ({"mesh_key": "key.pem"}, "setting MESH_CERTIFICATE: it goes with MESH_KEY; set both, or none"),
        (
            {"mesh_recipients": "X26ABC2, b@d"},
            "setting MESH_RECIPIENTS: 'B@D' is no mailbox: letters, digits and _ alone, several by commas",
        ),
    ],
)
def test_settings_that_are_wrong_are_named_in_one_line(given: dict[str, Any], line: str) -> None:
    told: dict[str, Any] = {"mesh_url": "http://127.0.0.1:1", "mesh_mailbox": "x26abc1", "mesh_workflow": "W"}
    told |= {"mesh_password": SecretStr("p"), "mesh_shared_key": SecretStr("k"), "mesh_recipients": "x26abc2,X26ABC3,"}
    settings = ReportingSettings(kafka_bootstrap_servers="k", database_url=SecretStr("d"), **(told | given))
    with pytest.raises(SettingsError) as error:
        settings.mesh()
    assert str(error.value) == line


def test_an_allow_list_is_read_in_capitals() -> None:
    assert mailboxes(" x26abc2,X26ABC3,") == ("X26ABC2", "X26ABC3")

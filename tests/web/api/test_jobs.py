"""Jobs, as a program gets them."""

from __future__ import annotations

from pathlib import Path

from tests.web.api.asking import asking


async def test_jobs_are_searched_filtered_and_paged(tmp_path: Path) -> None:
    """Those in trouble first."""
    async with asking(tmp_path) as api:
        whole = await api.get("/jobs")
        assert (3, 1) == (whole["total"], whole["pages"])
        assert "orders_1" == whole["jobs"][-1]["job"]
        assert 2 == (await api.get("/jobs?text=orders"))["total"]
        assert 2 == (await api.get("/jobs?in_trouble=true"))["total"]
        assert 1 == (await api.get("/jobs?actual_state=FAILED"))["total"]
        second = await api.get("/jobs?limit=2&page=2")
        assert (["orders_1"], 2) == ([one["job"] for one in second["jobs"]], second["pages"])


async def test_a_job_is_told_with_all_that_is_known(tmp_path: Path) -> None:
    """How it stands, its labels, errors, events, what was decided and what was told to whom."""
    async with asking(tmp_path) as api:
        found = await api.get("/jobs/prod/FLINK_STREAM/payments")
        assert ("FAILED", {"team": "orders"}) == (found["run"]["actual_state"], found["labels"])
        assert {"audit", "ops"} == {one["channel"] for one in found["told"]}
        mismatch = next(one for one in found["events"] if one["messages"])
        assert ["told", "told"] == [one["why"] for one in mismatch["decisions"]]
        dead = next(one for one in mismatch["messages"] if one["delivery"]["state"] == "dead")
        assert "payments has failed" in dead["summary"]
        assert ["rejected"] == [one["fate"] for one in dead["attempts"]]


async def test_the_errors_of_a_job_are_counted(tmp_path: Path) -> None:
    """By fingerprint, the latest first."""
    async with asking(tmp_path) as api:
        (error,) = (await api.get("/jobs/prod/FLINK_STREAM/orders_1"))["errors"]
        assert (1, 1) == (error["times"], error["jobs"])
        assert error["fingerprint"].startswith("ConnectException-")


async def test_an_unknown_job_is_told_with_names_like_it(tmp_path: Path) -> None:
    """As a slip is likely."""
    async with asking(tmp_path) as api:
        problem = await api.get("/jobs/prod/FLINK_STREAM/orders_3", 404)
        assert "orders_" in problem["detail"]

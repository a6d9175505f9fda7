"""`web.metrics`: what Prometheus reads, and who may."""

from __future__ import annotations

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.harness import NEW_SESSION, TOKEN, RunningApp, api, running_app
from tests.web.wire import peer, refusal, room_token

SCRAPER = "a-token-for-prometheus"


async def samples(app: RunningApp, **headers: str) -> dict[str, float]:
    async with api(app.url, None) as client:
        answer = await client.get("/metrics", headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        return {
            sample.name + "".join(sample.labels.values()): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }


async def test_what_rooms_do_can_be_read(tmp_path: Path) -> None:
    async with running_app(tmp_path / "data") as app, api(app.url) as script:
        session = (await script.post("/api/sessions", json=NEW_SESSION)).json()
        address = f"{app.ws_url}/{session['room']}"
        good = f"{address}?token={await room_token(script, session['id'])}"
        before = await samples(app)
        async with peer(good) as one, peer(good):
            await one.write("Hello")
            await one.ask_saved(1)
            await one.until(lambda: one.saved == [1])
            assert (await refusal(f"{address}?token={'x' * 43}"))[0] == 4401
            found = await samples(app)
        assert found["accord_rooms"] == 1
        assert found["accord_connections"] == 2
        new = {name: value - before.get(name, 0) for name, value in found.items()}
        assert new["accord_edits_total"] == 1
        assert new["accord_deliveries_total"] == 2
        assert new["accord_relay_seconds_count"] == 1
        assert new["accord_relay_seconds_bucket+Inf"] == 1
        assert found["accord_commit_seconds_count"] >= 1
        assert found["accord_failed_commits_total"] == 0
        assert found["accord_refusals_total4401"] == 1
        assert found["accord_outbox_max_bytes"] == 0
        assert found["accord_document_bytes_sum"] > 5
        assert found["process_resident_memory_bytes"] > 1e7


async def test_from_elsewhere_only_with_the_token(tmp_path: Path) -> None:
    elsewhere = {"x-forwarded-for": "203.0.113.9"}
    async with running_app(tmp_path / "data", metrics_token=SCRAPER) as app:
        async with api(app.url, None) as client:
            for token in ("", f"Bearer {TOKEN}", "Bearer x", SCRAPER[:-1]):
                headers = {**elsewhere, "authorization": token}
                assert (await client.get("/metrics", headers=headers)).status_code == 404
        assert await samples(app, **elsewhere, authorization=f"Bearer {SCRAPER}")
        assert await samples(app)


async def test_without_a_token_nobody_reads_it_from_elsewhere(tmp_path: Path) -> None:
    async with running_app(tmp_path / "data") as app, api(app.url, None) as client:
        headers = {"x-forwarded-for": "203.0.113.9", "authorization": "Bearer x"}
        assert (await client.get("/metrics", headers=headers)).status_code == 404


async def test_it_names_nobody(tmp_path: Path) -> None:
    async with running_app(tmp_path / "data") as app, api(app.url) as script:
        session = (await script.post("/api/sessions", json=NEW_SESSION)).json()
        token = await room_token(script, session["id"], subject="Ada Lovelace")
        async with peer(f"{app.ws_url}/{session['room']}?token={token}"):
            text = (await script.get("/metrics")).text
        for secret in (session["id"], session["room"].split(".")[0], token, "Lovelace", "Harbour"):
            assert secret not in text

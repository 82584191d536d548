from __future__ import annotations

from server.app import create_app
from server.db import enqueue, transaction, utc_now
from server.settings import Settings
from tests.factories import make_player, make_screen
from tests.rig.servers.ports import free_port


def test_alive_is_no_question_of_the_database(client):
    assert client.get("/healthz").get_json() == {"alive": True}


def test_ready_is_a_database_with_tables_and_a_media_folder(client):
    assert client.get("/readyz").get_json() == {"ready": True, "troubles": [], "degraded": []}


def test_a_server_without_its_media_folder_is_not_ready_and_says_what_to_do(client, settings):
    (settings.media_dir / "drafts").rmdir()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "LIFTCAST_DATA_DIR" in answer.get_json()["troubles"][0]


def test_a_server_without_redis_goes_on_and_reports_it(tmp_path, settings, engine):
    app = create_app(settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{free_port()}/0"}))
    app.extensions["liftcast"].redis.check()
    answer = app.test_client().get("/readyz")
    metrics = app.test_client().get("/metrics").get_data(as_text=True)
    app.extensions["liftcast"].engine.dispose()
    assert (answer.status_code, answer.get_json()["ready"]) == (200, True)
    assert "LIFTCAST_REDIS_URL" in answer.get_json()["degraded"][0]
    assert "liftcast_redis_up 0.0" in metrics


def test_metrics_count_screens_jobs_and_requests(client, engine):
    with transaction(engine) as db:
        make_player(db, screen=make_screen(db), seen_at=utc_now())
        make_screen(db)
        enqueue(db, "plan", "venue", now=utc_now())
    client.get("/healthz")
    metrics = client.get("/metrics").get_data(as_text=True)
    for line in (
        "liftcast_screens 2.0",
        "liftcast_screens_enrolled 1.0",
        "liftcast_screens_online 1.0",
        'liftcast_jobs{kind="plan",state="waiting"} 1.0',
        'liftcast_requests_total{endpoint="health.alive",status="200"}',
    ):
        assert line in metrics


def test_metrics_never_hold_a_path(client):
    client.get("/w/a-secret-token")
    assert "secret" not in client.get("/metrics").get_data(as_text=True)


def test_a_database_without_tables_is_not_ready(tmp_path):
    app = create_app(Settings(data_dir=tmp_path, secret_key="k" * 64))
    answer = app.test_client().get("/readyz")
    app.extensions["liftcast"].engine.dispose()
    assert answer.status_code == 503
    assert "LIFTCAST_DATABASE_URL" in answer.get_json()["troubles"][0]

from tests.bench.chaos.tries import Record, Try, Window, excused_answers, succeeded_since, usual_limits, wrong_answers


def last_trouble(tries: list[Try], *, since: float) -> float:
    return Record(lambda: 0.0, sorted(tries, key=lambda request: request.ended)).last_trouble(since=since)


WEB_KILLED = Window("web_killed", began=10, ended=11, recovered=14)
DISK_FULL = Window("disk_full", began=20, ended=30, recovered=31, refusable=frozenset({"claim"}))


def test_a_busy_answer_is_excused_only_where_the_fault_makes_the_request_impossible() -> None:
    tries = [
        Try("claim", 21, 22, 503, retry_after=True),
        Try("claim", 21, 22, 503, retry_after=False),
        Try("stage", 21, 22, 503, retry_after=True),
        Try("claim", 21, 22, 500, retry_after=True),
    ]
    assert excused_answers(tries, [WEB_KILLED, DISK_FULL]) == {"disk_full": 1}
    assert wrong_answers(tries, [WEB_KILLED, DISK_FULL]) == {
        ("disk_full", "claim 503"): 1,
        ("disk_full", "claim 500"): 1,
        ("disk_full", "stage 503"): 1,
    }


def test_a_wrong_answer_belongs_to_the_fault_that_it_overlaps() -> None:
    tries = [Try("stage", 9, 10.5, 502), Try("stage", 15, 16, 500), Try("stage", 13, 13, 200)]
    assert wrong_answers(tries, [WEB_KILLED]) == {("web_killed", "stage 502"): 1, ("", "stage 500"): 1}


def test_an_unanswered_request_is_no_wrong_answer() -> None:
    assert not wrong_answers([Try("claim", 10, 11, 0)], [WEB_KILLED])


def test_recovery_lasts_until_the_last_failed_or_slow_request() -> None:
    tries = [Try("claim", 10, 12, 0), Try("stage", 10.5, 17, 200), Try("stage", 13, 13.1, 200)]
    assert last_trouble(tries, since=11) == 17


def test_without_trouble_recovery_takes_no_time() -> None:
    assert last_trouble([Try("stage", 9, 10.9, 502), Try("stage", 12, 12.1, 200)], since=11) == 11


def test_a_job_may_take_longer_than_a_request() -> None:
    assert last_trouble([Try("published", 5, 15, 200)], since=11) == 11
    assert last_trouble([Try("claim", 5, 15, 200)], since=11) == 15


def test_only_requests_sent_after_the_fault_show_that_their_kind_works_again() -> None:
    tries = [Try("claim", 10, 12, 201), Try("stage", 12, 12.1, 200), Try("upload", 12, 12.1, 503)]
    assert succeeded_since(tries, 11) == {"stage"}


def test_a_request_that_the_fault_left_open_is_awaited() -> None:
    now = [10.0]
    record = Record(lambda: now[0])
    number = record.begin("published")
    assert record.awaited(since=11) == {"published"}
    now[0] = 70
    record.end(number, 200)
    assert record.awaited(since=11) == set()
    assert record.last_trouble(since=11) == 70


def test_a_later_request_is_awaited_once_it_takes_too_long() -> None:
    now = [12.0]
    record = Record(lambda: now[0])
    record.begin("claim")
    assert record.awaited(since=11) == set()
    now[0] = 18
    assert record.awaited(since=11) == {"claim"}


def test_the_usual_slowness_of_a_busy_machine_is_measured_before_anything_is_broken() -> None:
    usual = [Try("claim", 0, 4, 201), Try("stage", 0, 0.1, 200), Try("published", 0, 2, 200)]
    assert usual_limits(usual) == {"claim": 12, "stage": 5, "published": 15}
    record = Record(lambda: 0.0, [Try("claim", 10, 21, 201)], limits=usual_limits(usual))
    assert record.last_trouble(since=11) == 11

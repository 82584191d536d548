from __future__ import annotations

from flask import Flask, Response

from media.phone.headers import content_policy, keep_private, no_store, phone_page_policy


def sources(policy: str, directive: str) -> list[str]:
    [found] = [part.split()[1:] for part in policy.split("; ") if part.split()[0] == directive]
    return found


def test_a_policy_allows_this_origin_and_what_is_named() -> None:
    assert content_policy(img_src="data:") == (
        "default-src 'self'; img-src 'self' data:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    )


def test_the_phones_page_may_load_media_from_both_origins_and_connect_to_its_own_sockets() -> None:
    with Flask("box").test_request_context(base_url="http://10.42.0.1:8080/"):
        policy = phone_page_policy(media_base="http://media.example/files", public_base="https://screens.example/x")
    both = ["http://media.example", "https://screens.example"]
    assert sources(policy, "img-src") == ["'self'", "data:", "blob:", *both]
    assert sources(policy, "connect-src") == ["'self'", "ws://10.42.0.1:8080", "wss://10.42.0.1:8080", *both]


def test_an_origin_is_named_once_and_a_base_without_a_host_not_at_all() -> None:
    with Flask("box").test_request_context():
        same = phone_page_policy(media_base="http://a.example/m", public_base="http://a.example")
        none = phone_page_policy(media_base="/media", public_base="")
    assert sources(same, "media-src") == ["'self'", "blob:", "http://a.example"]
    assert sources(none, "media-src") == ["'self'", "blob:"]


def test_a_private_page_is_neither_stored_nor_named_to_other_sites() -> None:
    with Flask("box").test_request_context():
        headers = keep_private(Response()).headers
    assert (headers["Referrer-Policy"], headers["Cache-Control"]) == ("same-origin", "no-store")
    assert sources(headers["Content-Security-Policy"], "object-src") == ["'none'"]


def test_what_a_page_decides_itself_stays_unless_it_must_not_be_stored() -> None:
    cached = Response(headers={"Cache-Control": "max-age=60"})
    with Flask("box").test_request_context():
        assert keep_private(cached).headers["Cache-Control"] == "max-age=60"
    assert no_store(cached).headers["Cache-Control"] == "no-store"

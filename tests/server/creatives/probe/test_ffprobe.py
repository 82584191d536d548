"""ffprobe's answers: the reach of packets, its numbers, and files on which it would hang or look elsewhere."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from media.refused import Refused
from server.creatives.probe import ffprobe
from server.creatives.probe.ffprobe import Packets, Reach, is_cut, ratio, read_packets, read_streams, seconds
from tests.rig.files.samples import sample


@pytest.mark.parametrize(
    ("text", "separator", "fraction"),
    [
        ("30000/1001", "/", Fraction(30000, 1001)),
        ("25", "/", Fraction(25)),
        ("16:9", ":", Fraction(16, 9)),
        ("0/0", "/", Fraction(0)),
        ("1/0", "/", Fraction(0)),
        ("", "/", Fraction(0)),
        (None, "/", Fraction(0)),
    ],
)
def test_a_ratio_that_says_nothing_is_nought(text: str | None, separator: str, fraction: Fraction) -> None:
    assert ratio(text, separator=separator) == fraction


@pytest.mark.parametrize(("text", "number"), [("1.5", 1.5), ("-0.02", -0.02), ("N/A", None), ("", None), (None, None)])
def test_a_time_may_be_unknown(text: str | None, number: float | None) -> None:
    assert seconds(text) == number


@pytest.mark.parametrize(
    ("line", "cut"),
    [("[mov] moov atom not found", True), ("Truncated packet", True), ("Partial file", True), ("all is well", False)],
)
def test_a_cut_file_is_known_by_what_ffprobe_complains_of(line: str, cut: bool) -> None:
    assert is_cut(["something else", line]) is cut
    assert not is_cut([])


def test_the_last_packet_lasts_as_long_as_the_others_where_it_does_not_say() -> None:
    assert Reach(0.0, 9.0, packets=10, last_has_length=False).real_end_s == 10.0
    assert Reach(0.0, 9.0, packets=10).real_end_s == 9.0
    assert Reach(3.0, 3.0, packets=1, last_has_length=False).real_end_s == 3.0


def test_a_span_is_of_the_streams_that_are_shown_alone() -> None:
    packets = Packets({0: Reach(1.0, 5.0), 1: Reach(0.5, 4.0), 2: Reach(0.0, 60.0)})
    assert packets.span_s({0, 1}) == (0.5, 5.0)
    assert packets.span_s({7}) == packets.span_s(set()) == (0.0, 0.0)


def note(*lines: str) -> Packets:
    packets = Packets()
    for line in lines:
        ffprobe._note_packet(packets, line)
    return packets


def test_packets_count_by_when_they_are_shown_and_those_to_be_dropped_do_not() -> None:
    packets = note(
        "stream_index=0|pts_time=1.0|dts_time=0.5|duration_time=0.5|flags=K__",
        "stream_index=0|pts_time=0.2|dts_time=0.1|duration_time=0.1|flags=___",
        "stream_index=0|pts_time=99|dts_time=99|duration_time=1|flags=_D_",
        "stream_index=1|pts_time=N/A|dts_time=2.0|duration_time=N/A|flags=K__",
        "stream_index=2|pts_time=N/A|dts_time=N/A|duration_time=1|flags=K__",
    )
    assert packets.reach == {0: Reach(0.2, 1.5, 2), 1: Reach(2.0, 2.0, 1, last_has_length=False)}


def test_complaints_among_the_packets_are_kept_but_not_without_end() -> None:
    assert note(*["[h264] error while decoding 名"] * 100).complaints == ["[h264] error while decoding 名"] * 20


def test_a_playlist_opens_no_other_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(sample("film.mp4").read_bytes())
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n")
    assert "streams" not in read_streams(playlist) or read_streams(playlist)["streams"] == []
    assert read_packets(playlist).reach == {}


def test_a_reader_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffprobe, "TIME_LIMIT_S", 0.0)
    with pytest.raises(Refused) as refused:
        read_streams(sample("film.mp4"))
    assert refused.value.code == "too_slow_to_read"

from tests.bench.chaos.ledger import Answers, Stored, compare

NOTHING = {"plays": 0, "claims": 0, "redemptions": 0}


def test_acknowledged_records_that_are_stored_are_neither_lost_nor_doubled() -> None:
    answers = Answers(plays={"p"}, claims={"key": "c"}, redemptions={"c": "r"})
    stored = Stored(
        plays=frozenset({"p"}), plays_counted=1, plays_summed=1, claims=(("key", "c"),), stock_taken=1,
        redemptions=(("c", "r"),), redeemed=frozenset({"c"}),
    )  # fmt: skip
    difference = compare(answers, stored)
    assert (difference.lost, difference.doubled) == (NOTHING, NOTHING)


def test_acknowledged_records_that_are_not_stored_are_lost() -> None:
    answers = Answers(plays={"p"}, plays_waiting={"q"}, claims={"key": "c"}, redemptions={"c": "r"})
    assert compare(answers, Stored()).lost == {"plays": 2, "claims": 1, "redemptions": 1}


def test_a_piece_that_no_phone_knows_is_lost() -> None:
    answers = Answers(refused_claims={"key"}, refused_redemptions={"c"})
    stored = Stored(claims=(("key", "c"),), stock_taken=2, redemptions=(("c", "r"),), redeemed=frozenset({"c"}))
    assert compare(answers, stored).lost == NOTHING | {"claims": 2, "redemptions": 1}


def test_a_redemption_that_left_its_claim_open_is_lost() -> None:
    answers = Answers(redemptions={"c": "r"})
    assert compare(answers, Stored(redemptions=(("c", "r"),))).lost == NOTHING | {"redemptions": 1}


def test_a_second_row_is_doubled() -> None:
    answers = Answers(claims={"key": "c"}, redemptions={"c": "r"})
    stored = Stored(
        plays_counted=1, plays_summed=3, claims=(("key", "c"), ("key", "d")), stock_taken=2,
        redemptions=(("c", "r"), ("c", "s")), redeemed=frozenset({"c"}),
    )  # fmt: skip
    assert compare(answers, stored).doubled == {"plays": 2, "claims": 1, "redemptions": 1}


def test_a_claim_that_took_no_piece_is_doubled() -> None:
    answers = Answers(claims={"key": "c", "other": "d"})
    assert compare(answers, Stored(claims=(("key", "c"), ("other", "d")), stock_taken=1)).doubled["claims"] == 1

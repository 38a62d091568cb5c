import re

import pytest
from results import make_epoch

from fcn_captcha.selection.rungs import Rung, Standing, parse_rungs, rank


def test_epochs_count_from_the_rung_before() -> None:
    assert parse_rungs(["20:10", "10:100", "1:1500"]) == (Rung(20, 10), Rung(10, 110), Rung(1, 1610))


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "starts: at least one STARTS:EPOCHS is needed, as in 20:10, got none"),
        (["20"], "starts: STARTS:EPOCHS, both 1 or more, is needed, as in 20:10, got '20'"),
        (["20:x"], "starts: STARTS:EPOCHS, both 1 or more, is needed, as in 20:10, got '20:x'"),
        (["0:5"], "starts: STARTS:EPOCHS, both 1 or more, is needed, as in 20:10, got '0:5'"),
        (["5:0"], "starts: STARTS:EPOCHS, both 1 or more, is needed, as in 20:10, got '5:0'"),
        (["5:-1"], "starts: STARTS:EPOCHS, both 1 or more, is needed, as in 20:10, got '5:-1'"),
        (["2:5", "3:5"], "starts: a rung can't have more starts than the one before it (2), got '3:5'"),
    ],
)
def test_what_is_no_rung_is_named(texts: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message) + "$"):
        parse_rungs(texts)


def test_the_best_so_far_counts_and_epochs_that_were_not_read_do_not() -> None:
    history = (make_epoch(1, 0.5), make_epoch(2, 0.8), make_epoch(3, 0.6), make_epoch(4, None))
    standing = Standing(0, history)
    assert (standing.exact, standing.characters, standing.loss) == (0.4, 0.8, 1 / 4)
    nothing = Standing(1)
    assert (nothing.exact, nothing.characters, nothing.loss) == (0.0, 0.0, float("inf"))


def test_rank_is_by_epochs_then_exact_match_then_loss_then_number_with_failed_ones_last() -> None:
    low, high, late = (make_epoch(1, 0.2),), (make_epoch(1, 0.8),), (make_epoch(1, 0.2), make_epoch(2, 0.2))
    standings = [
        Standing(0, low),
        Standing(1, high, failure="diverged"),
        Standing(2, high),
        Standing(3, late),
        Standing(4, low),
        Standing(5),
    ]
    assert [s.number for s in rank(standings)] == [3, 2, 0, 4, 5, 1]

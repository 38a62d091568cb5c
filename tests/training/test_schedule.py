from math import cos, pi

import pytest

from fcn_captcha.training.schedule import Schedule, describe_speed

BY_IMAGES = Schedule(0.01, images=1000)
BY_SECONDS = Schedule(0.01, seconds=100.0)


@pytest.mark.parametrize(("seen", "share"), [(0, 0), (250, 0.25), (999, 0.999), (1000, 1), (1016, 1)])
def test_a_budget_of_images_is_spent_by_images_whatever_the_time(seen: int, share: float) -> None:
    assert BY_IMAGES.find_share(seen, 5, 10**6, 10**6) == share


@pytest.mark.parametrize(("now_s", "share"), [(20, 0), (60, 0.5), (100, 1), (1000, 1)])
def test_a_budget_of_seconds_is_spent_from_the_first_step_on(now_s: float, share: float) -> None:
    assert BY_SECONDS.find_share(0, 20, now_s) == pytest.approx(share)
    assert BY_SECONDS.find_share(10**9, 20, now_s) == pytest.approx(share)


def test_what_comes_after_the_last_step_is_reserved_but_most_is_left_for_training() -> None:
    assert BY_SECONDS.find_share(0, 0, 45, reserved_s=10) == 0.5
    assert BY_SECONDS.find_share(0, 0, 90, reserved_s=10) == 1
    assert BY_SECONDS.find_share(0, 0, 40, reserved_s=50) == 0.5, "four fifths are, at least"
    assert BY_SECONDS.find_share(0, 0, 79, reserved_s=1000) < 1


def test_a_start_so_late_that_nothing_is_left_ends_at_once() -> None:
    assert BY_SECONDS.find_share(0, 200, 200.1) == 1
    assert BY_SECONDS.find_share(0, 200, 200) == 0, "but one step is taken"


def test_the_rate_rises_for_a_hundred_steps_and_then_falls_as_half_a_cosine() -> None:
    assert BY_IMAGES.find_rate(0, 0) == pytest.approx(0.01 / 100)
    assert BY_IMAGES.find_rate(49, 0) == pytest.approx(0.01 / 2)
    assert BY_IMAGES.find_rate(99, 0) == 0.01
    for share in (0.1, 0.3, 0.5, 0.9):
        assert BY_IMAGES.find_rate(10**6, share) == pytest.approx(0.01 * (1 + cos(pi * share)) / 2)
    assert BY_IMAGES.find_rate(10**6, 0.5) == pytest.approx(0.005)
    assert BY_IMAGES.find_rate(10**6, 1) == 0


def test_in_a_short_training_a_tenth_of_it_is_the_warm_up() -> None:
    assert BY_IMAGES.find_rate(4, 0.05) == pytest.approx(0.01 * 0.5 * (1 + cos(pi * 0.05)) / 2)
    assert BY_IMAGES.find_rate(9, 0.1) == pytest.approx(0.01 * (1 + cos(pi * 0.1)) / 2)
    rates = [BY_IMAGES.find_rate(step, step / 20) for step in range(21)]
    assert rates.index(max(rates)) == 2


def test_how_many_images_a_budget_will_show() -> None:
    assert BY_IMAGES.expect_images(3, 500, 9) == 1000
    assert BY_SECONDS.expect_images(8, 100, 25) == 100 + 8 * 75
    assert BY_SECONDS.expect_images(8, 100, 120) == 100, "the time is over"


def test_a_machine_s_speed_in_words_and_what_would_do_where_it_is_too_slow() -> None:
    line = "this machine trains at 50 images/s: 10,000 images in 3 min 20 s"
    assert describe_speed(50, 10_000, 8_000) == line
    assert describe_speed(50, 10_000, 10_000) == line
    assert describe_speed(50, 10_000, 25_000) == (
        f"{line}, fewer than the 25,000 of a usual result; --images 25000 would take 8 min 20 s"
    )

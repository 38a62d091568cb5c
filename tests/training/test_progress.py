import pytest
from results import make_epoch

from fcn_captcha.training.progress import Progress, describe_progress, is_stuck


@pytest.mark.parametrize(
    ("images", "before", "share", "characters", "stuck"),
    [
        (6000, 0, 0.25, 0.04, True),
        (5999, 0, 0.25, 0.04, False),  # too early by images
        (6000, 0, 0.24, 0.04, False),  # too early by the budget
        (9000, 3001, 0.5, 0.04, False),  # most was an attempt's before
        (6000, 0, 1.0, 0.04, False),  # too late
        (6000, 0, 0.5, 0.06, False),  # something is read
        (6000, 0, 0.5, None, False),  # not measured
    ],
)
def test_stuck_is_what_reads_nothing_for_long(
    images: int, before: int, share: float, characters: float | None, stuck: bool
) -> None:
    done = Progress(images=images, images_before=before)
    assert is_stuck(done, [make_epoch(20, characters)], share) is stuck


def test_what_an_attempt_before_read_does_not_count() -> None:
    done = Progress(images=20_000, images_before=4_000)
    assert is_stuck(done, [make_epoch(3, 0.5), make_epoch(20, 0.0)], 0.5)


def test_the_line_that_moves() -> None:
    done = Progress(images=1300, images_before=300, first_step_s=5.0, losses=[3.0, 1.0])
    line = describe_progress(done, [make_epoch(1, 0.5)], 0.5, 15.0, 99)
    assert line == "epoch 2  loss 2.00  exact match 25.0 % of 99  100 images/s  10 s left"

from annotation.progress import Pace, Progress


def test_the_pace_is_the_median_of_the_gaps_and_a_break_is_no_gap() -> None:
    pace = Pace()
    assert pace.measure(0, 10) == Progress(0, 10, None, None)
    pace.note(100.0)
    assert pace.measure(1, 9).pace_s is None
    for at_s in (102.0, 104.0, 109.0, 1000.0, 1002.0):  # gaps of 2, 2, 5, a break, 2
        pace.note(at_s)
    assert pace.measure(6, 4) == Progress(6, 4, 2.0, 8.0)


def test_only_the_last_images_count() -> None:
    pace = Pace()
    for number in range(60):
        pace.note(10.0 * number)
    for number in range(60):
        pace.note(600.0 + number)
    assert pace.measure(120, 3).rest_s == 3.0

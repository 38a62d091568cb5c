import pytest

from annotation.overview import Overview, View


def make_overview() -> Overview:
    overview = Overview(5)
    overview.note_saved(1, True, "ab")
    for number, doubt, text in [(0, 0.1, "xa"), (2, 0.9, "b"), (3, 0.5, "c"), (4, 0.9, "ca")]:
        overview.note_proposed(number, doubt, text)
    for number, doubt in [(0, 0.6), (1, 0.9), (2, 0.4), (4, 0.95)]:  # 1 is done
        overview.note_suspect(number, doubt)
    return overview


@pytest.mark.parametrize(
    ("view", "numbers"),
    [
        (View(), [0, 1, 2, 3, 4]),
        (View("left"), [0, 2, 3, 4]),
        (View("done"), [1]),
        (View("doubtful"), [2, 3, 4]),
        (View("all", "doubt"), [2, 4, 3, 0, 1]),
        (View("left", "doubt", "a"), [4, 0]),
        (View("all", "name", "a"), [0, 1, 4]),
        (View("all", "name", "?"), []),
        (View("suspects"), [4, 0]),
    ],
)
def test_views(view: View, numbers: list[int]) -> None:
    overview = make_overview()
    assert overview.find(view).tolist() == numbers
    assert overview.find(view).tolist() == numbers  # kept


def test_a_view_follows_what_is_saved() -> None:
    overview = make_overview()
    assert overview.find(View("left")).tolist() == [0, 2, 3, 4]
    overview.note_saved(3, True, "q")
    assert overview.find(View("left")).tolist() == [0, 2, 4]
    assert overview.find(View("all", "name", "q")).tolist() == [3]
    assert overview.count_done() == 2


@pytest.mark.parametrize(
    ("view", "number", "after", "before"),
    [
        (View(), 0, 1, 4),
        (View(), 4, 0, 3),
        (View("left"), 1, 2, 0),  # not in the view itself
        (View("done"), 4, 1, 1),
        (View("done"), 1, None, None),
        (View("left", "doubt"), 4, 3, 2),
        (View("left", "doubt"), 1, 2, 0),  # no doubt: behind the last comes the first
        (View("doubtful", "doubt"), 0, 2, 3),
        (View("suspects"), 4, 0, 0),
    ],
)
def test_steps(view: View, number: int, after: int | None, before: int | None) -> None:
    overview = make_overview()
    assert overview.step(view, number, 1) == after
    assert overview.step(view, number, -1) == before


@pytest.mark.parametrize("wrong", [("some",), ("all", "size"), ("all", "name", "ab")])
def test_a_view_that_is_none_is_named(wrong: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"^(show|order|character): "):
        View(*wrong)

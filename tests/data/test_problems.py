from fcn_captcha.data.problems import Problems


def test_lines_are_taken_once_and_only_so_many_are_kept() -> None:
    problems = Problems(most=3)
    problems.add("a")
    problems.add("b")
    assert problems.take() == ["a", "b"]
    for _ in range(1000):
        problems.add("c")
    assert problems.take() == ["c", "what is like these 3 lines is no longer told"]
    problems.add("d")
    assert problems.take() == []
    assert problems.count == 1003

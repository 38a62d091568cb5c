import re
import shlex

import pytest

from fcn_captcha.data.naming import are_numbered, compile_pattern, find_name_labels, is_numbered, match_names


@pytest.mark.parametrize(
    ("stems", "labels"),
    [
        (["pdyc8", "2b827"], ["pdyc8", "2b827"]),
        (["0056B-0", "0+0-12"], ["0056B", "0+0"]),
        (["abc", "abd-7"], ["abc", "abd"]),
        (["-5-0", "8-3=-1"], ["-5", "8-3="]),
        (["8-3=", "-5+2"], ["8-3=", "-5+2"]),
        (["8-3=", "9-1"], ["8-3=", "9-1"]),
        (["e\u0301", "a b.c"], ["é", "a b.c"]),
        (["-1"], [""]),
        ([], []),
    ],
)
def test_labels_in_file_names(stems: list[str], labels: list[str]) -> None:
    assert list(find_name_labels(stems).labels) == labels


def test_what_is_done_with_a_minus_is_said_with_how_to_state_otherwise() -> None:
    cut = find_name_labels(["0056B-0", "00BB5-1"])
    assert "up to the last '-'" in cut.how
    assert "--label-pattern '(.+)'" in cut.how
    whole = find_name_labels(["8-3=", "9-1="])
    assert "their '-' included" in whole.how
    (pattern,) = re.findall(r"--label-pattern ('[^']+')", whole.how)
    assert match_names(["8-3=", "9-1="], *shlex.split(pattern)).labels == ("8", "9")
    assert find_name_labels(["abc"]).how == "from the file names"


def test_one_odd_name_among_many_is_said_and_taken_as_it_is() -> None:
    found = find_name_labels([f"ab{i}-{i}" for i in range(12)] + ["x-y"])
    assert found.labels[0] == "ab0"
    assert found.labels[-1] == "x-y"
    assert found.warnings == ("1 file name has a '-' without a counter, such as 'x-y', and is taken as it is",)


@pytest.mark.parametrize(
    ("stems", "labels"),
    [
        (["00AD_51492e0d", "0197_c8d74cc2", "014A_54327714"], ["00AD", "0197", "014A"]),
        (["0001_ABCD", "0002_ABCE"], ["ABCD", "ABCE"]),
        (["0123_4821", "0124_9999", "0125_0001"], ["4821", "9999", "0001"]),
        (["AB_1700000000123", "CD_1700000200123"], ["AB", "CD"]),
        (["AB 20240101_123456", "CD 20240101_123457"], ["AB", "CD"]),
        (["AB12-51492e0d", "ABC3-c8d74cc2"], ["AB12", "ABC3"]),
        (["AB__51492e0d", "CD__51492e0e"], ["AB", "CD"]),
        (["AB.1", "CD.2"], ["AB", "CD"]),
        (["captcha_AB1", "captcha_CD2", "captcha_EF3"], ["AB1", "CD2", "EF3"]),
        (["img_0001_AB1", "img_0002_CD2", "img_0003_EF3"], ["AB1", "CD2", "EF3"]),
        (
            ["AB_8f14e45f-ceea-467f-a9b2-0d0d0d0d0d0d", "CD_8f14e45f-ceea-467f-a9b2-0d0d0d0d0d0e"],
            ["AB", "CD"],
        ),
    ],
)
def test_a_part_that_is_hardly_of_the_label_is_noticed_and_the_pattern_leaves_it_out(
    stems: list[str], labels: list[str]
) -> None:
    (warning,) = find_name_labels(stems).warnings
    (pattern,) = re.findall(r"--label-pattern ('[^']+')", warning)
    assert list(match_names(stems, *shlex.split(pattern)).labels) == labels


def test_the_pattern_for_a_hash() -> None:
    (warning,) = find_name_labels(["00AD_51492e0d", "0197_c8d74cc2"]).warnings
    assert "--label-pattern '(.+)_[0-9a-f]+'" in warning
    assert "a hash, such as '51492e0d' in '00AD_51492e0d'" in warning


@pytest.mark.parametrize(
    "stems", [["pdyc8", "2b827"], ["a_b", "c_d"], ["4821", "0137", "9999"], ["a b", "ab c"], ["12+5", "3+4"]]
)
def test_plain_labels_raise_no_alarm(stems: list[str]) -> None:
    assert find_name_labels(stems).warnings == ()


def test_names_that_are_mere_numbers_are_noticed() -> None:
    for stems in (["img_001", "img_002"], ["0", "1", "2"], ["word (1)", "word (2)"], [*map(str, range(5000))]):
        assert is_numbered(stems)
        (warning,) = find_name_labels(stems).warnings
        assert "look like numbers" in warning
        assert "labels.csv" in warning


@pytest.mark.parametrize(
    ("groups", "numbered"),
    [
        ([["0", "1", "2"], ["0", "1"]], True),
        ([["100", "101"], ["102", "103", "104"], ["1", "2", "3"]], False),
        ([["0", "1", "2"], ["3", "4", "5"]], True),
        ([["img_7"], ["img_900"]], True),
        ([["A_0", "A_1"], ["B_0", "B_1"]], True),
        ([["4821", "0137"], ["9999", "5000"]], False),
        ([["abc-0", "abd-1"], ["xyz-2", "xzz-3"]], False),
        ([["4821"], ["0137"]], False),
    ],
)
def test_numbered_files_in_several_folders(groups: list[list[str]], numbered: bool) -> None:
    assert are_numbered(groups) is numbered


def test_patterns() -> None:
    assert match_names(["ab_1", "ab", "_1"], "(.*)_[0-9]").labels == ("ab", None, None)
    assert match_names(["ab12"], "([a-z]+)").labels == (None,)  # the whole stem
    with pytest.raises(ValueError, match=r"label_pattern: not a regular expression .* got '\(a'"):
        compile_pattern("(a")
    with pytest.raises(ValueError, match=r"label_pattern: a group in round brackets .* got 'abc'"):
        compile_pattern("abc")

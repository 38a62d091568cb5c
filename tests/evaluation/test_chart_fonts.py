import pytest
from matplotlib import font_manager
from matplotlib.axes import Axes

from fcn_captcha.evaluation import chart_fonts
from fcn_captcha.evaluation.plots import make_axes, make_svg

pytestmark = pytest.mark.usefixtures("_only_bundled_fonts")


def find_labels(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_xticklabels()]


def test_what_no_font_has_is_escaped_without_a_warning() -> None:
    figure, axes = make_axes()
    chart_fonts.write_labels(axes, ["a", "中", " ", "\U00020000", "a\n中"])
    make_svg(figure)  # warnings are errors
    assert find_labels(axes) == ["a", "U+4E2D", "U+0020", "U+20000", "U+0061 U+000A U+4E2D"]


def test_what_another_font_has_is_drawn_with_it() -> None:
    character = "\u2a0a"  # of STIX and DejaVu's mathematical fonts
    usual = font_manager.findfont(font_manager.FontProperties())
    other = chart_fonts.find_font("\U0001d4d0")
    assert other not in (None, usual)
    figure, axes = make_axes()
    chart_fonts.write_labels(axes, ["\U0001d4d0", character, "é"])
    assert find_labels(axes) == ["\U0001d4d0", character, "é"]
    for label in axes.get_xticklabels():
        path = label.get_fontproperties().get_file() or usual
        assert label.get_text() in chart_fonts._read_characters(path)
        assert "LastResort" not in path
    make_svg(figure)


def test_one_font_must_have_all_characters() -> None:
    usual = font_manager.findfont(font_manager.FontProperties())
    assert chart_fonts.find_font("aé") == usual
    assert chart_fonts.find_font("") == usual
    assert chart_fonts.find_font("a中") is None


@pytest.mark.parametrize(("names", "angle_deg"), [(["abc", "1"], 0), (["abcd", "1"], 90), (["中"], 90), ([], 0)])
def test_long_labels_are_upright(names: list[str], angle_deg: float) -> None:
    _, axes = make_axes()
    chart_fonts.write_labels(axes, names)
    assert axes.get_xticks().tolist() == list(range(len(names)))
    assert all(label.get_rotation() == angle_deg for label in axes.get_xticklabels())


def test_a_font_file_that_is_gone_or_damaged_is_passed_over(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path_factory.mktemp("fonts") / "broken.ttf"
    broken.write_bytes(b"no font")
    bad = [font_manager.FontEntry(fname=str(path)) for path in (broken, broken.with_name("gone.ttf"))]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", bad + font_manager.fontManager.ttflist)
    assert "mpl-data" in str(chart_fonts.find_font("\U0001d4d0"))

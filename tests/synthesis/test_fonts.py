import re
from pathlib import Path

import numpy as np
import pytest

from fcn_captcha.synthesis.fonts import (
    UNASSIGNED,
    check_characters,
    find_font,
    find_fonts,
    list_fonts,
    load_font,
    render_glyph,
)

SANS, MONO = find_font("DejaVuSans"), find_font("DejaVuSansMono")


def test_every_listed_font_is_found_by_its_name_and_by_its_path() -> None:
    assert {"DroidSansMono", "DejaVuSans"} <= set(list_fonts()), "one comes with this package, one with matplotlib"
    for name in list_fonts():
        path = find_font(name)
        assert Path(path).stem == name
        assert find_font(path) == path


def test_several_are_separated_by_commas() -> None:
    assert find_fonts(f"DejaVuSans, {MONO},") == (SANS, MONO)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("Nowhere", "fonts: 'Nowhere' is neither a font file nor among the [0-9]+ fonts that are installed, such as"),
        ("DejaVuSans,none.ttf", "fonts: none.ttf: no such file"),
        ("", "fonts: at least one is needed, got ''"),
    ],
)
def test_a_font_that_is_not_there_is_named(names: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find_fonts(names)


def test_what_is_no_font_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.ttf").write_text("no font")
    with pytest.raises(ValueError, match=r"fonts: .*a\.ttf: not a font that can be read"):
        load_font(find_font(str(tmp_path / "a.ttf")), 20)


def test_a_glyph_is_cut_to_its_ink_and_lies_in_its_box() -> None:
    for character in "xg.|":
        glyph = render_glyph(SANS, 40, character)
        assert glyph.coverage.dtype == np.uint8
        for edge in (glyph.coverage[0], glyph.coverage[-1], glyph.coverage[:, 0], glyph.coverage[:, -1]):
            assert edge.any()
        high, wide = glyph.coverage.shape
        assert glyph.bottom >= glyph.top + high, "its box reaches down to the line"
        assert glyph.right >= glyph.left + wide, "its box begins where the line does"
    tops = [render_glyph(SANS, 40, character).top for character in "'x."]
    assert tops == sorted(tops), "measured from the ascender down"
    assert render_glyph(SANS, 80, "x").coverage.shape[0] == pytest.approx(
        2 * render_glyph(SANS, 40, "x").coverage.shape[0], abs=1
    )


def test_a_blank_has_no_pixels() -> None:
    assert render_glyph(SANS, 24, " ").coverage.shape == (0, 0)


def test_a_character_that_a_font_lacks_is_named_with_the_font() -> None:
    check_characters((SANS, MONO), "abc\u00e9")
    check_characters((SANS,), "")
    for character in ("\u4e2d", " ", UNASSIGNED):
        with pytest.raises(ValueError, match=re.escape(f"fonts: {MONO}: it has no glyph for {character!r}")):
            check_characters((MONO,), f"a{character}")

import numpy as np
import pytest
from averaging import CONFIG, draw_squares, look_at_squares, make_averaging
from PIL import Image

from fcn_captcha.inspection.view import View, look
from fcn_captcha.maps.decoding import DecodingOptions


@pytest.fixture(scope="module")
def view() -> View:
    return look_at_squares()


def test_each_character_has_the_part_of_its_own_map_that_it_was_read_from(view: View) -> None:
    assert view.reading.text == "77"
    assert view.ink.shape == (32, 72, 1)
    assert view.maps.shape == (8, 18, 2)
    for detection, (x, y) in zip(view.detections, [(3, 2), (12, 4)], strict=True):
        mask = view.make_mask(detection)
        assert mask[y, x].tolist() == [1, 0], "only its own channel"
        kept = view.maps * mask
        assert np.argwhere(kept).tolist() == [[y, x, 0]]
        assert (detection.character.x, detection.character.y) == (4 * x + 1.5, 4 * y + 1.5)


@pytest.mark.parametrize(
    ("wanted", "places"), [(None, [0, 1]), ("1", [0]), ("2", [1]), ("=7", [0, 1])], ids=lambda v: str(v)
)
def test_characters_are_meant_by_place_or_by_themselves(view: View, wanted: str | None, places: list[int]) -> None:
    assert [detection.place for detection in view.find(wanted)] == places


@pytest.mark.parametrize("wanted", ["0", "3", "k", "7", "=1", "", "²"])
def test_what_is_not_in_the_reading_is_refused(view: View, wanted: str) -> None:
    with pytest.raises(ValueError, match=rf"character: a place from 1 to 2 or a character of '77'.*got '{wanted}'"):
        view.find(wanted)


def test_nothing_read_is_said() -> None:
    blank = look(make_averaging(), CONFIG, [np.full((20, 40), 255, np.uint8)])[0]
    with pytest.raises(ValueError, match="nothing was read in this image"):
        blank.find(None)


def test_rules_and_any_kind_of_image_are_taken() -> None:
    only_k = DecodingOptions(threshold=0.2, allowed=(1,))
    views = look(make_averaging(), CONFIG, [Image.fromarray(draw_squares()), draw_squares()[:, :40]], only_k)
    assert [v.reading.text for v in views] == ["kk", "k"]
    assert [v.detections[0].channel for v in views] == [1, 1]

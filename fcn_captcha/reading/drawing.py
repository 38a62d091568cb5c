"""A reading drawn: the image enlarged, a circle at each character's centre, and above it what was read, how surely."""

import io
from functools import cache
from importlib.resources import files

from PIL import Image, ImageDraw, ImageFont

from fcn_captcha.data.images import Pixels
from fcn_captcha.maps.decoding import Reading

_LEAST_HEIGHT_PX = 200  # of the image as drawn
_MOST_TIMES = 4
_BAND_PX = 46  # above the image
_LETTER_PX, _SCORE_PX, _TITLE_PX = 22, 13, 18
_SURE, _UNSURE = (0, 114, 178), (213, 94, 0)  # blue and vermilion, told apart by all
_UNSURE_BELOW = 0.9
_PAPER, _INK = (255, 255, 255), (30, 30, 30)


def draw_reading(image: Pixels, reading: Reading, label: str | None = None) -> Image.Image:
    """The picture of a reading.

    Args:
        image: RGB, uint8, (height, width, 3), that was read.
        reading: places in pixels of ``image``; characters that are less sure than 0.9 are vermilion.
        label: what the image says, where that is known; shown beside a reading that is something else.
    """
    height, width = image.shape[:2]
    times = max(1, min(_MOST_TIMES, -(-_LEAST_HEIGHT_PX // height)))
    title = f"{reading.text or '(nothing)'}   {reading.confidence:.2f}"
    wrong = label is not None and label != reading.text
    title += f"   for {label}" if wrong else ""
    wide = max(times * width, round(_load_font(_TITLE_PX).getlength(title)) + 16)
    canvas = Image.new("RGB", (wide, times * height + 2 * _BAND_PX), _PAPER)
    enlarged = Image.fromarray(image).resize((times * width, times * height), Image.Resampling.BICUBIC)
    canvas.paste(enlarged, (0, _BAND_PX))
    draw = ImageDraw.Draw(canvas)
    for character in reading.characters:
        x, y = (times * (place + 0.5) for place in (character.x, character.y))
        colour = _SURE if character.score >= _UNSURE_BELOW else _UNSURE
        draw.circle((x, y + _BAND_PX), 7, outline=_PAPER, width=5)
        draw.circle((x, y + _BAND_PX), 6, outline=colour, width=3)
        draw.text((x, 2), character.character, colour, _load_font(_LETTER_PX), anchor="ma")
        draw.text((x, _BAND_PX - 4), f"{character.score:.2f}", colour, _load_font(_SCORE_PX), anchor="md")
    draw.text((8, canvas.height - _BAND_PX // 2), title, _UNSURE if wrong else _INK, _load_font(_TITLE_PX), anchor="lm")
    return canvas


@cache
def _load_font(size_px: int) -> ImageFont.FreeTypeFont:
    font = files("fcn_captcha").joinpath("fonts", "DroidSansMono.ttf").read_bytes()
    return ImageFont.truetype(io.BytesIO(font), size_px)

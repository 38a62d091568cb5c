"""Animations, pages, turned pictures, deep greys, and what is not a file."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageCms

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.images import LARGEST_PX, read_image, read_opened
from fcn_captcha.reading.reader import Readable, load_pixels

DATA = Path(__file__).parent.parent / "inputs" / "6-pictures"
Pixels = npt.NDArray[np.uint8]


def draw(*left_px: int, ink: int = 20, paper: int = 230, alpha: bool = False) -> Image.Image:
    """Blocks of ink that begin at these columns."""
    pixels = np.full((20, 60, 3), paper, np.uint8)
    opacity = np.full((20, 60, 1), 0 if alpha else 255, np.uint8)
    for left in left_px:
        pixels[5:15, left : left + 8] = ink
        opacity[5:15, left : left + 8] = 255
    return Image.fromarray(np.dstack([pixels, opacity]) if alpha else pixels)


def save(path: Path, *frames: Image.Image) -> Path:
    lossless: dict[str, Any] = {"lossless": True} if path.suffix == ".webp" else {}
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100, **lossless)
    return path


# --- animations ----------------------------------------------------------------------------------


def test_halves_make_the_whole() -> None:
    np.testing.assert_array_equal(read_image(DATA / "halves.gif"), read_image(DATA / "19WM.png"))


@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
@pytest.mark.parametrize(("ink", "paper"), [(20, 230), (230, 20)])
@pytest.mark.parametrize("places", [[(), (5, 20, 40)], [(5, 20, 40), ()], [(5,), (20,), (40,)], [(5, 20), (20, 40)]])
def test_frames_complete_each_other(
    tmp_path: Path, suffix: str, ink: int, paper: int, places: list[tuple[int, ...]]
) -> None:
    frames = [draw(*at, ink=ink, paper=paper) for at in places]
    path = save(tmp_path / f"a.{suffix}", *frames)
    np.testing.assert_array_equal(read_image(path), np.asarray(draw(5, 20, 40, ink=ink, paper=paper)))


@pytest.mark.parametrize("suffix", ["png", "webp"])
@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0)])
def test_transparent_frames_share_one_paper(tmp_path: Path, suffix: str, ink: int, paper: int) -> None:
    frames = [draw(ink=ink, paper=ink, alpha=True)] + [draw(at, ink=ink, paper=ink, alpha=True) for at in (5, 40)]
    path = save(tmp_path / f"a.{suffix}", *frames)
    np.testing.assert_array_equal(read_image(path), np.asarray(draw(5, 40, ink=ink, paper=paper)))


@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
def test_a_still_picture_and_one_of_equal_frames_stay_as_they_are(tmp_path: Path, suffix: str) -> None:
    noisy = Image.fromarray(np.random.default_rng(0).integers(0, 255, (20, 60), dtype=np.uint8))
    still = save(tmp_path / f"a.{suffix}", noisy)
    moving = save(tmp_path / f"b.{suffix}", noisy, noisy, noisy)
    np.testing.assert_array_equal(read_image(still)[:, :, 0], np.asarray(noisy))
    np.testing.assert_array_equal(read_image(moving), read_image(still))


def test_the_poster_of_an_animation_is_not_a_frame_of_it(tmp_path: Path) -> None:
    poster, frames = draw(0, 30, 52), [draw(5), draw(40)]
    poster.save(tmp_path / "a.png", save_all=True, default_image=True, append_images=frames)
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), np.asarray(draw(5, 40)))


def test_an_animation_has_no_more_pixels_than_a_picture(tmp_path: Path) -> None:
    side = round((LARGEST_PX / 3) ** 0.5) + 10
    path = save(tmp_path / "a.gif", *[Image.new("L", (side, side), shade) for shade in (0, 100, 200)])
    with pytest.raises(DataError, match=rf"a\.gif: at most {LARGEST_PX:,} px can be read, got 3 frames of {side}×"):
        read_image(path)


def test_pages_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a.tif", draw(5), draw(20), draw(40))
    with pytest.raises(DataError, match=r"a\.tif: a file of one page is needed, it has 3 pages"):
        read_image(path)
    np.testing.assert_array_equal(read_image(save(tmp_path / "b.tif", draw(5))), np.asarray(draw(5)))


# --- turned and deep pictures --------------------------------------------------------------------


def test_a_photograph_is_turned_as_its_exif_data_say() -> None:
    with Image.open(DATA / "exif6.jpg") as image:
        raw = np.asarray(image)
    np.testing.assert_array_equal(read_image(DATA / "exif6.jpg"), np.rot90(raw, -1))


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation(tmp_path: Path, suffix: str, orientation: int) -> None:
    turns: dict[int, Callable[[Pixels], Pixels]] = {
        2: np.fliplr,
        3: lambda p: np.rot90(p, 2),
        4: np.flipud,
        5: lambda p: p.transpose(1, 0, 2),
        6: lambda p: np.rot90(p, -1),
        7: lambda p: np.rot90(p, 2).transpose(1, 0, 2),
        8: np.rot90,
    }
    image = draw(5, 12, 40)
    exif = Image.Exif()
    exif[274] = orientation
    image.save(tmp_path / f"a.{suffix}", exif=exif, quality=95)
    expected = turns.get(orientation, np.asarray)(np.asarray(image))
    np.testing.assert_allclose(read_image(tmp_path / f"a.{suffix}"), expected, atol=30)


@pytest.mark.parametrize(("bits", "full"), [(3, 255), (8, 255), (10, 1023), (12, 4095), (16, 65535)])
@pytest.mark.parametrize(("dtype", "suffix"), [(np.uint16, "png"), (np.int32, "tif")])
def test_a_deep_grey_is_scaled_by_the_bits_that_are_used(
    tmp_path: Path, bits: int, full: int, dtype: type[np.generic], suffix: str
) -> None:
    values = np.tile(np.linspace(0, 2**bits - 1, 60), (20, 1)).astype(dtype)
    Image.fromarray(values).save(tmp_path / f"a.{suffix}")
    found = read_image(tmp_path / f"a.{suffix}")
    np.testing.assert_array_equal(found[:, :, 1], np.rint(values / full * 255))


@pytest.mark.parametrize("bits", [10, 16])
@pytest.mark.parametrize("channels", [3, 4])
def test_a_deep_colour_is_scaled_by_the_bits_that_are_used(tmp_path: Path, bits: int, channels: int) -> None:
    values = np.full((20, 60, 4), 65535, np.uint16)
    values[:, :, :3] = np.linspace(0, 2**bits - 1, 60)[:, None] * (0.25, 0.5, 1)  # blue, green, red
    cv2.imwrite(str(tmp_path / "a.png"), values[:, :, :channels])
    expected = values[:, :, 2::-1] / (2**bits - 1) * 255
    found = read_image(tmp_path / "a.png")
    np.testing.assert_allclose(found, expected, atol=0.51 if bits < 16 else 1)
    with Image.open(tmp_path / "a.png") as image:
        np.testing.assert_array_equal(load_pixels(image), found)
    np.testing.assert_array_equal(load_pixels((tmp_path / "a.png").read_bytes()), found)


def test_ten_of_sixteen_bits() -> None:
    found = read_image(DATA / "ten.png")
    assert (found.min(), found.max()) == (round(80 / 1023 * 255), round(1020 / 1023 * 255))


# --- what is no path -----------------------------------------------------------------------------


class Array:
    """As other libraries' arrays are."""

    def __array__(self, dtype: object = None, copy: object = None) -> Pixels:
        return np.asarray(draw(5))


@pytest.mark.parametrize("name", ["halves.gif", "19WM.png", "exif6.jpg", "ten.png"])
def test_a_file_reads_alike_however_it_is_given(name: str) -> None:
    expected = read_image(DATA / name)
    content = (DATA / name).read_bytes()
    at_the_end = io.BytesIO()
    at_the_end.write(content)
    given: list[Readable] = [str(DATA / name), content, io.BytesIO(content), at_the_end]
    with open(DATA / name, "rb") as file, Image.open(DATA / name) as opened:
        for image in (*given, file, opened):
            np.testing.assert_array_equal(load_pixels(image), expected)


def test_a_pillow_image_stands_at_its_frame_as_before() -> None:
    with Image.open(DATA / "halves.gif") as image:
        image.seek(1)
        before = np.asarray(image.convert("RGB"))
        np.testing.assert_array_equal(read_opened(image), read_image(DATA / "19WM.png"))
        assert image.tell() == 1
        np.testing.assert_array_equal(np.asarray(image.convert("RGB")), before)


MODES = "1 L LA La P PA RGB RGBA RGBa RGBX CMYK YCbCr HSV LAB I F I;16 I;16B".split()


@pytest.mark.parametrize("mode", MODES)
def test_pillow_images_of_every_mode(mode: str) -> None:
    rgb = draw(5, 40, ink=0, paper=255)
    if mode == "LAB":
        spaces = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        image = ImageCms.profileToProfile(rgb, *spaces, outputMode="LAB")
        assert image is not None
    elif mode.startswith("I;16"):
        image = Image.frombytes(
            mode, rgb.size, (np.asarray(rgb)[:, :, 0].astype(">u2" if mode[-1] == "B" else "<u2") * 257).tobytes()
        )
    else:
        way = {"La": ("LA", "La"), "PA": ("P", "PA"), "RGBa": ("RGBA", "RGBa"), "I": ("L", "I"), "F": ("L", "F")}
        image = rgb
        for step in way.get(mode, (mode,)):
            image = image.convert(step)
    assert image.mode == mode
    np.testing.assert_allclose(load_pixels(image), np.asarray(rgb), atol=2)


def test_other_arrays() -> None:
    np.testing.assert_array_equal(load_pixels(Array()), np.asarray(draw(5)))  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [None, 3, [[1, 2], [3, 4]], {"a": 1}, io.StringIO("a")])
def test_other_things_are_a_type_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match=rf"a Pillow image or an array is needed, got {type(wrong).__name__}$"):
        load_pixels(wrong)


@pytest.mark.parametrize("wrong", ["QUJD" * 5000, "data:image/png;base64," + "QUJD" * 60, "two\nlines", "nul\0"])
def test_a_string_that_is_no_path_is_not_printed_whole(wrong: str) -> None:
    with pytest.raises(DataError, match=r"characters, taken for a path\): ") as error:
        load_pixels(wrong)
    assert len(str(error.value)) < 160
    assert "\n" not in str(error.value)


def test_a_long_path_of_a_file_is_named_whole(tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 120) / ("b" * 120)
    folder.mkdir(parents=True)
    (folder / "c.png").write_bytes(b"no image")
    with pytest.raises(DataError) as error:
        load_pixels(folder / "c.png")
    assert str(folder / "c.png") in str(error.value)


def test_a_closed_or_bad_picture_is_an_error_of_ours() -> None:
    with pytest.raises(DataError, match="Pillow image: at least 4×4 px"):
        load_pixels(Image.new("L", (3, 9)))
    with Image.open(DATA / "halves.gif") as image:
        pass
    with pytest.raises(DataError, match="Pillow image: the image can't be read"):
        load_pixels(image)
    with pytest.raises(DataError, match="image in memory: not an image"):
        load_pixels(io.BytesIO(b"no image"))

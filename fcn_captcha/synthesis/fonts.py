"""TrueType fonts: where they are, and their glyphs as pixels."""

import importlib.util
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

_HERE = Path(__file__).parent.parent / "fonts"
_FOLDERS = {  # package: folder of its font files
    "matplotlib": "mpl-data/fonts/ttf",
    "font_amatic_sc": "files",
    "font_caladea": "files",
    "font_fredoka_one": "files",
    "font_intuitive": "files",
    "font_manrope": "files",
    "font_source_sans_pro": "files",
    "font_source_serif_pro": "files",
}
UNASSIGNED = "\uffff"  # no font has a glyph for it, so this draws what a font draws for want of one


@dataclass(frozen=True)
class Glyph:
    """A character's pixels.

    Attributes:
        coverage: uint8, (height, width), 255 where fully inked, cut to the ink; (0, 0) for a space.
        left, top, right, bottom: of its box, in pixels from the start of the line and the font's ascender.
            Its top is that of the ink; to the left and below the box may reach to the line's start and the baseline.
    """

    coverage: npt.NDArray[np.uint8]
    left: int
    top: int
    right: int
    bottom: int


def find_font(name: str) -> str:
    """The path of a TrueType or OpenType file.

    Args:
        name: a path, or the file's name without its ending if it comes with this package or with
            one of those that the extra ``train`` installs.

    Raises ``ValueError``, naming it, where there is none.
    """
    if Path(name).suffix.lower() in (".ttf", ".otf", ".ttc"):
        if not Path(name).is_file():
            raise ValueError(f"fonts: {name}: no such file")
        return name
    for folder in _list_folders():
        for suffix in (".ttf", ".otf"):
            if (path := folder / f"{name}{suffix}").exists():
                return str(path)
    raise ValueError(
        f"fonts: {name!r} is neither a font file nor among the {len(list_fonts())} fonts that are installed, "
        f"such as {', '.join(list_fonts()[:3])} (more come with: pip install 'fcn_captcha[train]')"
    )


def find_fonts(names: str) -> tuple[str, ...]:
    """The paths of several fonts, separated by commas. Raises as :func:`find_font` does."""
    paths = tuple(find_font(name.strip()) for name in names.split(",") if name.strip())
    if not paths:
        raise ValueError(f"fonts: at least one is needed, got {names!r}")
    return paths


@cache
def list_fonts() -> tuple[str, ...]:
    """The names of all fonts that come with this package and with those the extra ``train`` installs."""
    names = {path.stem for folder in _list_folders() for path in folder.iterdir() if path.suffix in (".ttf", ".otf")}
    return tuple(sorted(names))


@cache
def _list_folders() -> tuple[Path, ...]:
    folders = [_HERE]
    for package, folder in _FOLDERS.items():
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.submodule_search_locations:
            folders.append(Path(spec.submodule_search_locations[0]) / folder)
    return tuple(folder for folder in folders if folder.is_dir())


@cache
def load_font(path: str, size: int) -> ImageFont.FreeTypeFont:
    """Raises ``ValueError``, naming the file, where it is no font."""
    try:
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise ValueError(f"fonts: {path}: not a font that can be read: {error}") from None


@lru_cache(16384)
def render_glyph(path: str, size: int, character: str) -> Glyph:
    """One character of a font in pixels. ``size`` is the font's, in pixels an em."""
    font = load_font(path, size)
    left, top, right, bottom = (int(edge) for edge in font.getbbox(character))
    drawn = Image.new("L", (max(1, right + size), max(1, bottom + size)))
    ImageDraw.Draw(drawn).text((0, 0), character, font=font, fill=255)
    box = drawn.getbbox()
    coverage = np.asarray(drawn.crop(box)) if box else np.zeros((0, 0), np.uint8)
    return Glyph(np.ascontiguousarray(coverage), left, top, right, bottom)


def check_characters(paths: tuple[str, ...], characters: str) -> None:
    """Raises ``ValueError``, naming font and character, where a font lacks one."""
    for path in paths:
        missing = render_glyph(path, 24, UNASSIGNED).coverage
        for character in characters:
            drawn = render_glyph(path, 24, character).coverage
            if drawn.size == 0 or (drawn.shape == missing.shape and (drawn == missing).all()):
                raise ValueError(f"fonts: {path}: it has no glyph for {character!r}")

"""Characters as labels of a figure."""

from collections.abc import Iterable
from functools import cache

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties, findfont, fontManager
from matplotlib.ft2font import FT2Font

_BOXES = "Last Resort"  # fonts of this name draw a box for every character there is


def find_font(text: str) -> str | None:
    """The path of a font that has all characters of ``text``, matplotlib's usual one first; or None."""
    usual = findfont(FontProperties())
    for path in dict.fromkeys([usual, *(f.fname for f in fontManager.ttflist if not f.name.startswith(_BOXES))]):
        if _read_characters(path).issuperset(text):
            return path
    return None


def write_labels(axes: Axes, names: Iterable[str]) -> None:
    """The names below the x axis, at 0, 1 and so on: each in a font that has it, or escaped as ``U+4E2D``."""
    fonts = {name: find_font(name) if name.isprintable() and name.strip() else None for name in names}
    shown = [name if font else " ".join(f"U+{ord(c):04X}" for c in name) for name, font in fonts.items()]
    axes.set_xticks(range(len(shown)), shown, rotation=90 if max(map(len, shown), default=0) > 3 else 0)
    usual = findfont(FontProperties())
    for label, font in zip(axes.get_xticklabels(), fonts.values(), strict=True):
        if font not in (None, usual):
            label.set_fontproperties(FontProperties(fname=font, size=label.get_fontsize()))


@cache
def _read_characters(path: str) -> frozenset[str]:
    try:
        return frozenset(map(chr, FT2Font(path).get_charmap()))
    except (OSError, RuntimeError):  # no longer there, or of a kind that matplotlib can't open
        return frozenset()

"""The README's picture: three generated images, what a run reads in them and where.

python -m docs.reading runs/first docs/reading.png
"""

import sys
from itertools import islice

from matplotlib.figure import Figure

from fcn_captcha.evaluation import plots
from fcn_captcha.model.backend import load_keras
from fcn_captcha.reading.reader import Reader
from fcn_captcha.synthesis import find_generator, stream


def draw(run: str, generator: str = "image-captcha", seed: int = 2026) -> Figure:
    """Image with centres on the left, the strongest centre map on the right."""
    reader = Reader.load(run)
    samples = list(islice(stream(find_generator(generator), seed), 3))
    figure = Figure((8, 5.4), layout="constrained")
    for sample, (left, right) in zip(samples, figure.subplots(len(samples), 2), strict=True):
        reading = reader.read(sample.image)
        scores, to_cells = reader.make_maps(sample.image)
        left.imshow(sample.image)
        for character in reading.characters:
            left.plot(character.x, character.y, "o", color=plots.ORANGE, markersize=6, markeredgecolor="white")
        right.imshow(plots.draw_heat(sample.image, scores, to_cells))
        for character in reading.characters:
            right.annotate(
                f"{character.character}\n{character.score:.2f}".replace("0.", "."),
                (character.x, -2),
                ha="center",
                fontsize=8,
                annotation_clip=False,
            )
        left.set_title(f"{reading.text}    confidence {reading.confidence:.2f}", fontsize=11, loc="left")
        for axes in (left, right):
            axes.set_axis_off()
            axes.set_anchor("W")
    return figure


if __name__ == "__main__":
    load_keras()
    draw(sys.argv[1]).savefig(sys.argv[2], dpi=110)

"""Accuracy of trainings from shards beside that of trainings from a folder of the same files.

    python -m benchmarks.shards --images 1500 --shown 6000 --seeds 0 1 2

Drawn images, strings only: a folder is read whole and its centres are aligned at growing intervals; shards are read
as they are shown, in an order of their own, and aligned each time. Both are tested on their test part, of the same
images, and on as many drawn ones that neither has seen.
"""

import argparse
import sys
import tempfile
from itertools import islice
from pathlib import Path

from benchmarks.tables import describe_machine, make_markdown, write_result
from fcn_captcha.model.backend import load_keras

SHARD = 250  # images


def write_both(folder: Path, images: int, generator: str) -> None:
    """The same files in ``folder/files`` and in shards in ``folder/shards``."""
    from fcn_captcha.synthesis.folder import Order, encode_png, make_stem
    from fcn_captcha.synthesis.shards import encode_member

    files, shards = folder / "files", folder / "shards"
    files.mkdir()
    shards.mkdir()
    for number, sample in enumerate(islice(Order(generator, {}, 0).draw(), images)):
        name, content = f"{make_stem(sample.text, number)}.png", encode_png(sample.image)
        (files / name).write_bytes(content)
        with (shards / f"{number // SHARD:05d}.tar").open("ab") as file:
            file.write(encode_member(name, content))
    for path in shards.iterdir():
        with path.open("ab") as file:
            file.write(bytes(1024))  # ends an archive


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shards", description=__doc__.split("\n")[0])
    parser.add_argument("--generator", default="image-captcha", metavar="S", help="of the images")
    parser.add_argument("--images", type=int, default=1500, metavar="N", help="in the folder, and in the shards")
    parser.add_argument("--shown", type=int, default=6000, metavar="N", help="in each training, repeats counted")
    parser.add_argument("--unseen", type=int, default=1000, metavar="N", help="drawn images that no training has seen")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], metavar="N", help="of the trainings")
    options = parser.parse_args()
    load_keras()
    from fcn_captcha.evaluation.metrics import measure
    from fcn_captcha.synthesis.folder import Order
    from fcn_captcha.training.job import train
    from fcn_captcha.training.settings import Settings

    unseen = list(islice(Order(options.generator, {}, 1).draw(), options.unseen))
    rows = []
    with tempfile.TemporaryDirectory() as place:
        write_both(Path(place), options.images, options.generator)
        for seed in options.seeds:
            for kind in ("files", "shards"):
                out = f"{place}/run-{kind}-{seed}"
                result = train(Settings(data=f"{place}/{kind}", out=out, images=options.shown, seed=seed))
                readings = [r.text for r in result.reader.read_many(s.image for s in unseen)]
                drawn = measure([s.text for s in unseen], readings)
                rows.append(
                    {
                        "from": kind,
                        "seed": seed,
                        "test part": str(result.measures.exact),
                        "unseen": str(drawn.exact),
                        "characters of these": f"{100 * drawn.characters:.2f} %",
                        "training, s": round(result.seconds),
                    }
                )
                print(rows[-1], flush=True)
    write_result("shards", "python -m benchmarks.shards " + " ".join(sys.argv[1:]), rows)
    print(make_markdown(rows))
    print(describe_machine())


if __name__ == "__main__":
    main()

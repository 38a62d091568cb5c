"""The README's picture of the annotation page, of generated images: ``python -m docs.annotation docs/annotation.png``.

Needs Playwright and a Chromium.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from itertools import islice
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from fcn_captcha.data.labelme import write_labelme
from fcn_captcha.synthesis import find_generator, stream

_DONE = 4  # of the images, before the one that is shown


def write_images(folder: Path) -> None:
    """Images of three generators; the first ones as if a person had placed their characters."""
    number = 0
    for name, count in (("image-captcha", 8), ("plain", 4)):
        for sample in islice(stream(find_generator(name), 11), count):
            path = folder / f"{sample.text}-{number}.png"
            Image.fromarray(sample.image).save(path)
            size = sample.image.shape[1], sample.image.shape[0]
            write_labelme(path.with_suffix(".json"), path, size, sample.text, sample.centres)
            number += 1


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m docs.annotation", description=__doc__.split("\n")[0])
    parser.add_argument("out", help="the PNG")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        folder = Path(place) / "captchas"
        folder.mkdir()
        write_images(folder)
        command = [sys.executable, "-m", "annotation", str(folder), "--port", "0", "--no-browser"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            link = process.stdout.readline().strip()
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(link)
            page.wait_for_selector("#film img")
            for _ in range(_DONE):
                page.wait_for_timeout(1500)
                page.keyboard.press("Enter")
            page.wait_for_timeout(1500)
            for _ in range(2):
                page.keyboard.press("Tab")
            page.wait_for_timeout(1500)
            page.screenshot(path=options.out)
            browser.close()
            process.kill()


if __name__ == "__main__":
    main()

"""``report.html``: the page that a person opens after training, all in one file."""

import base64
import html

import cv2
import numpy as np

import fcn_captcha
from fcn_captcha.console.progress import format_seconds
from fcn_captcha.data.samples import Sample
from fcn_captcha.evaluation import plots
from fcn_captcha.evaluation.advice import describe_confusion
from fcn_captcha.evaluation.plots import Pixels
from fcn_captcha.evaluation.reliability import measure_reliability
from fcn_captcha.evaluation.result import Result
from fcn_captcha.maps.decoding import Reading

_READINGS = 36
_HEATS = 6
_CHARACTERS = 40  # of a figure
_STYLE = """
:root { color-scheme: light; --line: #d8d8d8; --soft: #666; --bad: #b3261e; --good: #0b6e4f; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1c1c1c; }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem 2rem; margin: 1rem 0; }
.figures b { display: block; font-size: 1.7rem; line-height: 1.2; } .figures span, .soft { color: var(--soft); }
.verdict { border-left: 4px solid #0072b2; padding: .2rem 1rem; margin: 1rem 0; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 1rem; }
.plots svg { width: 100%; height: auto; } .wide { overflow-x: auto; } .wide svg { max-width: 100%; height: auto; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: 1rem; }
figure { margin: 0; border: 1px solid var(--line); border-radius: 6px; padding: .5rem; }
figure svg, figure img { width: 100%; height: auto; display: block; }
figcaption { font-size: .9rem; margin-top: .3rem; }
figcaption code { font-size: 1rem; } .bad { color: var(--bad); } .good { color: var(--good); }
table { border-collapse: collapse; } td, th { padding: .15rem 1rem .15rem 0; text-align: left; }
"""


def make_page(result: Result) -> str:
    """The whole page as HTML."""
    body = [
        _make_head(result),
        _make_curves(result),
        _make_confidence(result),
        _make_confusions(result),
        _make_shares(result),
        _make_readings(result),
        _make_heats(result),
        f"<p class=soft>fcn_captcha {fcn_captcha.__version__}. The settings are in settings.json, "
        "the curves in history.csv, the figures in measures.json.</p>",
    ]
    return wrap_page(result.out.name, "".join(body))


def wrap_page(title: str, body: str) -> str:
    """A whole page of this look around ``body``, which is HTML; ``title`` is text."""
    return (
        f'<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style><body>{body}</body></html>\n"
    )


def _make_head(result: Result) -> str:
    test, config = result.measures, result.reader.config
    low, high = test.exact.interval
    figures = [
        (
            f"{100 * test.exact.value:.1f} %",
            f"exact match, 95 % interval {100 * low:.1f} to {100 * high:.1f} %",
        ),
        (f"{100 * test.characters:.2f} %", "of the characters right"),
        (f"{test.edit_distance:.3f}", "mean edit distance"),
        (format_seconds(result.seconds), "from start to tested reader"),
    ]
    shown = "".join(f"<div><b>{value}</b><span>{what}</span></div>" for value, what in figures)
    verdict = "".join(f"<p>{html.escape(line)}</p>" for line in result.verdict)
    stopped = "<p>Training was stopped before its time.</p>" if result.interrupted else ""
    return (
        f"<h1>{html.escape(result.out.name)}</h1>"
        f"<p class=soft>{test.exact.count} test images, on which nothing was chosen; alphabet of "
        f"{len(config.alphabet)}: {html.escape(config.alphabet.characters)}; threshold {config.threshold:g}</p>"
        f"<div class=figures>{shown}</div><div class=verdict>{stopped}{verdict}</div>"
    )


def _make_curves(result: Result) -> str:
    measured = [e for e in result.history if e.exact is not None and e.characters is not None]
    drawn = [plots.plot_loss([e.seconds for e in result.history], [e.loss for e in result.history])]
    if measured:
        drawn.append(
            plots.plot_accuracy(
                [e.seconds for e in measured],
                [e.exact or 0.0 for e in measured],
                [e.characters or 0.0 for e in measured],
            )
        )
    drawn.append(plots.plot_threshold(result.threshold_curve, result.reader.config.threshold))
    return f"<h2>Training</h2><div class=plots>{''.join(f'<div>{plots.make_svg(f)}</div>' for f in drawn)}</div>"


def _make_confidence(result: Result) -> str:
    right = [r.text == s.text for s, r in zip(result.test, result.readings, strict=True)]
    found = measure_reliability([r.confidence for r in result.readings], right)
    figures = plots.plot_reliability(found.bins), plots.plot_coverage(found.coverage)
    drawn = "".join(f"<div>{plots.make_svg(figure)}</div>" for figure in figures)
    return (
        "<h2>Confidence</h2><p class=soft>On the left, discs on the dashed line are honest: of readings of "
        "confidence 80 %, eight in ten are right; a larger disc stands for more readings. They are "
        f"{100 * found.calibration_error:.1f} points off it on average. On the right, what is gained by leaving the "
        f"least sure: of the surest nine tenths {100 * found.at_nine_tenths:.1f} % are right.</p>"
        f"<div class=plots>{drawn}</div>"
    )


def _make_confusions(result: Result) -> str:
    if not result.measures.confusions:
        return "<h2>Confusions</h2><p>None: every character of the test part was read.</p>"
    rows = "".join(
        f"<tr><td>{html.escape(describe_confusion(c.truth, c.read, c.times))}</td></tr>"
        for c in result.measures.confusions[:20]
    )
    return f"<h2>Confusions</h2><table>{rows}</table>"


def _make_shares(result: Result) -> str:
    by_length = {str(n): s for n, s in result.measures.by_length.items()}
    by_character, said = result.measures.by_character, ""
    if len(by_character) > _CHARACTERS:
        said = f" Of {len(by_character)} characters the {_CHARACTERS} that were read worst are shown."
        by_character = dict(sorted(by_character.items(), key=lambda item: item[1].value)[:_CHARACTERS])
    characters = plots.plot_shares(by_character, "character", "read, %")
    lengths = plots.plot_shares(by_length, "characters in the string", "exact match, %")
    return (
        f"<h2>By character and by length</h2><p class=soft>Lines are 95 % intervals.{said}</p>"
        f"<div class=wide>{plots.make_svg(characters)}</div><div class=wide>{plots.make_svg(lengths)}</div>"
    )


def _make_readings(result: Result) -> str:
    pairs = sorted(
        zip(result.test, result.readings, strict=True),
        key=lambda p: (p[0].text == p[1].text, p[1].confidence),
    )
    cards = "".join(_make_card(sample, reading) for sample, reading in pairs[:_READINGS])
    return (
        "<h2>Readings of the test part</h2><p class=soft>The wrong ones first, then the least certain. "
        f"Circles are the centres found.</p><div class=cards>{cards}</div>"
    )


def _make_card(sample: Sample, reading: Reading) -> str:
    height, width = sample.image.shape[:2]
    radius = height / 14
    circles = "".join(
        f'<circle cx="{c.x + 0.5:.1f}" cy="{c.y + 0.5:.1f}" r="{radius:.1f}" fill="#d55e00" fill-opacity=".75" '
        f'stroke="#fff" stroke-width="{radius / 4:.2f}">'
        f"<title>{html.escape(c.character)} {c.score:.2f}</title></circle>"
        for c in reading.characters
    )
    right = sample.text == reading.text
    label = "" if right else f" instead of <code>{html.escape(sample.text)}</code>"
    return (
        f'<figure><svg viewBox="0 0 {width} {height}"><image href="{_make_png(sample.image)}" width="{width}" '
        f'height="{height}"/>{circles}</svg><figcaption><code class={"good" if right else "bad"}>'
        f"{html.escape(reading.text) or '(nothing)'}</code>{label} <span class=soft>{reading.confidence:.2f}"
        f"<br>{html.escape(sample.name)}</span></figcaption></figure>"
    )


def _make_heats(result: Result) -> str:
    cards = []
    for sample, reading in list(zip(result.test, result.readings, strict=True))[:_HEATS]:
        scores, to_cells = result.reader.make_maps(sample.image)
        heat = plots.draw_heat(sample.image, scores, to_cells)
        caption = f"<code>{html.escape(reading.text)}</code>"
        cards.append(f'<figure><img src="{_make_png(heat)}" alt=""><figcaption>{caption}</figcaption></figure>')
    return (
        "<h2>Centre maps</h2><p class=soft>The strongest map at each place: bright where a character's centre is "
        f"seen.</p><div class=cards>{''.join(cards)}</div>"
    )


def _make_png(image: Pixels) -> str:
    done, data = cv2.imencode(".png", np.ascontiguousarray(image[:, :, ::-1]))
    assert done
    return "data:image/png;base64," + base64.b64encode(data.tobytes()).decode()

"""Which characters a generator draws: as it states, else as its first images tell."""

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence

from fcn_captcha.data.samples import Sample
from fcn_captcha.synthesis import Checked

_UNSEEN = 0.01  # share of all characters drawn that may be of a class not yet seen
_SKIPPED = 1000  # images in a row


def find_characters(make: Checked, drawn: Sequence[Sample], given: str | None = None) -> str:
    """All characters that a generator draws, in any order.

    Args:
        make: the generator. Without an ``alphabet`` of its own it is guessed from ``drawn``.
        drawn: some of its images.
        given: the alphabet that was asked for, which must hold all of them.

    Raises ``ValueError``, saying how to state the alphabet, where ``given`` or the generator's own
    lacks a character, or where so many come only once in ``drawn`` that many others must be missing.
    """
    counts = Counter(character for sample in drawn for character in sample.text)
    own = make.alphabet
    if own is not None and (outside := counts.keys() - set(own)):
        raise ValueError(f"generator: {make.name}: it draws {_show(outside)}, which its alphabet lacks")
    if given is not None and (outside := set(own or counts) - set(given)):
        raise ValueError(f"alphabet: it lacks {_show(outside)}, which the generator {make.name} draws")
    # The share of what was seen once is that of what was never seen (Good and Turing, 1953).
    unseen = sum(count == 1 for count in counts.values()) / counts.total()
    if own is None and given is None and unseen > _UNSEEN:
        raise ValueError(
            f"generator: {make.name}: {len(counts)} characters were seen in {len(drawn)} images, and about "
            f"{100 * unseen:.0f} % of what comes is none of them: give it an attribute alphabet, a string of all "
            "its characters, or state them with --alphabet"
        )
    return own or "".join(counts)


def keep_spelled(samples: Iterator[Sample], alphabet: str) -> Iterator[Sample]:
    """The images whose strings the alphabet can spell; the first other one gives a warning.

    Raises ``ValueError`` where none of :data:`_SKIPPED` in a row can be spelled.
    """
    known = frozenset(alphabet)
    warned, skipped = False, 0
    for sample in samples:
        if known.issuperset(sample.text):
            skipped = 0
            yield sample
            continue
        skipped += 1
        advice = (
            f"generator: {sample.name} drew {sample.text!r} with {_show(set(sample.text) - known)}, not in the "
            "alphabet: such images are skipped; give it an attribute alphabet or state --alphabet"
        )
        if skipped == _SKIPPED:
            raise ValueError(f"{advice} ({skipped} in a row)")
        if not warned:
            warnings.warn(advice, stacklevel=2)
            warned = True


def _show(characters: set[str]) -> str:
    """A few of them, quoted."""
    some = sorted(characters)
    return repr("".join(some[:10])) + (f" and {len(some) - 10} more" if len(some) > 10 else "")

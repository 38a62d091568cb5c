"""Labels in the names of files and folders."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_MOST = 0.9  # of the names that must be alike, so that one odd file among many changes nothing
_LOOK = 1000  # names that are looked at for what is strange in them
_SEPARATORS = r"[_\-. @#~]+"
_COUNTER, _WORD = "what looks like a counter or time stamp", "the same word"
_COUNTED = re.compile(r".*-[0-9]+", re.DOTALL)
_TIME = r"[0-9]{8}[_-]?[0-9]{6}"
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


@dataclass(frozen=True)
class NameLabels:
    """What names were taken to say.

    Attributes:
        labels: one for each name, None where it holds none.
        how: how they were found, for people.
        warnings: what looks wrong, and how to state it rightly.
    """

    labels: tuple[str | None, ...]
    how: str
    warnings: tuple[str, ...] = ()


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """A pattern whose first group is the label. Raises ``ValueError``, naming ``label_pattern``."""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"label_pattern: not a regular expression ({error}), got {pattern!r}") from None
    if not compiled.groups:
        raise ValueError(f"label_pattern: a group in round brackets must say which part is the label, got {pattern!r}")
    return compiled


def match_names(stems: Sequence[str], pattern: str) -> NameLabels:
    """Labels by the first group of ``pattern``, matched against each whole stem."""
    compiled = compile_pattern(pattern)
    matches = (compiled.fullmatch(stem) for stem in stems)
    labels = tuple(_normalise(match[1]) if match and match[1] else None for match in matches)
    return NameLabels(labels, f"by --label-pattern '{pattern}'")


def find_name_labels(stems: Sequence[str]) -> NameLabels:
    """Labels in file names without their endings.

    The label is what stands before the last ``-`` where a counter follows it in all names that hold
    a ``-`` (all but a tenth, where there are ten or more); else the whole stem.
    """
    dashed = [stem for stem in stems if "-" in stem]
    if have_counters(stems):
        return NameLabels(
            tuple(map(cut_counter, stems)),
            "from the file names up to the last '-', as a counter follows it "
            "(--label-pattern '(.+)' takes the names as they are)",
            _describe_odd(sorted({stem for stem in dashed if not _COUNTED.fullmatch(stem)})),
        )
    how = "from the file names"
    if dashed:
        how += ", their '-' included, as no counter follows it in all of them (--label-pattern '([^-]+)-.*' cuts there)"
    return NameLabels(tuple(map(_normalise, stems)), how, tuple(_find_strange(stems)))


def have_counters(stems: Sequence[str]) -> bool:
    """Whether a counter follows the last ``-``, in all names that hold one or, of ten or more, in all but a tenth."""
    counted = [_COUNTED.fullmatch(stem) is not None for stem in stems if "-" in stem]
    return bool(counted) and (all(counted) or (len(counted) >= 10 and sum(counted) >= _MOST * len(counted)))


def cut_counter(stem: str) -> str:
    """The label in a name with a counter; all of a name without one."""
    return _normalise(stem.rpartition("-")[0] if _COUNTED.fullmatch(stem) else stem)


def _describe_odd(stems: list[str]) -> tuple[str, ...]:
    if not stems:
        return ()
    count = "1 file name has" if len(stems) == 1 else f"{len(stems)} file names have"
    return (f"{count} a '-' without a counter, such as {stems[0]!r}, and is taken as it is",)


def _normalise(label: str) -> str:
    return unicodedata.normalize("NFC", label)


# --- parts that are hardly the label ----------------------------------------------------------------


def _find_strange(stems: Sequence[str]) -> list[str]:
    """A line where names are mere numbers, or hold a part that is hardly of the label."""
    if is_numbered(stems):
        return [
            f"the file names look like numbers, such as {stems[0]!r}, not like labels; "
            "a labels.csv beside them (lines such as 0.png,AB12) would say what they show"
        ]
    found = suggest_pattern(stems[:: 1 + len(stems) // _LOOK])
    if found is None:
        return []
    pattern, what, example = found
    return [
        f"every file name holds {what}, such as {example!r} in {stems[0]!r}; "
        f"if it is not of the label, --label-pattern '{pattern}' leaves it out"
    ]


def is_numbered(stems: Sequence[str]) -> bool:
    """Whether the names are counters: one word with numbers after it, or numbers with few gaps from 0 or 1 on."""
    return _are_counters([_split_number(stem) for stem in stems])


def are_numbered(groups: Sequence[Sequence[str]]) -> bool:
    """Whether the names in several folders are counters: nearly all of them, in each folder or in all together."""
    found = [[number for stem in stems if (number := _split_number(stem))] for stems in groups]
    together = [number for numbers in found for number in numbers]
    if len(together) < _MOST * sum(map(len, groups)):
        return False
    words = {word for word, _ in together}
    return (len(words) == 1 and words != {""}) or all(map(_are_counters, found)) or _are_counters(together)


def _split_number(stem: str) -> tuple[str, int] | None:
    match = re.fullmatch(r"(.*?)[_\-. @#~(]*([0-9]+)\)?", stem, re.DOTALL)
    return (match[1], int(match[2])) if match else None


def _are_counters(found: Sequence[tuple[str, int] | None]) -> bool:
    pairs = [pair for pair in found if pair]
    numbers = {number for _, number in pairs}
    if len(numbers) < max(1, len(found)) or len({word for word, _ in pairs}) != 1:
        return False
    return (bool(pairs[0][0]) and len(pairs) > 1) or (min(numbers) <= 1 and is_dense(numbers))


def is_dense(numbers: set[int]) -> bool:
    """Whether at least half of the numbers between the least and the greatest are there."""
    return max(numbers) - min(numbers) + 1 <= 2 * len(numbers)


def suggest_pattern(stems: Sequence[str]) -> tuple[str, str, str] | None:
    """A pattern for names that all hold a counter, time stamp, hash or one word beside something else.

    Returns the pattern, what the part looks like, and an example of it; None where there is none.
    """
    rest, before, after = list(stems), "", ""
    first: tuple[str, str] | None = None
    for _ in range(3):
        found = _find_part(rest)
        if found is None:
            break
        first = first or (found.what, found.parts[0])
        before, after = before + found.before, found.after + after
        rest = found.rest
    return None if first is None else (f"{before}(.+){after}", *first)


@dataclass(frozen=True)
class _Part:
    """A part at one end of nearly every name: what to leave out before and after, and what is left."""

    before: str
    after: str
    what: str
    parts: list[str]
    rest: list[str]


def _find_part(stems: list[str]) -> _Part | None:
    kinds: list[tuple[str, str, Callable[[list[str]], bool]]] = [
        (_UUID, "what looks like a hash", lambda parts: True),
        (_TIME, "what looks like a time stamp", lambda parts: True),
        (r"[0-9a-f]{8,}", "what looks like a hash", _is_hash),
        (r"[0-9A-F]{8,}", "what looks like a hash", _is_hash),
        (r"[0-9]+", _COUNTER, lambda parts: len(set(parts)) == len(parts) and _is_counter(parts)),
        (r"[0-9]+", _COUNTER, lambda parts: len(parts) > 1),
        (r"[0-9A-Za-z]{8,}", "what looks like a hash", _is_hash),
        (r"[0-9a-f]{6,7}", "what looks like a hash", _is_hash),
        (r"[^_\-. @#~]+", _WORD, lambda parts: len(parts) > 2 and len(set(parts)) == 1),
    ]
    for kind, what, holds in kinds:
        for at_end in (True, False):
            found = _split_off(stems, kind, at_end)
            if found is not None and holds(found[1]):
                separator, parts, rest = found
                shown = re.escape(parts[0]) if what == _WORD else re.sub(r"\{\d+,\d*\}", "+", kind)
                left_out = separator + shown if at_end else shown + separator
                return _Part("" if at_end else left_out, left_out if at_end else "", what, parts, rest)
    return None


def _split_off(stems: list[str], kind: str, at_end: bool) -> tuple[str, list[str], list[str]] | None:
    """The separator, the parts and what is left, where nearly all names have such a part behind one separator."""
    shape = rf"(?s:(?P<rest>.+?)(?P<by>{_SEPARATORS})(?P<part>{kind}))"
    if not at_end:
        shape = rf"(?s:(?P<part>{kind})(?P<by>{_SEPARATORS})(?P<rest>.+))"
    matches = [match for match in (re.fullmatch(shape, stem) for stem in stems) if match]
    if len(matches) < 2 or len(matches) < _MOST * len(stems):
        return None
    separators = {match["by"] for match in matches}
    if len(separators) != 1 or len({match["rest"] for match in matches}) == 1:
        return None
    return separators.pop().replace(".", r"\."), [m["part"] for m in matches], [m["rest"] for m in matches]


def _is_hash(parts: list[str]) -> bool:
    """Of one length, with digits and letters, and seldom the same twice."""
    joined = "".join(parts)
    mixed = any(c.isdigit() for c in joined) and any(c.isalpha() for c in joined)
    return len(set(map(len, parts))) == 1 and mixed and 2 * len(set(parts)) > len(parts)


def _is_counter(parts: list[str]) -> bool:
    return is_dense(set(map(int, parts)))

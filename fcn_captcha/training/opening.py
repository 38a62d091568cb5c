"""What is known and said of the data before the first step."""

from fcn_captcha.console.progress import Watch
from fcn_captcha.evaluation.causes import find_contrast_cause, find_direction_cause, find_label_cause
from fcn_captcha.training.dataset import Dataset
from fcn_captcha.training.settings import Settings


def find_causes(dataset: Dataset) -> list[str]:
    """What the real images and their strings themselves have that stands in the way of learning."""
    examples = dataset.prepare_some()
    inks, channels = [e.ink for e in examples], [e.channels for e in examples]
    causes = (
        find_contrast_cause(inks),
        find_label_cause([s.text for s in dataset.parts.training]),
        find_direction_cause(inks, channels),
    )
    return [cause for cause in causes if cause is not None]


def say_dataset(dataset: Dataset, settings: Settings, watch: Watch, memorise: bool = False) -> None:
    """How labels and parts were found, what was left out, and what there is to learn from."""
    for note in dataset.notes:
        watch.say(note)
    for problem in dataset.problems:
        watch.say(f"warning: {problem}")
    parts, preprocess = dataset.parts, dataset.preprocess
    if memorise:
        watch.say(f"{settings.data}: {len(parts.validation)} images to memorise")
    elif settings.data is not None:
        watch.say(
            f"{settings.data}: {dataset.training_images} images to train on, {len(parts.validation)} to choose the "
            f"threshold on, {len(parts.test)} to test on"
        )
    if settings.generator is not None:
        watch.say(f"{settings.generator}: an endless stream of generated images, seed {settings.seed}")
    watch.say(
        f"alphabet of {len(dataset.alphabet)}: {dataset.alphabet.characters}   "
        f"text: {preprocess.polarity}   scale: {preprocess.scale:.2f}"
    )
    unknown = sum(not e.known for e in dataset.real)
    if unknown:
        watch.say(f"{unknown} of them have no centres: these are found from their strings on the way")

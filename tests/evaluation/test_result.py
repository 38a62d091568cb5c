from results import make_epoch, make_result


def test_the_verdict_follows_the_curve_of_the_epochs_that_were_measured() -> None:
    texts = ["abc"] * 200
    measured = [make_epoch(number, 1 - error) for number, error in ((2, 0.4), (4, 0.2), (8, 0.01))]
    between = [make_epoch(number, None) for number in (1, 3, 5, 9)]
    history = sorted(measured + between, key=lambda epoch: epoch.epoch)
    first = make_result(texts, ["abc"] * 197 + ["abd"] * 3, history=history).verdict[0]
    assert "after 4,000 images 20.0 % of the characters were misread, after 8,000 1.0 %" in first
    assert make_result(texts, texts, history=between).verdict == make_result(texts, texts, history=[]).verdict


def test_the_verdict_compares_the_test_with_images_that_were_trained_on() -> None:
    assert "too little data" in make_result(["abc"] * 100, ["abc"] * 60 + ["abd"] * 40).verdict[0]
    assert "too little data" not in make_result(["abc"] * 100, ["abc"] * 100).verdict[0]


def test_the_verdict_knows_causes_and_whether_training_was_stopped() -> None:
    texts = ["abc"] * 100
    assert make_result(texts, ["x"] * 100, causes=("The images are blank.",)).verdict[0] == "The images are blank."
    assert make_result(texts, texts, interrupted=True).verdict[0] == "Train longer: it was stopped before its time."

from fcn_captcha.serving.metrics import Metrics


def test_counts_in_the_text_format_of_prometheus() -> None:
    metrics = Metrics()
    for status, seconds in ((200, 0.004), (200, 0.2), (400, 20.0)):
        metrics.add_request(status, seconds)
    metrics.add_batch(3)
    metrics.add_batch(64)
    text = metrics.render(waiting=7, held=8)
    assert text.endswith("\n")
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    expected = {
        'requests_total{status="200"}': "2",
        'requests_total{status="400"}': "1",
        'request_seconds_bucket{le="0.005"}': "1",
        'request_seconds_bucket{le="0.1"}': "1",
        'request_seconds_bucket{le="0.25"}': "2",
        'request_seconds_bucket{le="10.0"}': "2",
        'request_seconds_bucket{le="+Inf"}': "3",
        "request_seconds_sum": "20.204000",
        "request_seconds_count": "3",
        "images_total": "67",
        'batch_images_bucket{le="2"}': "0",
        'batch_images_bucket{le="4"}': "1",
        'batch_images_bucket{le="64"}': "2",
        "batch_images_sum": "67.000000",
        "queue_length": "7",
        "requests_held": "8",
    }
    assert {name: values[f"fcn_captcha_{name}"] for name in expected} == expected
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            assert line.split()[3] in ("counter", "gauge", "histogram")

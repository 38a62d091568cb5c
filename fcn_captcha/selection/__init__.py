"""Many starts of one training, and the best of them by the validation part."""

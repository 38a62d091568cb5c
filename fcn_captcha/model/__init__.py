"""Networks, the files they are kept in, and their predictions."""

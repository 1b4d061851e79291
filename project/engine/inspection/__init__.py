"""The inspection: what is in each column of a checked file, and a columnar copy of its records."""

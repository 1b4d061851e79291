"""Formats: files that are no CSV, read as the CSV that they would be."""

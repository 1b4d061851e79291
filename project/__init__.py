"""Rowmill: works on CSV files too large to open and accounts for every row."""

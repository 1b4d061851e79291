"""The grid: the rows of an inspected file, page by page, filtered and sorted."""

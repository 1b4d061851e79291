"""What is in the columns of an inspected file, as a page shows it: in words, numbers and pictures."""

"""The pages by which a file is enriched from an API or joined with another file, tried first, and then started."""

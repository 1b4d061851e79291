"""The home page with its two forms, and how errors become pages."""

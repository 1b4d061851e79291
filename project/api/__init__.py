"""The JSON interface: the same services as the pages, with the version in the path."""

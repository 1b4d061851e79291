"""The files that users see: the workspace folder and the names in it."""

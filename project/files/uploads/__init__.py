"""Uploads: files on their way into the workspace, which are none until they are whole."""

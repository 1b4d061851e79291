"""The fetch stage: a process of its own that turns keys into stored answers; all that it reaches is the API."""

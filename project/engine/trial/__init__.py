"""The trial run: what a step that matches rows would do, counted exactly before anything is written."""

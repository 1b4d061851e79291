"""Recipes by name: the built-in ones, and the choice of one from what a person or a program gave."""

"""Jobs: one run of a recipe on an input file into an output name, from the submission to the published file."""

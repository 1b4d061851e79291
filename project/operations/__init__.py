"""The operations: pure specifications that turn one lazy table into another and can say what they do."""

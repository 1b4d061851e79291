"""Breaks the running product on purpose, and checks that nothing is lost: see docs/reliability.md."""

"""The engine: the process that reads, works and writes; it knows nothing of Flask, Celery, the database or Redis."""

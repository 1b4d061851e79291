"""Health: is the process alive, and do the services that it needs answer?"""

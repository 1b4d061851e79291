"""Secrets of other people's APIs: kept encrypted, never shown again, sent to one host only."""

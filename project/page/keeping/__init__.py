"""The pages of what is kept for calls of APIs: their answers, and the secrets that they need."""

"""Export: rows that are known to be clean, written in another format by a process of its own."""

"""Downloads in other formats: where their rows come from, the conversion, the answer."""

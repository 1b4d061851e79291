"""How a file is read, seen and set by hand: the page, and the first rows as any job would read them."""

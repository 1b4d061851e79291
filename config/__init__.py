"""How Rowmill is set up: the settings and the web server's configuration."""

"""The web server: threads in one process, since requests wait for disk and database and never compute."""

from __future__ import annotations

from config.settings import load
from project.logs import configuration

_settings = load()

bind = f"{_settings.host}:{_settings.port}"
workers = 1
worker_class = "gthread"
threads = _settings.web_threads
# A thread that serves a large download is busy, not dead: the heartbeat is the process's, not the request's.
timeout = 60
graceful_timeout = 5
keepalive = 5
# The address of a view names its conditions, its order and its columns.
limit_request_line = 8190
# Otherwise a socket is made under $HOME, which may not be writable.
control_socket_disable = True
accesslog = None  # project.logs writes a line a request, with its time
reload = _settings.is_development
logconfig_dict = configuration(_settings.log_level)

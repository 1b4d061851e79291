"""Flask's extensions, unbound: made here, tied to an application in `project.app`."""

from __future__ import annotations

from flask_debugtoolbar import DebugToolbarExtension
from flask_static_digest import FlaskStaticDigest
from flask_wtf.csrf import CSRFProtect

csrf = CSRFProtect()
static_digest = FlaskStaticDigest()
debug_toolbar = DebugToolbarExtension()

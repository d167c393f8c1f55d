"""The application: the rooms, put together on an engine."""

from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import cast

from flask import Blueprint, Flask, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.utils import find_modules, import_string

from cm_engine.engine import Engine
from web import navigation
from web.api.docs import docs
from web.api.document import publish
from web.at_hand import EXTENSION, new_key
from web.doors import guard
from web.errors import add_errors
from web.failures import Application
from web.filters import add_filters
from web.front import THEMES, front
from web.headers import add_headers
from web.health import health
from web.languages import add_languages
from web.options import Options
from web.request_id import add_request_ids
from web.throttle import limiter
from web.viewer import login

LARGEST_FORM = 2 * 1024 * 1024

ROOMS = (front, health, docs)

# The rooms that lie in a folder each, a view module a purpose.
SLICES = ("admin", "kiosk", "manager", "sign_in", "staff", "studio")


def create_app(engine: Engine, options: Options) -> Flask:
    """Put the application together."""
    app = Application(__name__)
    app.config.update(
        SECRET_KEY=options.secret,
        SESSION_COOKIE_NAME="rooms",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=options.is_secure,
        PERMANENT_SESSION_LIFETIME=options.longest,
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_ENABLED=options.is_throttled,
        BABEL_DEFAULT_LOCALE="en",
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions[EXTENSION] = (engine, options)
    login.init_app(app, add_context_processor=False)
    limiter.init_app(app)
    ours = CSRFProtect(app)
    add_request_ids(app)
    add_languages(app)
    guard(app)
    add_headers(app, is_secure=options.is_secure)
    add_errors(app)
    add_filters(app)
    app.context_processor(navigation.context)
    app.context_processor(lambda: {"theme": _theme()})
    app.jinja_env.globals.update(
        asset=partial(_asset, app),
        has_view=app.view_functions.__contains__,
        idle=int(options.idle.total_seconds()),
        is_demo=options.is_demo,
        new_key=new_key,
    )
    for room in (*ROOMS, *map(_slice, SLICES)):
        app.register_blueprint(room)
    calls = _slice("api")
    ours.exempt(calls)  # a call comes with a token, and no cookie lets it in
    publish(app, calls)
    return app


def _slice(name: str) -> Blueprint:
    """Give the blueprint of a slice, once all its views are known to it."""
    for module in find_modules(f"web.{name}"):
        import_string(module)
    return cast("Blueprint", import_string(f"web.{name}.rooms.{name}"))


@cache
def _asset(app: Flask, name: str) -> str:
    """Give the address of a static file, which changes with its content: browsers may keep it for good."""
    content = Path(str(app.static_folder), name).read_bytes()
    return f"{app.static_url_path}/{name}?{sha256(content).hexdigest()[:12]}"


def _theme() -> str:
    chosen = request.cookies.get("theme", "auto")
    return chosen if chosen in THEMES else "auto"

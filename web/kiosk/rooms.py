"""The blueprint that the views of this slice belong to."""

from flask import Blueprint

kiosk = Blueprint("kiosk", __name__, url_prefix="/kiosk")

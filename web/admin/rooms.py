"""The blueprint that the views of this slice belong to."""

from flask import Blueprint

admin = Blueprint("admin", __name__)

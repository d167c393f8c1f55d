"""The blueprint that the views of this slice belong to."""

from flask import Blueprint

studio = Blueprint("studio", __name__)

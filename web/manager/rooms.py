"""The blueprint that the views of this slice belong to."""

from flask import Blueprint

manager = Blueprint("manager", __name__)

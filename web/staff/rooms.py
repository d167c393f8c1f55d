"""The blueprint that the views of this slice belong to."""

from flask import Blueprint

staff = Blueprint("staff", __name__)

"""The blueprint that the views of this slice belong to."""

from flask import Blueprint

sign_in = Blueprint("sign_in", __name__)

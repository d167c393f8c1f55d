"""Migrations of the database: one file a change, both ways. In an installed package they lie in `cm_engine/migrations`."""

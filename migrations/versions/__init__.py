"""The changes of the database, in their order. A file stays as it was written, whatever the tables become later."""

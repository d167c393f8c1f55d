"""The actions: one verb each, each one transaction; the only writers."""

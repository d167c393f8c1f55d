"""Signing in: the door of the staff, the second factor, and what each of them sets for their own account."""

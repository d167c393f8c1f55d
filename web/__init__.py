"""The rooms: web pages for staff, patients, managers and admins, on top of the engine."""

"""The admins' rooms: staff, sites, kiosks, the activity log; and the auditors'."""

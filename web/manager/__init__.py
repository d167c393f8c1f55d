"""The managers' rooms: how the program does, policies, audits, exports."""

"""The kiosk: what a patient has, draws and chooses."""

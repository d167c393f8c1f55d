"""The programs that ship, as program files."""

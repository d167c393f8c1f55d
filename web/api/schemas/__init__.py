"""What calls take and answer, a module for each thing that they are about."""

"""The API: what other programs may ask for, by the same permissions and actions as the pages."""

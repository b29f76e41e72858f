"""Reading official letters."""

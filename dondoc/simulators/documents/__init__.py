"""Files of the demo: the directive's letter, its attachment, and the reports of the offices."""

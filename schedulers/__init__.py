"""When things happen: the working calendar, what is due, and the engine that runs it."""

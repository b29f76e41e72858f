"""Who really sent a message: statements of our own mail server, and signatures of the sender's."""

"""A stand-in mail system on loopback: SMTP with delivery reports, IMAP, and boxes on disk."""

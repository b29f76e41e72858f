"""Names of offices as people write them."""

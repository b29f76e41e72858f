"""Evidence in a store that speaks Amazon's S3 protocol, on its own machines or a provider's."""

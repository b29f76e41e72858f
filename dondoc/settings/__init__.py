"""The configuration: read with positions, checked whole, converted to domain records."""

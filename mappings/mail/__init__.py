"""Mail messages: building them, rendering their texts, and taking them apart."""

"""From a portal's pages to the documents and files that they name, by a mapping's rules."""

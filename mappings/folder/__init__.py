"""Documents of a watched folder: a sheet of metadata in YAML, with the files that it names."""

"""The directory of offices as spreadsheets and files keep it."""

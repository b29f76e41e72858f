"""Files out of the archives that offices attach: ZIP, RAR and 7z, read in memory and bounded."""

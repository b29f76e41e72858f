"""Imported before any process becomes a daemon: what takes each of them half a second to read."""

from mappings.reply.phrase_lists import default_phrases

default_phrases()

"""Pure core: records, facts, state machines, ports and errors. Imports nothing of ours."""

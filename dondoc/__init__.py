"""The application: use cases, wiring, settings, command line and simulators."""

"""The web console: the pages on which people get in, get keys, try the API and watch their tasks."""

"""The commands of `cm-engine`, a module each, loaded only when they are run."""

"""The error of importers and readers of existing configurations."""


class NotConvertible(ValueError):
    """A part of an existing configuration that has no equivalent in a registry.

    Its text is the reason as the end of a sentence: `it has no command`.
    """

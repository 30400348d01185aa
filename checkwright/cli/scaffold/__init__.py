"""Starting files of new projects and new checks. They work as they are and are meant to be changed."""

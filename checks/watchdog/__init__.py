"""Reports to outside services, which notice when monitoring ends."""

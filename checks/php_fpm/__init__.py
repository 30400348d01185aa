"""PHP-FPM."""

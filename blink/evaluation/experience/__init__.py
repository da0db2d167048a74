"""From predictions to what a customer feels: sessions, mistakes a day, a verdict."""

"""What stands on the page: its parts, without what makes them move."""

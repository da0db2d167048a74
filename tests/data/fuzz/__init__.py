"""Whatever is read was made by somebody else: nothing of it may break, mislead or fill the disk."""

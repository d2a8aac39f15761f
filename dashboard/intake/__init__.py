"""Where models and pictures come in: the tray, its doors, uploads read one by one, models of a person."""

"""What is true: frozen values and pure rules. Only the standard library is spoken here."""

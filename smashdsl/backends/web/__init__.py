"""Parts of web pages: markup that escapes, numbers as people read them, small pictures."""

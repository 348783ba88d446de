"""A plot made of rows of text and marks: its description, layout and drawing."""
